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
import { LogFollower, type Progress } from './log-follower.ts';
import { isOutage } from './outage.ts';

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
/** Ingestion is ahead of it in large steps: the more comes in, the more is looked at together. */
const BATCH_SIZE = 5_000;

/**
 * Follows the log behind the metering read model and raises the alerts that usage has reached. It looks at each batch
 * once for every customer and month in it, whatever the number of facts. The deciders raise each alert once: looking
 * twice, or with two watchers, changes nothing.
 */
export function alertWatcher(options: AlertWatcherOptions): LogFollower {
  const { context, pool, onError } = options;
  return new LogFollower({
    name: ALERT_WATCHER,
    store: context.store,
    pool,
    batchSize: BATCH_SIZE,
    handle: (events, progress) => look(options, events, progress),
    onError,
  });
}

async function look(
  { context, readings, onError }: AlertWatcherOptions,
  events: readonly StoredEvent[],
  { signal, reached }: Progress,
): Promise<void> {
  const months = touchedMonths(events);
  const position = events.at(-1)?.position ?? 0;
  if (months.length > 0) {
    while (!(await readings.counted(position))) {
      if (signal.aborted) return;
    }
    // Side by side: appends that wait together go to the log, and from there to the read models, together.
    await inParallel(await readings.figures(months), async (figures) => {
      try {
        await raiseUsageAlerts(context, figures, position);
      } catch (error) {
        const failure = asError(error);
        if (isOutage(failure)) throw failure;
        // What cannot be said of one customer holds up nobody else's alerts.
        onError(failure);
      }
    });
  }
  reached(position);
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
