import { asError } from '../../platform/errors.ts';
import { StoreUnavailableError } from '../errors.ts';

/** The connection broke, or the server gave no verdict: try again, or find out what became of it. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  /** True if the server said that it wrote nothing. */
  readonly refused: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly refused?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.refused = options.refused ?? false;
  }
}

/** The client's own name for what went wrong: `unavailable`, `stream-not-found` …; '' for a foreign error. */
export function failureType(error: unknown): string {
  return typeof error === 'object' && error !== null && 'type' in error && typeof error.type === 'string'
    ? error.type
    : '';
}

const UNUSABLE = new Set(['access-denied', 'stream-deleted', 'invalid-argument', 'unsupported']);

/** False for failures that trying again does not cure: programming errors, missing rights, deleted streams. */
export function isTransient(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return false;
  return !UNUSABLE.has(failureType(error));
}

/** What a caller of the port gets to see. */
export function asStoreError(error: unknown, server: string): Error {
  if (error instanceof StoreUnavailableError) return error;
  if (failureType(error) === 'access-denied') {
    return new StoreUnavailableError(
      `EventStoreDB at ${server} refuses this login: it must read $all, and read and write streams`,
      { cause: error },
    );
  }
  if (!isTransient(error)) return asError(error);
  const detail = asError(error).message || failureType(error);
  return new StoreUnavailableError(`EventStoreDB at ${server} cannot be reached: ${detail}`, {
    cause: error,
  });
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

/** Pause before the next try after so many failures in a row: doubling, bounded, with jitter. */
export function backOffMs(failures: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1), LONGEST_DELAY_MS);
  return delay * (0.5 + Math.random() / 2);
}
