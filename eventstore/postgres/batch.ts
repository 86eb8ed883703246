import type { Append, AppendResult } from '../port.ts';
import type { AppendJson } from '../size.ts';

/** One append waiting for its turn. */
export interface PendingAppend {
  readonly append: Append;
  readonly json: AppendJson;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

const MAX_BATCH_EVENTS = 1_000;
const MAX_BATCH_BYTES = 8 * 1_048_576;
const MAX_SCANNED = 4_000;

/**
 * Takes from the queue what may go to the server as one statement, keeping each stream's order: a stream has
 * either any number of `any` appends or a single explicit one in a batch, and no event id stands in it twice.
 * What cannot go now stays in the queue, in order.
 */
export function takeBatch(queue: PendingAppend[]): PendingAppend[] {
  const batch: PendingAppend[] = [];
  const kept: PendingAppend[] = [];
  const kindOf = new Map<string, 'any' | 'explicit' | 'held'>();
  const ids = new Set<string>();
  let events = 0;
  let bytes = 0;
  let scanned = 0;
  for (const pending of queue) {
    scanned += 1;
    const { stream, expected, events: own } = pending.append;
    const kind = expected === 'any' ? 'any' : 'explicit';
    const before = kindOf.get(stream);
    const full =
      batch.length > 0 &&
      (events + own.length > MAX_BATCH_EVENTS || bytes + pending.json.bytes > MAX_BATCH_BYTES);
    const blocked = before !== undefined && (before !== 'any' || kind !== 'any');
    const repeated = own.some((event) => ids.has(event.id));
    if (full || blocked || repeated) {
      kept.push(pending);
      kindOf.set(stream, 'held');
      if (full) break;
    } else {
      batch.push(pending);
      kindOf.set(stream, kind);
      for (const event of own) ids.add(event.id);
      events += own.length;
      bytes += pending.json.bytes;
    }
    if (scanned >= MAX_SCANNED) break;
  }
  queue.splice(0, scanned, ...kept);
  return batch;
}

/** What `log.append` answers for one append. */
export interface ResultRow {
  readonly status: number;
  readonly revision: number;
  readonly position: string;
  readonly taken_id: string | null;
  readonly taken_stream: string | null;
  readonly taken_revision: number | null;
}

/** Parameters of `log.append` for a batch, in the order of its signature. */
export function batchParameters(batch: readonly PendingAppend[]): unknown[] {
  const streams: string[] = [];
  const expected: number[] = [];
  const counts: number[] = [];
  const eventStreams: string[] = [];
  const ids: string[] = [];
  const types: string[] = [];
  const versions: number[] = [];
  const data: string[] = [];
  const metadata: string[] = [];
  for (const { append, json } of batch) {
    streams.push(append.stream);
    expected.push(append.expected === 'any' ? -2 : append.expected === 'none' ? -1 : append.expected);
    counts.push(append.events.length);
    for (const event of append.events) {
      eventStreams.push(append.stream);
      ids.push(event.id);
      types.push(event.type);
      versions.push(event.schemaVersion);
    }
    data.push(...json.data);
    metadata.push(...json.metadata);
  }
  const joined = [eventStreams, ids, types].map((list) => list.join('\n'));
  const ints = (list: readonly number[]) => `{${list.join(',')}}`;
  return [
    streams.join('\n'),
    ints(expected),
    ints(counts),
    ...joined,
    ints(versions),
    data.join('\n'),
    metadata.join('\n'),
  ];
}

/**
 * The result of each append of a batch.
 * @param own what stood in the log already, but only because this batch was sent before and its answer lost
 */
export function batchResults(
  batch: readonly PendingAppend[],
  rows: readonly ResultRow[],
  own: ReadonlySet<PendingAppend>,
): AppendResult[] {
  if (rows.length !== batch.length) throw new Error('log.append did not answer for each append');
  return batch.map((pending, index) => asResult(rows[index] as ResultRow, own.has(pending)));
}

function asResult(row: ResultRow, own: boolean): AppendResult {
  if (row.status === 2) return { outcome: 'wrong-revision', actual: row.revision };
  if (row.status === 3) {
    return {
      outcome: 'id-taken',
      eventId: row.taken_id ?? '',
      stream: row.taken_stream ?? '',
      revision: row.taken_revision ?? -1,
    };
  }
  const replayed = row.status === 1 && !own;
  return { outcome: 'appended', revision: row.revision, position: safePosition(row.position), replayed };
}

/** Positions are bigint in the database and safe integers here; beyond 2^53 the program stops. */
export function safePosition(value: string | number): number {
  const position = Number(value);
  if (!Number.isSafeInteger(position)) throw new RangeError(`log position ${value} is beyond 2^53`);
  return position;
}
