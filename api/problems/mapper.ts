import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../../eventstore/errors.ts';
import { IdempotencyKeyReusedError, PreconditionFailedError } from '../../platform/errors.ts';
import { isConnectionError } from '../../platform/postgres.ts';
import type { InputIssue } from '../http/route.ts';
import type { WireResponse } from '../http/types.ts';
import { problemCatalogue } from './catalogue.ts';
import { type ProblemDetail, ProblemError, pointer } from './problem.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** Turns whatever was thrown into the problem that the caller may see. The only place where that is decided. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof PreconditionFailedError) {
    const at = error.actual < 0 ? 'does not exist' : `is at revision ${error.actual}`;
    return new ProblemError('precondition-failed', `The resource ${at}.`, {
      headers: error.actual < 0 ? {} : { ETag: `"${error.actual}"` },
    });
  }
  if (error instanceof IdempotencyKeyReusedError) return titled('idempotency-key-reused', error);
  if (error instanceof OutcomeUnknownError) return titled('outcome-unknown', error, 1);
  if (error instanceof StoreUnavailableError) return titled('log-unavailable', error, 1);
  if (error instanceof StoreBusyError) return titled('overloaded', error, error.retryAfterSeconds);
  if (isConnectionError(error)) return titled('read-models-unavailable', error, 1);
  return titled('internal-error', error);
}

function titled(code: ProblemError['code'], cause: unknown, retryAfterSeconds?: number): ProblemError {
  const { title, remedy } = problemCatalogue[code];
  return new ProblemError(code, `${title}. ${remedy}`, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } }),
  });
}

/** What is wrong with an input, as one problem with a pointer for each fault. */
export function validationProblem(issues: readonly InputIssue[]): ProblemError {
  const errors = issues.flatMap(describeIssue);
  const where = new Set(errors.map((error) => error.pointer.slice(1) || error.in));
  return new ProblemError('validation-failed', `Not accepted: ${[...where].join(', ')}.`, { errors });
}

function describeIssue({ in: where, issue }: InputIssue): ProblemDetail[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...issue.path, key]),
      in: where,
      detail: 'There is no such parameter.',
    }));
  }
  if (issue.code === 'invalid_union') {
    // Of several forms the one that is nearly met is the one that was meant.
    const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (nearest !== undefined && nearest.length > 0) {
      return nearest.flatMap((inner) =>
        describeIssue({ in: where, issue: { ...inner, path: [...issue.path, ...inner.path] } }),
      );
    }
  }
  return [{ pointer: pointer(issue.path), in: where, detail: issue.message }];
}

/** What every problem needs from the request that it ends. */
export interface ProblemContext {
  readonly requestId: string;
  /** Path that was asked for, without query. */
  readonly instance: string;
  /** Page that types point into. */
  readonly baseUrl: string;
}

/** RFC 9457 document and headers of a problem. */
export function problemResponse(problem: ProblemError, context: ProblemContext): WireResponse {
  const { status, title } = problemCatalogue[problem.code];
  return {
    status,
    headers: {
      'Content-Type': PROBLEM_CONTENT_TYPE,
      'Cache-Control': 'no-store',
      'Request-Id': context.requestId,
      ...problem.headers,
    },
    body: JSON.stringify({
      type: `${context.baseUrl}#${problem.code}`,
      title,
      status,
      detail: problem.message,
      instance: context.instance,
      code: problem.code,
      requestId: context.requestId,
      ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
    }),
  };
}
