import type { Refusal } from '../../domain/kernel/decider.ts';
import type { ProblemCode } from './catalogue.ts';

/** One input at fault. */
export interface ProblemDetail {
  /** JSON Pointer (RFC 6901) below the input; its first member is the parameter's name. */
  readonly pointer: string;
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly detail: string;
}

export interface ProblemOptions {
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with the problem of this code. `detail` is shown to the caller: no secrets, no internals. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** A domain refusal as a problem. */
export function refusalProblem(refusal: Refusal): ProblemError {
  return new ProblemError(refusal.code, refusal.detail, {
    errors:
      refusal.field === undefined
        ? []
        : [{ pointer: pointer([refusal.field]), in: 'body', detail: refusal.detail }],
  });
}

/** JSON Pointer of a path of member names and indexes. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
