import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { checkCommit } from './commit-check.ts';
import { RecentRecords } from './recent-records.ts';
import {
  type LogRecord,
  type ProposedEvent,
  positionAfter,
  type WriteRequest,
  type WriteResult,
} from './record.ts';
import type { RecordTable } from './record-table.ts';

interface PendingWrite {
  readonly request: WriteRequest;
  resolve(result: WriteResult): void;
}

const MAX_BATCH_EVENTS = 2_000;
const WRITES_PER_STATISTICS = 7;
const STATISTICS_STREAM = '$stats-127.0.0.1:2113';

/** The log: writes are decided one after the other, made durable together, and only then seen and answered. */
export class RecordLog {
  readonly #table: RecordTable;
  /** What readers see: durable records in order of position. */
  readonly #all: LogRecord[] = [];
  readonly #durable = new Map<string, LogRecord[]>();
  /** What writers see: also what is about to become durable. */
  readonly #streams = new Map<string, LogRecord[]>();
  readonly #recent = new RecentRecords();
  readonly #pending: PendingWrite[] = [];
  readonly #growth = new EventEmitter().setMaxListeners(0);
  #last: LogRecord | undefined;
  #writing = false;
  #writes = 0;

  constructor(table: RecordTable, records: readonly LogRecord[]) {
    this.#table = table;
    for (const record of records) {
      push(this.#streams, record);
      this.#show(record);
      this.#last = record;
    }
  }

  get length(): number {
    return this.#all.length;
  }

  at(index: number): LogRecord | undefined {
    return this.#all[index];
  }

  /** Index of the first record at or after a position. */
  indexOf(position: number): number {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle]?.position ?? position) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  stream(name: string): readonly LogRecord[] | undefined {
    return this.#durable.get(name);
  }

  /** Resolves when there are more records than `seen`, or when the signal aborts. */
  async grown(seen: number, signal: AbortSignal): Promise<void> {
    while (this.#all.length <= seen && !signal.aborted) {
      await once(this.#growth, 'growth', { signal }).catch(() => undefined);
    }
  }

  write(request: WriteRequest): Promise<WriteResult> {
    return new Promise((resolve) => {
      this.#pending.push({ request, resolve });
      if (!this.#writing) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    // Writes of the same tick share a statement.
    await Promise.resolve();
    while (this.#pending.length > 0) await this.#commit();
    this.#writing = false;
  }

  async #commit(): Promise<void> {
    const records: LogRecord[] = [];
    const answers: (() => void)[] = [];
    while (records.length < MAX_BATCH_EVENTS) {
      const next = this.#pending.shift();
      if (next === undefined) break;
      const result = this.#decide(next.request, records);
      answers.push(() => next.resolve(result));
    }
    if (records.length > 0) await this.#table.insert(records);
    for (const record of records) this.#show(record);
    this.#growth.emit('growth');
    for (const answer of answers) answer();
  }

  #decide(request: WriteRequest, records: LogRecord[]): WriteResult {
    const standing = this.#streams.get(request.stream) ?? [];
    const decision = checkCommit(request, standing, this.#recent);
    if (decision.kind === 'wrong-expected-version') {
      return { kind: 'wrong-expected-version', current: standing.length - 1 };
    }
    if (decision.kind === 'idempotent') {
      return { kind: 'success', revision: decision.last.revision, position: decision.last.position };
    }
    for (const event of request.events) records.push(this.#record(request.stream, event));
    const { revision = -1, position = -1 } = records.at(-1) ?? {};
    this.#writes += 1;
    if (this.#writes % WRITES_PER_STATISTICS === 0) {
      records.push(this.#record(STATISTICS_STREAM, statistics(this.#writes)));
    }
    return { kind: 'success', revision, position };
  }

  #record(stream: string, event: ProposedEvent): LogRecord {
    const record = {
      ...event,
      stream,
      revision: this.#streams.get(stream)?.length ?? 0,
      position: positionAfter(this.#last),
      createdMs: Date.now(),
    };
    this.#last = record;
    push(this.#streams, record);
    this.#recent.set(record.id, record);
    return record;
  }

  #show(record: LogRecord): void {
    this.#all.push(record);
    push(this.#durable, record);
  }
}

function push(streams: Map<string, LogRecord[]>, record: LogRecord): void {
  const records = streams.get(record.stream);
  if (records === undefined) streams.set(record.stream, [record]);
  else records.push(record);
}

/** The server writes about itself into the same log. */
function statistics(writes: number): ProposedEvent {
  return {
    id: randomUUID(),
    type: '$statsCollected',
    contentType: 'application/json',
    data: Buffer.from(JSON.stringify({ 'es-writes': writes })),
    metadata: Buffer.alloc(0),
  };
}
