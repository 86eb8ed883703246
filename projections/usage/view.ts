import { catalogueAt } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, type MeterId, type Tier } from '../../domain/catalogue/types.ts';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { type Month, monthStart } from '../../domain/kernel/time.ts';
import { proratedAllowance } from '../../domain/metering/allowance.ts';
import { monthTerms } from '../../domain/metering/month-terms.ts';
import { rateMeter } from '../../domain/metering/rating-decider.ts';
import type { Stretch } from '../../domain/subscriptions/stretches.ts';

/** One meter in one month. Quantities in its unit, amounts as decimal strings at 1e-6. */
export interface MeterUsage {
  readonly meter: MeterId;
  readonly unit: string;
  /** All that was recorded, trial usage too. */
  readonly quantity: bigint;
  readonly ratedQuantity: bigint;
  /** The month's allowance; the present tier is assumed to stay. */
  readonly included: bigint;
  /** Rated, above the allowance and paid for. */
  readonly billable: bigint;
  /** Price of the billable units of the month to date. */
  readonly amount: string;
  /** What of it the log has accrued. */
  readonly accrued: string;
  /** What of it is on invoices, in cents. */
  readonly billed: string;
  /** Facts outside the acceptance window, not counted. */
  readonly quarantined: number;
}

export interface UsageView {
  readonly customerId: string;
  readonly period: Month;
  /** The tier that the month ends on, as far as is known; null without a subscription. */
  readonly tier: Tier | null;
  /** Whether usage above the allowance is paid for. */
  readonly overflow: boolean;
  /** All meters of the catalogue, in its order. */
  readonly meters: readonly MeterUsage[];
  /** Sum of the amounts, at 1e-6. */
  readonly amount: string;
}

export interface MonthlyFigures {
  readonly meter: string;
  readonly quantity: string;
  readonly rated_quantity: string;
  readonly quarantined: string;
  readonly accrued: string;
  readonly billed: string;
}

/** Rates a month's figures by the customer's time on each tier. */
export function viewOf(
  customerId: string,
  period: Month,
  known: {
    readonly stretches: readonly Stretch[];
    readonly meters: readonly MonthlyFigures[];
    readonly paymentMethod: boolean;
  },
): UsageView {
  const { tier, overflow, segments } = monthTerms(known.stretches, period, known.paymentMethod);
  const catalogue = catalogueAt(monthStart(period));
  const byMeter = new Map(known.meters.map((figures) => [figures.meter, figures]));
  const meters = METER_IDS.map((meter): MeterUsage => {
    const figures = byMeter.get(meter);
    const ratedQuantity = BigInt(figures?.rated_quantity ?? 0);
    const included = proratedAllowance(meter, period, segments);
    const { billable, amount } = rateMeter({ meter, quantity: ratedQuantity, included }, period, overflow);
    return {
      meter,
      unit: catalogue.meters[meter].unit,
      quantity: BigInt(figures?.quantity ?? 0),
      ratedQuantity,
      included,
      billable,
      amount: fromMicros(amount),
      accrued: fromMicros(toMicros(figures?.accrued ?? '0')),
      billed: figures?.billed ?? '0.00',
      quarantined: Number(figures?.quarantined ?? 0),
    };
  });
  const amount = fromMicros(meters.reduce((sum, meter) => sum + toMicros(meter.amount), 0n));
  return { customerId, period, tier, overflow, meters, amount };
}
