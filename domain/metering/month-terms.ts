import { type Catalogue, catalogueAt, catalogueVersion, isTier } from '../catalogue/catalogue.ts';
import type { MeterId, PriceModel, Tier } from '../catalogue/types.ts';
import { toMicros } from '../kernel/money.ts';
import { earlier, type Month, monthEnd, monthStart } from '../kernel/time.ts';
import type { Stretch } from '../subscriptions/stretches.ts';
import { type AllowanceSegment, overflowsToPaid, proratedAllowance, proratedUnits } from './allowance.ts';
import { commitmentIn, noUsageTerms, overrideIn, type UsageTerms } from './usage-terms.ts';

/** What a month's usage is held against. */
export interface MonthTerms {
  readonly month: Month;
  /** The tier that the month ends on, as far as is known; null without a subscription. */
  readonly tier: Tier | null;
  /** Whether usage above the allowance is paid for. */
  readonly overflow: boolean;
  /** Time on each tier up to the month's end: the present tier is assumed to stay. */
  readonly segments: readonly AllowanceSegment[];
  /** The plan version that the month ends on: its prices hold for the whole month. */
  readonly catalogue: Catalogue;
  /** What was agreed with the customer. */
  readonly agreed: UsageTerms;
}

export function monthTerms(
  stretches: readonly Stretch[],
  month: Month,
  paymentMethod: boolean,
  agreed: UsageTerms = noUsageTerms,
): MonthTerms {
  const end = monthEnd(month);
  const segments = stretches.flatMap(({ tier, to, ...stretch }): AllowanceSegment[] =>
    stretch.from < end && isTier(tier) ? [{ tier, to: earlier(to ?? end, end), ...stretch }] : [],
  );
  const last = segments.at(-1);
  const catalogue =
    last?.catalogueVersion === undefined
      ? catalogueAt(monthStart(month))
      : catalogueVersion(last.catalogueVersion);
  const tier = last?.tier ?? null;
  const overflow = overflowsToPaid(catalogue, tier, paymentMethod);
  return { month, tier, overflow, segments, catalogue, agreed };
}

/** A meter's allowance in the month, and the price of the units above it. */
export function meterTerms(
  meter: MeterId,
  { month, segments, catalogue, agreed }: MonthTerms,
): { readonly included: bigint; readonly price: PriceModel } {
  return {
    included: proratedAllowance(meter, month, segments),
    price: overrideIn(agreed, meter, month) ?? catalogue.meters[meter].price,
  };
}

/**
 * What the month's usage costs at least, in micros, prorated by the time that counts; 0n without a commitment. The
 * customer's own goes before that of its contract.
 */
export function committedMicros({ month, segments, agreed }: MonthTerms): bigint {
  const own = commitmentIn(agreed, month);
  const parts = segments.map(({ from, to, counts, contract }) => {
    const amount = own ?? contract?.commitment ?? null;
    return { from, to, units: counts && amount !== null ? toMicros(amount) : 0n };
  });
  return proratedUnits(month, parts);
}
