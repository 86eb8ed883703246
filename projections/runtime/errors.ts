import { StoreUnavailableError } from '../../eventstore/errors.ts';
import { isConnectionError } from '../../platform/postgres.ts';

/** Another owner moved the checkpoint or holds the fence: nothing of this batch was written. */
export class LostOwnershipError extends Error {
  override readonly name = 'LostOwnershipError';
}

/** The read model was written by another version of the projection. */
export class ProjectionVersionError extends Error {
  override readonly name = 'ProjectionVersionError';
}

/** A projection that others wait for has stopped. */
export class ProjectionStoppedError extends Error {
  override readonly name = 'ProjectionStoppedError';
}

/** SQLSTATE classes and codes that say "try again", whatever the batch holds. */
const TRANSIENT = /^(08|40|53|57|58|55P03|25P0[234])/;

/** True if the same batch may well succeed later: server away, deadlock, no room, lock time-out. */
export function isTransient(error: unknown): boolean {
  if (error instanceof StoreUnavailableError || isConnectionError(error)) return true;
  return error instanceof Error && 'code' in error && TRANSIENT.test(String(error.code));
}
