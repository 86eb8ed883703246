import { TIERS } from '../catalogue/types.ts';
import type { Decider } from '../kernel/decider.ts';
import type { Instant, Month } from '../kernel/time.ts';
import type { AlertEvent } from './alert-events.ts';
import type { UsageTerms } from './usage-terms.ts';
import type { Threshold } from './usage-terms-events.ts';

/** Standing thresholds, in percent of the month's allowance (catalogue). */
export const ALERT_PERCENTS = [50, 80, 90, 100, 120] as const;

/** From here on an alert says that an upgrade may be worth it. */
const HINT_FROM_PERCENT = 80n;

/** A meter's month to date. */
export interface MeterLevel {
  readonly meter: string;
  /** Rated units. */
  readonly quantity: bigint;
  readonly included: bigint;
  readonly thresholds: readonly Threshold[];
}

export interface RaiseUsageAlerts {
  readonly type: 'raiseUsageAlerts';
  readonly now: Instant;
  readonly customerId: string;
  readonly month: Month;
  readonly tier: string | null;
  readonly levels: readonly MeterLevel[];
}

/** What was raised, as `meter unit value direction`. */
export type RaisedAlerts = ReadonlySet<string>;

/**
 * Raises each threshold once on the way up and once on the way down. Down is said only of what was raised before, by a
 * correction or a higher allowance.
 */
export const alertDecider: Decider<RaisedAlerts, RaiseUsageAlerts, AlertEvent> = {
  initialState: new Set(),
  decide(command, raised) {
    const { customerId, month, tier, levels, now } = command;
    return levels.flatMap((level) =>
      level.thresholds.flatMap((threshold): AlertEvent[] => {
        const direction = crossing(level, threshold, raised);
        if (direction === undefined) return [];
        const { meter, quantity, included } = level;
        const data = {
          customerId,
          month,
          meter,
          threshold,
          direction,
          quantity: `${quantity}`,
          included: `${included}`,
          tier,
          upgradeHint: direction === 'up' && tier !== TIERS.at(-1) && isNearAllowance(level),
        };
        return [{ type: 'usage.alert_raised', data, effectiveAt: now }];
      }),
    );
  },
  evolve: (raised, { data: { meter, threshold, direction } }) =>
    new Set([...raised, alertKey(meter, threshold, direction)]),
};

/** The standing thresholds and the customer's own, each once. A meter without allowance has no percentages. */
export function thresholdsOf(terms: UsageTerms, meter: string, included: bigint): Threshold[] {
  const standing = ALERT_PERCENTS.map((percent): Threshold => ({ unit: 'percent', value: String(percent) }));
  const own = terms.alerts.flatMap(({ eventType, threshold }) => (eventType === meter ? [threshold] : []));
  const all = new Map([...standing, ...own].map((threshold) => [thresholdKey(threshold), threshold]));
  return [...all.values()].filter(({ unit }) => unit === 'units' || included > 0n);
}

export function isReached({ quantity, included }: MeterLevel, { unit, value }: Threshold): boolean {
  return unit === 'units' ? quantity >= BigInt(value) : quantity * 100n >= included * BigInt(value);
}

function crossing(level: MeterLevel, threshold: Threshold, raised: RaisedAlerts): 'up' | 'down' | undefined {
  const said = (direction: 'up' | 'down') => raised.has(alertKey(level.meter, threshold, direction));
  if (isReached(level, threshold)) return said('up') ? undefined : 'up';
  return said('up') && !said('down') ? 'down' : undefined;
}

function isNearAllowance({ quantity, included }: MeterLevel): boolean {
  return quantity * 100n >= included * HINT_FROM_PERCENT;
}

function thresholdKey({ unit, value }: Threshold): string {
  return `${unit} ${value}`;
}

function alertKey(meter: string, threshold: Threshold, direction: 'up' | 'down'): string {
  return `${meter} ${thresholdKey(threshold)} ${direction}`;
}
