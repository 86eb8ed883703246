import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createPool, isConnectionError } from '../../platform/postgres.ts';
import { StoreUnavailableError } from '../errors.ts';
import { failureOf } from '../partial-failure.ts';
import {
  type Append,
  type AppendResult,
  type EventRef,
  type EventStore,
  MAX_APPEND_BYTES,
  MAX_EVENTS_PER_CALL,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '../port.ts';
import { type AppendJson, appendJson, checkAppend } from '../size.ts';
import { safePosition } from './batch.ts';
import { GroupCommit } from './group-commit.ts';
import { LogTail } from './log-tail.ts';
import { Notifications } from './notifications.ts';

export interface PostgresEventStoreOptions {
  readonly url: string;
  /** Events that may wait before the log; beyond it callers get StoreBusyError. */
  readonly maxQueuedEvents?: number;
  /** How long a broken connection is retried before callers learn that the outcome is unknown. */
  readonly resolveWithinMs?: number;
  /** How long the server may take to answer an append before its connection is taken for lost. */
  readonly answerWithinMs?: number;
  readonly onError?: (error: Error) => void;
}

const DEFAULT_MAX_QUEUED_EVENTS = 50_000;
const DEFAULT_RESOLVE_WITHIN_MS = 10_000;
const DEFAULT_ANSWER_WITHIN_MS = 30_000;
const POLL_INTERVAL_MS = 500;
const RECONNECT_DELAY_MS = 200;

interface EventRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: object;
  readonly metadata: StoredEvent['metadata'];
  readonly stored_at: string;
}

const COLUMNS = `position, stream, revision, event_id, type, schema_version, data, metadata,
  to_char(stored_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as stored_at`;

/** The log in PostgreSQL: gapless commit-ordered positions, group commit, unique event ids. */
export class PostgresEventStore implements EventStore {
  readonly name = 'postgres';
  readonly uniqueEventIds = true;
  readonly #pool: pg.Pool;
  readonly #commits: GroupCommit;
  readonly #notifications: Notifications;
  readonly #tail = new LogTail((after, limit) => this.readAll(after, limit));
  #closed: Promise<void> | undefined;

  constructor(options: PostgresEventStoreOptions) {
    const onError = options.onError ?? (() => undefined);
    this.#pool = createPool({ url: options.url, name: 'log', max: 8, onError });
    this.#notifications = new Notifications(options.url, onError);
    this.#commits = new GroupCommit({
      url: options.url,
      maxQueuedEvents: options.maxQueuedEvents ?? DEFAULT_MAX_QUEUED_EVENTS,
      resolveWithinMs: options.resolveWithinMs ?? DEFAULT_RESOLVE_WITHIN_MS,
      answerWithinMs: options.answerWithinMs ?? DEFAULT_ANSWER_WITHIN_MS,
      onError,
      onCommitted: () => this.#notifications.wake(),
    });
  }

  /** Events that wait before the log at this moment. */
  get queuedEvents(): number {
    return this.#commits.queuedEvents;
  }

  async append(append: Append): Promise<AppendResult> {
    const [result] = await this.#submit([append]);
    return result as AppendResult;
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    const total = appends.reduce((sum, append) => sum + append.events.length, 0);
    if (total > MAX_EVENTS_PER_CALL)
      throw new RangeError(`more than ${MAX_EVENTS_PER_CALL} events in one call`);
    return this.#submit(appends);
  }

  async #submit(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    for (const append of appends) checkAppend(append);
    const results: AppendResult[] = [];
    const fitting: { readonly index: number; readonly append: Append; readonly json: AppendJson }[] = [];
    appends.forEach((append, index) => {
      const json = appendJson(append);
      if (json.bytes > MAX_APPEND_BYTES) results[index] = { outcome: 'too-large', bytes: json.bytes };
      else fitting.push({ index, append, json });
    });
    const settled = await Promise.allSettled(this.#commits.submit(fitting));
    const failure = failureOf(settled);
    if (failure !== undefined) throw failure;
    settled.forEach((one, at) => {
      const index = fitting[at]?.index;
      if (index !== undefined && one.status === 'fulfilled') results[index] = one.value;
    });
    return results;
  }

  readStream(stream: string, fromRevision = 0, limit?: number): Promise<readonly StoredEvent[]> {
    return this.#read('read-stream', 'where stream = $1 and revision >= $2 order by revision limit $3', [
      stream,
      fromRevision,
      limit ?? null,
    ]);
  }

  async findEvent(id: string): Promise<StoredEvent | undefined> {
    const [event] = await this.#read('find-event', 'where event_id = $1', [id]);
    return event;
  }

  async readEvents(refs: readonly EventRef[]): Promise<readonly StoredEvent[]> {
    if (refs.length === 0) return [];
    return this.#read(
      undefined,
      'where (stream, revision) in (select * from unnest($1::text[], $2::int[])) order by position',
      [refs.map((ref) => ref.stream), refs.map((ref) => ref.revision)],
    );
  }

  readAll(after: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.#read('read-all', 'where position > $1 order by position limit $2', [after, limit]);
  }

  async *subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    const { signal, batchSize = 1_000 } = options;
    let position = options.after;
    let caughtUp = false;
    while (!signal.aborted) {
      const seen = this.#notifications.count;
      const events = await this.#readLive(position, batchSize, seen, signal);
      if (events === undefined) continue;
      if (events.length > 0) {
        yield { kind: 'events', events };
        position = events[events.length - 1]?.position ?? position;
      }
      if (events.length < batchSize && !caughtUp) {
        caughtUp = true;
        yield { kind: 'caught-up' };
      }
      if (events.length < batchSize) await this.#notifications.after(seen, POLL_INTERVAL_MS, signal);
    }
  }

  async head(): Promise<number> {
    const { rows } = await this.#query<{ head: string }>(
      'head',
      'select coalesce(max(position), 0) as head from log.events',
      [],
    );
    return safePosition(rows[0]?.head ?? 0);
  }

  async check(): Promise<void> {
    await this.#query('check', 'select position from log.events order by position desc limit 1', []);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    await this.#notifications.close();
    await this.#pool.end();
  }

  async #readLive(
    after: number,
    limit: number,
    seen: number,
    signal: AbortSignal,
  ): Promise<readonly StoredEvent[] | undefined> {
    try {
      return await this.#tail.readAfter(after, limit, seen);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      await sleep(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
      return undefined;
    }
  }

  async #read(name: string | undefined, where: string, values: unknown[]): Promise<readonly StoredEvent[]> {
    const text = `select ${COLUMNS} from log.events ${where}`;
    const { rows } = await this.#query<EventRow>(name, text, values);
    return rows.map(asEvent);
  }

  /**
   * By its name a connection plans a statement once: there are thousands of small readings. Without one it is planned
   * each time; a plan that depends on how much the log holds must not be kept from when it was empty.
   */
  async #query<Row extends pg.QueryResultRow>(
    name: string | undefined,
    text: string,
    values: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>(name === undefined ? { text, values } : { name, text, values });
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      throw new StoreUnavailableError('the Postgres event log cannot be reached', { cause: error });
    }
  }
}

function asEvent(row: EventRow): StoredEvent {
  return {
    id: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data,
    metadata: row.metadata,
    stream: row.stream,
    revision: row.revision,
    position: safePosition(row.position),
    storedAt: row.stored_at,
  };
}
