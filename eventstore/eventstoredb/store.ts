import { setTimeout as sleep } from 'node:timers/promises';
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
import { appendJson, checkAppend } from '../size.ts';
import { AppendQueue } from './append-queue.ts';
import { Connection } from './connection.ts';
import { asStoreError, backOffMs, isTransient } from './failures.ts';
import { inspectServer } from './inspection.ts';
import { Subscription, type SubscriptionSettings } from './subscription.ts';

export interface EventStoreDbOptions {
  /** `esdb://host:2113?tls=false`, or any other connection string of the client. */
  readonly url: string;
  /** Events that may wait before the log; 50,000 by default. Beyond it callers get StoreBusyError. */
  readonly maxQueuedEvents?: number;
  /** How long an append that may have been written is pursued; 10,000 by default. */
  readonly resolveWithinMs?: number;
  /** How long reads, and appends that were not sent, wait for a connection; 3,000 by default. */
  readonly connectWithinMs?: number;
  /** A subscription's silence is checked against the head of the log this often; 10,000 by default. */
  readonly watchdogMs?: number;
  readonly onError?: (error: Error) => void;
}

const DEFAULT_MAX_QUEUED_EVENTS = 50_000;
const DEFAULT_RESOLVE_WITHIN_MS = 10_000;
const DEFAULT_CONNECT_WITHIN_MS = 3_000;
const DEFAULT_WATCHDOG_MS = 10_000;

/**
 * The log in EventStoreDB. Positions are the server's commit positions. `replayed` is exact for events that
 * this process has appended, read or been sent before; what another process wrote unseen may come back without it.
 */
export class EventStoreDbEventStore implements EventStore {
  readonly name = 'eventstoredb';
  readonly uniqueEventIds = false;
  readonly #connection: Connection;
  readonly #queue: AppendQueue;
  readonly #subscriptionSettings: SubscriptionSettings;
  readonly #connectWithinMs: number;

  /** @throws StoreUnavailableError when the connection string cannot be used */
  constructor(options: EventStoreDbOptions) {
    const onError = options.onError ?? (() => undefined);
    const resolveWithinMs = options.resolveWithinMs ?? DEFAULT_RESOLVE_WITHIN_MS;
    this.#connectWithinMs = options.connectWithinMs ?? DEFAULT_CONNECT_WITHIN_MS;
    this.#connection = new Connection({ url: options.url, answerWithinMs: resolveWithinMs, onError });
    this.#queue = new AppendQueue(this.#connection, {
      maxQueuedEvents: options.maxQueuedEvents ?? DEFAULT_MAX_QUEUED_EVENTS,
      resolveWithinMs,
      connectWithinMs: this.#connectWithinMs,
      onError,
    });
    this.#subscriptionSettings = { watchdogMs: options.watchdogMs ?? DEFAULT_WATCHDOG_MS, onError };
  }

  /** Events that wait or are in flight at this moment. */
  get queuedEvents(): number {
    return this.#queue.queuedEvents;
  }

  async append(append: Append): Promise<AppendResult> {
    checkAppend(append);
    this.#queue.ensureRoom(append.events.length);
    return this.#submit(append);
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    const total = appends.reduce((sum, append) => sum + append.events.length, 0);
    if (total > MAX_EVENTS_PER_CALL) {
      throw new RangeError(`more than ${MAX_EVENTS_PER_CALL} events in one call`);
    }
    for (const append of appends) checkAppend(append);
    this.#queue.ensureRoom(total);
    const settled = await Promise.allSettled(appends.map((append) => this.#submit(append)));
    const failure = failureOf(settled);
    if (failure !== undefined) throw failure;
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async readStream(stream: string, fromRevision = 0, limit?: number): Promise<readonly StoredEvent[]> {
    const range = { from: BigInt(fromRevision), ...(limit === undefined ? {} : { count: limit }) };
    return this.#seen(await this.#read(() => Array.fromAsync(this.#connection.reader.stream(stream, range))));
  }

  async findEvent(): Promise<StoredEvent | undefined> {
    return undefined;
  }

  async readEvents(refs: readonly EventRef[]): Promise<readonly StoredEvent[]> {
    return this.#seen(await this.#read(() => this.#connection.reader.events(refs)));
  }

  async readAll(after: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.#seen(await this.#read(() => this.#connection.reader.all(after, limit)));
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return new Subscription(this.#connection, options, this.#subscriptionSettings).messages();
  }

  async head(): Promise<number> {
    const head = await this.#read(() => this.#connection.reader.head());
    this.#connection.observe(head);
    return head;
  }

  async check(): Promise<void> {
    try {
      const features = await this.#connection.client.serverFeatures();
      if (!features.batchAppend) throw new Error(`version ${features.version} is too old for batch append`);
      await this.#connection.reader.end();
    } catch (error) {
      throw asStoreError(error, this.#connection.server);
    }
  }

  /** Dangerous settings of the server, one sentence each; empty when none was found. For start-up. */
  async inspect(): Promise<string[]> {
    return this.#read(() => inspectServer(this.#connection));
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#connection.close();
  }

  #submit(append: Append): Promise<AppendResult> {
    const json = appendJson(append);
    if (json.bytes > MAX_APPEND_BYTES) return Promise.resolve({ outcome: 'too-large', bytes: json.bytes });
    return this.#queue.submit(append, json);
  }

  #seen(events: readonly StoredEvent[]): readonly StoredEvent[] {
    for (const event of events) this.#connection.observe(event.position);
    return events;
  }

  /** Reads change nothing: they are tried again until the connection has had its time to come back. */
  async #read<Result>(read: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#connectWithinMs;
    for (let failures = 1; ; failures += 1) {
      try {
        return await read();
      } catch (error) {
        if (!isTransient(error) || Date.now() >= deadline) throw asStoreError(error, this.#connection.server);
        await sleep(Math.min(backOffMs(failures), Math.max(0, deadline - Date.now())));
      }
    }
  }
}
