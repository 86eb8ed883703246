import type { LogRecord, WriteRequest } from './record.ts';

export type CommitDecision =
  | { readonly kind: 'ok' }
  | { readonly kind: 'idempotent'; readonly last: LogRecord }
  | { readonly kind: 'wrong-expected-version' };

const OK = { kind: 'ok' } as const;
const WRONG = { kind: 'wrong-expected-version' } as const;

/**
 * The server's idempotency rules. An explicit revision behind the head: the ids that stand there are compared,
 * and all must be equal. `any` and stream-exists: only a cache of recently written events is asked.
 * @param records of the stream, from revision 0 on
 */
export function checkCommit(
  request: WriteRequest,
  records: readonly LogRecord[],
  recent: ReadonlyMap<string, LogRecord>,
): CommitDecision {
  const { expected } = request;
  const current = records.length - 1;
  if (expected === 'stream-exists' && current < 0) return WRONG;
  if (expected === 'any' || expected === 'stream-exists') return checkRecent(request, recent);
  const revision = expected === 'no-stream' ? -1 : expected;
  if (revision === current) return OK;
  if (revision > current) return WRONG;
  const standing = records.slice(revision + 1, revision + 1 + request.events.length);
  const equal = request.events.every((event, index) => standing[index]?.id === event.id);
  const last = standing.at(-1);
  return equal && last !== undefined ? { kind: 'idempotent', last } : WRONG;
}

function checkRecent(request: WriteRequest, recent: ReadonlyMap<string, LogRecord>): CommitDecision {
  let last: LogRecord | undefined;
  for (const [index, event] of request.events.entries()) {
    const known = recent.get(event.id);
    if (known === undefined || known.stream !== request.stream) return index === 0 ? OK : WRONG;
    last = known;
  }
  return last === undefined ? OK : { kind: 'idempotent', last };
}
