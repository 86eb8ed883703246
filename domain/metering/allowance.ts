import { type Catalogue, catalogueAt, catalogueVersion } from '../catalogue/catalogue.ts';
import type { MeterId, Tier } from '../catalogue/types.ts';
import {
  type Instant,
  type Interval,
  intersect,
  type Month,
  monthInterval,
  secondsOf,
} from '../kernel/time.ts';
import { divideHalfEven } from './half-even.ts';

/**
 * A stretch of a customer's time on one plan, half-open. Stretches do not overlap; they may reach beyond
 * the month. To accrue before the month's end, extend the last one to it: the present tier is assumed to stay.
 */
export interface AllowanceSegment extends Interval {
  /** Null: no subscription. */
  readonly tier: Tier | null;
  /** False in a trial and in a pause: the time counts nothing. */
  readonly counts: boolean;
  /** The plan version it was bought at; by default the list catalogue at the month's first instant. */
  readonly catalogueVersion?: string | undefined;
  /** What a contract sets in place of the plan. */
  readonly contract?: ContractUsage | null | undefined;
}

/** The part of a contract that speaks of usage. */
export interface ContractUsage {
  /** Units a month by meter; the others are the plan's. */
  readonly allowances: Readonly<Record<string, string>>;
  /** What a month's usage costs at least, in cents; null: nothing. */
  readonly commitment: string | null;
}

/** Monthly units that hold for a stretch of the month. */
export interface UnitsSegment extends Interval {
  readonly units: bigint;
}

/**
 * A month's allowance of a meter in whole units: the sum of each tier's allowance × its share of the
 * month's seconds, rounded once, half-even. Time that no segment covers counts nothing.
 * Throws RangeError on segments that overlap or run backwards.
 */
export function proratedAllowance(
  meter: MeterId,
  month: Month,
  segments: readonly AllowanceSegment[],
): bigint {
  const { from: firstInstant } = monthInterval(month);
  return proratedUnits(
    month,
    segments.map(({ tier, from, to, counts, catalogueVersion: version, contract }) => {
      if (!counts || tier === null) return { units: 0n, from, to };
      const catalogue = version === undefined ? catalogueAt(firstInstant) : catalogueVersion(version);
      const agreed = contract?.allowances[meter];
      return {
        units: agreed === undefined ? catalogue.meters[meter].allowance[tier] : BigInt(agreed),
        from,
        to,
      };
    }),
  );
}

/** The same for any monthly number of units: a contract's allowance, a partner's pool. */
export function proratedUnits(month: Month, segments: readonly UnitsSegment[]): bigint {
  const bounds = monthInterval(month);
  refuseOverlap(segments);
  const unitSeconds = segments.reduce((sum, segment) => {
    const part = intersect(segment, bounds);
    return part === undefined ? sum : sum + segment.units * wholeSeconds(part);
  }, 0n);
  return divideHalfEven(unitSeconds, wholeSeconds(bounds));
}

/**
 * Whether usage above the allowance is paid for. A Free customer is capped until there is a payment method;
 * without a subscription nothing is sold, so nothing is paid.
 */
export function overflowsToPaid(catalogue: Catalogue, tier: Tier | null, paymentMethod: boolean): boolean {
  if (tier === null) return false;
  return (
    paymentMethod || catalogue.tiers[tier].overage !== 'hard_cap_until_payment_method_then_paid_overflow'
  );
}

function wholeSeconds(interval: Interval): bigint {
  return BigInt(secondsOf(interval));
}

function refuseOverlap(segments: readonly Interval[]): void {
  const inOrder = segments.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  let covered: Instant | undefined;
  for (const { from, to } of inOrder) {
    if (to < from) throw new RangeError(`segment runs backwards: ${from} to ${to}`);
    if (covered !== undefined && from < covered) throw new RangeError(`segments overlap at ${from}`);
    covered = to;
  }
}
