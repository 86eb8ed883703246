import { randomId } from '../../platform/base32.ts';
import { ProblemError } from '../problems/problem.ts';
import type { WireRequest } from './types.ts';

const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
const REVISION = /^(?:W\/)?"?(\d{1,15})"?$/;
const MAX_WAIT_SECONDS = 30;

/** The caller's request id, or a new one where it has none that can be repeated safely. */
export function requestIdOf(request: WireRequest): string {
  const given = request.header('request-id') ?? request.header('x-request-id');
  return given !== undefined && REQUEST_ID.test(given) ? given : randomId('req');
}

/**
 * Idempotency-Key, quoted (a structured-field string) or bare.
 * @throws ProblemError `invalid-header` if it is empty, longer than 255 characters or not printable ASCII
 */
export function idempotencyKeyOf(request: WireRequest): string | undefined {
  const given = request.header('idempotency-key')?.trim();
  if (given === undefined) return undefined;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given);
  const key = quoted === null ? given : (quoted[1] ?? '').replaceAll(/\\(["\\])/g, '$1');
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new ProblemError('invalid-header', 'Idempotency-Key takes 1 to 255 printable ASCII characters.');
  }
  return key;
}

/**
 * The revision that the caller expects: `If-Match: "3"`, or `none` for `If-None-Match: *`.
 * @throws ProblemError `invalid-header` for anything else
 */
export function expectedRevisionOf(request: WireRequest): number | 'none' | undefined {
  const match = request.header('if-match')?.trim();
  const noneMatch = request.header('if-none-match')?.trim();
  if (match !== undefined && noneMatch !== undefined) {
    throw new ProblemError('invalid-header', 'Send either If-Match or If-None-Match, not both.');
  }
  if (noneMatch !== undefined) {
    if (noneMatch === '*') return 'none';
    throw new ProblemError('invalid-header', 'If-None-Match takes only * here: the resource must not exist.');
  }
  if (match === undefined) return undefined;
  const revision = REVISION.exec(match)?.[1];
  if (revision === undefined) {
    throw new ProblemError('invalid-header', 'If-Match takes one ETag of this service, such as "3".');
  }
  return Number(revision);
}

/** Milliseconds of `Prefer: wait=<seconds>` (RFC 7240), at most 30 seconds; undefined without it. */
export function preferredWaitMs(request: WireRequest): number | undefined {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(request.header('prefer') ?? '')?.[1];
  return wait === undefined ? undefined : Math.min(Number(wait), MAX_WAIT_SECONDS) * 1000;
}

/**
 * Media type of a JSON body, lower case, without parameters.
 * @param accepted what the operation takes
 * @throws ProblemError `unsupported-media-type` for another one, another charset or a content encoding
 */
export function mediaTypeOf(request: WireRequest, accepted: readonly string[]): string {
  const given = request.header('content-type') ?? '';
  const type = /^([^;\s]+)\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.exec(given)?.[1]?.toLowerCase();
  if (type === undefined || !accepted.includes(type)) {
    throw unsupported(`The body must be ${accepted.join(' or ')} in UTF-8.`, accepted);
  }
  const encoding = request.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupported('The body must come without Content-Encoding.', accepted);
  }
  return type;
}

function unsupported(detail: string, accepted: readonly string[]): ProblemError {
  return new ProblemError('unsupported-media-type', detail, { headers: { Accept: accepted.join(', ') } });
}
