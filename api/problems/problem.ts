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

/**
 * A domain refusal as a problem.
 * @param route tells where the refused field stands: in the path, the query or, by default, the body
 */
export function refusalProblem(
  { code, detail, field }: Refusal,
  route: { readonly params: Shaped; readonly query: Shaped },
): ProblemError {
  if (field === undefined) return new ProblemError(code, detail);
  const path = field.split('.');
  const has = ({ shape }: Shaped) => Object.hasOwn(shape, path[0] ?? '');
  const where = has(route.params) ? 'path' : has(route.query) ? 'query' : 'body';
  return new ProblemError(code, detail, { errors: [{ pointer: pointer(path), in: where, detail }] });
}

interface Shaped {
  readonly shape: object;
}

/** JSON Pointer of a path of member names and indexes. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
