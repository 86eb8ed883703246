import type { EventType } from '../../domain/events.ts';
import { type Instant, monthOf } from '../../domain/kernel/time.ts';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { HOLDING_PROJECTIONS, type HoldingSnapshot } from '../../projections/entitlements/reads.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  type AccessSource,
  asEntry,
  type Entry,
  type Known,
  type KnownUsage,
  metersOf,
  type ReadUsage,
} from './entries.ts';
import { LeastRecent } from './least-recent.ts';
import { LogTail } from './log-tail.ts';
import { type AccessMetrics, accessMetrics } from './metrics.ts';

/** An answer is never of a log older than this, in milliseconds of real time. */
const MAX_STALENESS_MS = 2_000;
/** While usage comes in, a running month is read again after this long; then it is as new as its read model. */
const USAGE_MAX_AGE_MS = 1_000;
const HEARTBEAT_MS = 500;
const PAGE = 1_000;

export interface AccessMemoryOptions {
  readonly store: EventStore;
  readonly source: AccessSource;
  readonly metrics: Metrics;
  /** Business time: which month is running. */
  readonly now: () => Instant;
  readonly onError: (error: Error) => void;
  /** Customers kept in memory. */
  readonly capacity: number;
  /** How long a read model may take to contain what the log has. */
  readonly readWaitMs: number;
  readonly maxStalenessMs?: number;
  readonly usageMaxAgeMs?: number;
  readonly heartbeatMs?: number;
  /** Real time in milliseconds. */
  readonly clock?: () => number;
}

/**
 * Answers what a customer may do from memory. Entries come from the read models, when they are asked for and at the
 * start; the tail of the log puts one out as soon as an event touches its customer, and the next question reads it
 * again from read models that contain that event. A memory that is not known to be current is not used: then the
 * answer is read afresh, as of the head of the log.
 */
export class AccessMemory {
  readonly #options: AccessMemoryOptions;
  readonly #entries: LeastRecent<Entry>;
  /** By customer: what the read models must contain before they may be remembered. */
  readonly #changed: LeastRecent<number>;
  readonly #loading = new Map<string, Promise<Entry>>();
  readonly #metrics: AccessMetrics;
  readonly #clock: () => number;
  /** The same for customers that are not in `#changed`. */
  #floor = 0;
  /** Usage that somebody has waited for is never answered without it again. */
  #usageFloor = 0;
  #tail: LogTail | undefined;

