import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../eventstore/errors.ts';
import { isConnectionError } from '../platform/postgres.ts';

/** True for errors that pass when log and database are back; anything else would fail again. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof StoreUnavailableError ||
    error instanceof StoreBusyError ||
    error instanceof OutcomeUnknownError ||
    isConnectionError(error)
  );
}
