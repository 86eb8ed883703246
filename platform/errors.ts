/** The caller named a revision (`If-Match`) that the stream is no longer at; nothing was written. */
export class PreconditionFailedError extends Error {
  override readonly name = 'PreconditionFailedError';
  /** Revision the stream is at; -1 if there is no stream. */
  readonly actual: number;

  constructor(actual: number) {
    super(`the resource is at revision ${actual}`);
    this.actual = actual;
  }
}

/** The same idempotency key came with another request before; nothing was written now. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';
}

/** What was thrown, as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
