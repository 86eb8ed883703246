import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isMeterId } from '../domain/catalogue/catalogue.ts';
import { isRefusal } from '../domain/kernel/decider.ts';
import { type Month, monthOf } from '../domain/kernel/time.ts';
import { isReached, type MeterLevel, thresholdsOf } from '../domain/metering/alerts.ts';
import { proratedAllowance } from '../domain/metering/allowance.ts';
import { monthTerms } from '../domain/metering/month-terms.ts';
import type { UsageTerms } from '../domain/metering/usage-terms.ts';
import type { Stretch } from '../domain/subscriptions/stretches.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import { asError } from '../platform/errors.ts';
import { monthOfCustomer, usageAlerts } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { naturalUuid } from './envelope.ts';
import { inParallel } from './lanes.ts';
import { isOutage } from './outage.ts';
import { reactorPosition, saveReactorPosition } from './reactor.ts';

export interface CustomerMonth {
  readonly customerId: string;
  readonly month: Month;
}

/** A customer's month as the metering read model has it. */
export interface MonthFigures extends CustomerMonth {
  readonly stretches: readonly Stretch[];
  readonly terms: UsageTerms;
  /** Rated units to date by meter. */
  readonly meters: readonly { readonly meter: string; readonly quantity: bigint }[];
  /** Some alert of the month has been raised. */
  readonly raised: boolean;
}

export interface AlertReadings {
  /** True once the metering read model has counted everything up to a position; false when that takes too long. */
  counted(position: number): Promise<boolean>;
  /** Figures of many months at once; those without usage are left out. */
  figures(months: readonly CustomerMonth[]): Promise<readonly MonthFigures[]>;
}

export interface AlertWatcherOptions {
  readonly context: CommandContext;
  readonly pool: pg.Pool;
  readonly readings: AlertReadings;
  readonly onError: (error: Error) => void;
}

export const ALERT_WATCHER = 'usage-alerts';
const RETRY_DELAY_MS = 1_000;
/** Ingestion is ahead of it in large steps: the more comes in, the more is looked at together. */
const BATCH_SIZE = 5_000;

/**
 * Follows the log behind the metering read model and raises the alerts that usage has reached. It looks at each batch
 * once for every customer and month in it, whatever the number of facts. The deciders raise each alert once: looking
 * twice, or with two watchers, changes nothing.
 */
export class AlertWatcher {
  readonly #options: AlertWatcherOptions;
  readonly #abort = new AbortController();
  readonly #progress = new Set<() => void>();
  #position = -1;
  #running: Promise<void> | undefined;

  constructor(options: AlertWatcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Resolves once all usage up to a log position is looked at, or the watcher is stopped. */
  async drained(position: number): Promise<void> {
    while (this.#position < position && !this.#abort.signal.aborted) {
      await new Promise<void>((resolve) => this.#progress.add(resolve));
    }
  }

  async #run(): Promise<void> {
    const { pool, onError } = this.#options;
    while (!this.#abort.signal.aborted) {
      try {
        this.#position = await reactorPosition(pool, ALERT_WATCHER);
        // Who waits already may wait for no more than this.
        this.#notify();
        await this.#follow(this.#position);
      } catch (error) {
        onError(asError(error));
        await sleep(RETRY_DELAY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
      }
    }
    this.#notify();
  }

  async #follow(after: number): Promise<void> {
    const { pool, context } = this.#options;
    const { signal } = this.#abort;
    for await (const message of context.store.subscribe({ after, batchSize: BATCH_SIZE, signal })) {
      if (message.kind !== 'events') continue;
      const last = message.events.at(-1);
      if (last === undefined) continue;
      const months = touchedMonths(message.events);
      if (months.length > 0) await this.#look(months, last.position);
      if (signal.aborted) return;
      this.#position = last.position;
      await saveReactorPosition(pool, ALERT_WATCHER, last.position);
      this.#notify();
    }
  }

  async #look(months: readonly CustomerMonth[], position: number): Promise<void> {
    const { readings, onError } = this.#options;
    while (!(await readings.counted(position))) {
      if (this.#abort.signal.aborted) return;
    }
    // Side by side: appends that wait together go to the log, and from there to the read models, together.
    await inParallel(await readings.figures(months), async (figures) => {
      try {
        await raiseUsageAlerts(this.#options.context, figures, position);
      } catch (error) {
        const failure = asError(error);
        if (isOutage(failure)) throw failure;
        // What cannot be said of one customer holds up nobody else's alerts.
        onError(failure);
      }
    });
  }

  #notify(): void {
    for (const resolve of this.#progress) resolve();
    this.#progress.clear();
  }
}

/** Raises what a month has newly reached, or fallen below. */
async function raiseUsageAlerts(
  context: CommandContext,
  { customerId, month, stretches, terms, meters, raised }: MonthFigures,
  position: number,
): Promise<void> {
  const { tier, segments } = monthTerms(stretches, month, false);
  const levels = meters.flatMap(({ meter, quantity }): MeterLevel[] => {
    if (!isMeterId(meter)) return [];
    const included = proratedAllowance(meter, month, segments);
    return [{ meter, quantity, included, thresholds: thresholdsOf(terms, meter, included) }];
  });
  const reached = levels.some((level) => level.thresholds.some((threshold) => isReached(level, threshold)));
  if (!raised && !reached) return;
  const command = { type: 'raiseUsageAlerts', now: context.now(), customerId, month, tier, levels } as const;
  const id = monthOfCustomer(customerId, month);
  const known = await context.pipeline.state(usageAlerts, id);
  const decision = usageAlerts.decider.decide(command, known.state);
  if (isRefusal(decision) || decision.length === 0) return;
  const commandId = naturalUuid('raiseUsageAlerts', customerId, month, String(position));
  const envelope = system('raiseUsageAlerts', commandId, String(position));
  await context.pipeline.execute(usageAlerts, id, command, envelope);
}

/** Data that usage events and those of subscriptions and terms have in common. */
interface Named {
  readonly customerId: string;
  readonly occurredAt?: string;
}

const OF_A_FACT = new Set(['usage.recorded', 'usage.released', 'usage.corrected']);

/** The months in which these events may have changed a quantity, an allowance or a threshold. */
function touchedMonths(events: readonly StoredEvent[]): CustomerMonth[] {
  const months = new Map<string, CustomerMonth>();
  for (const { type, data, metadata } of events) {
    const ofFact = OF_A_FACT.has(type);
    if (!ofFact && type !== 'usage.alert_set' && !type.startsWith('subscription.')) continue;
    const { customerId, occurredAt } = data as Named;
    const month = monthOf(ofFact && occurredAt !== undefined ? occurredAt : metadata.effectiveAt);
    months.set(`${customerId} ${month}`, { customerId, month });
  }
  return [...months.values()];
}