  private constructor(options: AccessMemoryOptions) {
    this.#options = options;
    this.#entries = new LeastRecent(options.capacity);
    this.#changed = new LeastRecent(options.capacity);
    this.#clock = options.clock ?? (() => performance.now());
    this.#metrics = accessMetrics(
      options.metrics,
      () => this.#tail?.ageMs ?? 0,
      () => this.#entries.size,
    );
  }

  /** @throws StoreUnavailableError if the log cannot be reached */
  static async open(options: AccessMemoryOptions): Promise<AccessMemory> {
    const memory = new AccessMemory(options);
    memory.#tail = await LogTail.open({
      store: options.store,
      onEvents: (events) => memory.#see(events),
      onError: options.onError,
      heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      now: memory.#clock,
    });
    memory.#floor = memory.#tail.position;
    return memory;
  }

  /** Log position up to which this memory has seen everything. */
  get position(): number {
    return this.#following.position;
  }

  get maxStalenessMs(): number {
    return this.#options.maxStalenessMs ?? MAX_STALENESS_MS;
  }

  get usageMaxAgeMs(): number {
    return this.#options.usageMaxAgeMs ?? USAGE_MAX_AGE_MS;
  }

  get size(): number {
    return this.#entries.size;
  }

  close(): Promise<void> {
    return this.#following.close();
  }

  /** Waits until answers contain everything up to a log position; false if they do not within `timeoutMs`. */
  async waitFor(position: number, timeoutMs: number): Promise<boolean> {
    this.#usageFloor = Math.max(this.#usageFloor, position);
    return this.#following.reached(position, timeoutMs);
  }

  /**
   * What a customer holds.
   * @throws ProblemError `read-model-behind` if the read models do not get to what the log has in time
   * @throws StoreUnavailableError if the memory is too old and the log cannot be asked
   */
  async holding(customerId: string): Promise<Known> {
    const { entry, asOf } = await this.#current(customerId);
    return { asOf, holding: entry.holding };
  }

  /** The same with the running month's usage, of all meters; undefined for a customer that does not exist. */
  async holdingAndUsage(customerId: string): Promise<Known & { readonly usage: KnownUsage | undefined }> {
    const { entry, asOf } = await this.#current(customerId, [...HOLDING_PROJECTIONS, 'usage']);
    if (entry.holding === undefined) return { asOf, holding: undefined, usage: undefined };
    return { asOf, holding: entry.holding, usage: await this.#usageOf(customerId, entry) };
  }

  /** Fills the memory from the read models, until it is full or everybody is in it. */
  async warm(signal: AbortSignal): Promise<void> {
    const { source, capacity, readWaitMs } = this.#options;
    await source.waitFor(HOLDING_PROJECTIONS, this.#floor, readWaitMs);
    let after = '';
    while (!signal.aborted && this.#entries.size < capacity) {
      const limit = Math.min(PAGE, capacity - this.#entries.size);
      const { position, holdings } = await source.holdings(after, limit);
      for (const known of holdings) {
        const { customerId } = known;
        if (this.#entries.peek(customerId) !== undefined || this.#loading.has(customerId)) continue;
        if (position >= this.#required(customerId)) this.#keep({ position, holding: known });
      }
      const last = holdings.at(-1);
      if (last === undefined) return;
      after = last.customerId;
    }
  }

  get #following(): LogTail {
    if (this.#tail === undefined) throw new Error('the memory of access checks is not open');
    return this.#tail;
  }

  async #current(
    customerId: string,
    projections: readonly string[] = HOLDING_PROJECTIONS,
  ): Promise<{ readonly entry: Entry; readonly asOf: number }> {
    if (this.#following.ageMs > this.maxStalenessMs) {
      this.#metrics.fresh.inc();
      return this.#fresh(customerId, projections);
    }
    const asOf = this.position;
    const known = this.#entries.get(customerId);
    if (known !== undefined) {
      this.#metrics.hits.inc();
      return { entry: known, asOf };
    }
    this.#metrics.misses.inc();
    return { entry: await this.#load(customerId), asOf };
  }

  /** From the read models as of the head of the log, past the memory. */
  async #fresh(
    customerId: string,
    projections: readonly string[],
  ): Promise<{ readonly entry: Entry; readonly asOf: number }> {
    const { store, source } = this.#options;
    const head = await store.head();
    await this.#requireReached(projections, head);
    const snapshot = await source.holding(customerId);
    return { entry: asEntry(snapshot), asOf: head };
  }

  #load(customerId: string): Promise<Entry> {
    const running = this.#loading.get(customerId);
    if (running !== undefined) return running;
    const loading = this.#read(customerId).finally(() => this.#loading.delete(customerId));
    this.#loading.set(customerId, loading);
    return loading;
  }

  async #read(customerId: string): Promise<Entry> {
    const { source } = this.#options;
    for (;;) {
      const snapshot = await source.holding(customerId);
      // Events that came in meanwhile count as well.
      const required = this.#required(customerId);
      if (snapshot.position >= required) return this.#keep(snapshot);
      await this.#requireReached(HOLDING_PROJECTIONS, required);
    }
  }

  #required(customerId: string): number {
    return Math.max(this.#changed.peek(customerId) ?? 0, this.#floor);
  }

  /** Who does not exist is not remembered: there is no end to them. */
  #keep(snapshot: HoldingSnapshot): Entry {
    const entry = asEntry(snapshot);
    if (entry.holding !== undefined) this.#entries.set(entry.holding.customerId, entry);
    return entry;
  }

  async #usageOf(customerId: string, entry: Entry): Promise<KnownUsage> {
    const { source, now } = this.#options;
    const month = monthOf(now());
    const known = entry.usage;
    if (known !== undefined && known.month === month && this.#isRecent(entry, known)) return known;
    this.#metrics.usageReads.inc();
    const readAtMs = this.#clock();
    const seen = this.position;
    await this.#requireReached(['usage'], Math.min(this.#usageFloor, Math.max(entry.usageAt, seen)));
    // First the position, then the sums: they contain at least what it says.
    const countedThrough = await source.position('usage');
    const view = await source.usage(customerId, month, entry.paymentMethod);
    const usage = { month, countedThrough, readAtMs, seen, meters: metersOf(view) };
    if (entry.usage === undefined || entry.usage.readAtMs < readAtMs) entry.usage = usage;
    return usage;
  }

  #isRecent({ usageAt }: Entry, { countedThrough, readAtMs, seen }: ReadUsage): boolean {
    const latest = Math.max(usageAt, seen);
    if (countedThrough >= latest) return true;
    if (countedThrough < Math.min(this.#usageFloor, latest)) return false;
    return this.#clock() - readAtMs < this.usageMaxAgeMs;
  }

  /** @throws ProblemError `read-model-behind` */
  async #requireReached(projections: readonly string[], position: number): Promise<void> {
    const { source, readWaitMs } = this.#options;
    if (await source.waitFor(projections, position, readWaitMs)) return;
    throw new ProblemError('read-model-behind', `The answer is not yet as of position ${position}.`, {
      headers: { 'Retry-After': '1' },
    });
  }

  #see(events: readonly StoredEvent[]): void {
    for (const { type, metadata, position } of events) {
      const { customerId } = metadata;
      if (customerId === undefined) continue;
      if (type.startsWith('usage.')) {
        const entry = this.#entries.peek(customerId);
        if (entry !== undefined) entry.usageAt = position;
      } else if (DECIDING.test(type) || (SETTLING.has(type) && !this.#isInGoodStanding(customerId))) {
        this.#forget(customerId, position);
      }
    }
  }

  /** Of somebody who is not in memory nothing is known. */
  #isInGoodStanding(customerId: string): boolean {
    return this.#entries.peek(customerId)?.holding?.standing === 'good';
  }

  #forget(customerId: string, position: number): void {
    if (this.#entries.delete(customerId)) this.#metrics.invalidations.inc();
    const dropped = this.#changed.set(customerId, position);
    if (dropped !== undefined) this.#floor = Math.max(this.#floor, dropped);
  }
}

/** Events after which a customer may do more or less. */
const DECIDING = /^(customer|subscription|entitlement|dunning)\./;

/** Events after which an overdue invoice may be owed no longer; whoever owes nothing is not touched by them. */
const SETTLING: ReadonlySet<string> = new Set([
  'invoice.payment_received',
  'invoice.funds_applied',
  'credit_note.issued',
  'invoice.written_off',
  'invoice.voided',
] satisfies EventType[]);
