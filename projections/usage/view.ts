import { METER_IDS, type MeterId, type PriceModel, type Tier } from '../../domain/catalogue/types.ts';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import type { Month } from '../../domain/kernel/time.ts';
import { committedMicros, meterTerms, monthTerms } from '../../domain/metering/month-terms.ts';
import { shortfallMicros } from '../../domain/metering/rating.ts';
import { rateMeter } from '../../domain/metering/rating-decider.ts';
import type { UsageTerms } from '../../domain/metering/usage-terms.ts';
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
  /** What corrections added to the quantity. */
  readonly corrected: bigint;
  /** Of the billable units: the customer's own, or that of the plan version the month ends on. */
  readonly price: PriceModel;
}

/** What the month's usage costs at least. */
export interface CommitmentView {
  /** Prorated by the time that counts, at 1e-6. */
  readonly committed: string;
  /** What usage to date leaves of it; billed once the month is over. */
  readonly shortfall: string;
  readonly accrued: string;
  readonly billed: string;
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
  /** Null where nothing is or was committed. */
  readonly commitment: CommitmentView | null;
}

interface AccruedAndBilled {
  readonly accrued: string;
  readonly billed: string;
}

export interface MonthlyFigures extends AccruedAndBilled {
  readonly meter: string;
  readonly quantity: string;
  readonly rated_quantity: string;
  readonly quarantined: string;
  readonly corrected: string;
}

/** Rates a month's figures by the customer's time on each tier. */
export function viewOf(
  customerId: string,
  period: Month,
  known: {
    readonly stretches: readonly Stretch[];
    readonly meters: readonly MonthlyFigures[];
    /** What of it is accrued and billed; null if nothing ever was. */
    readonly commitment: AccruedAndBilled | null;
    readonly paymentMethod: boolean;
    readonly agreed: UsageTerms;
  },
): UsageView {
  const terms = monthTerms(known.stretches, period, known.paymentMethod, known.agreed);
  const { tier, overflow, catalogue } = terms;
  const byMeter = new Map(known.meters.map((figures) => [figures.meter, figures]));
  const meters = METER_IDS.map((meter): MeterUsage => {
    const figures = byMeter.get(meter);
    const ratedQuantity = BigInt(figures?.rated_quantity ?? 0);
    const { included, price } = meterTerms(meter, terms);
    const total = { meter, quantity: ratedQuantity, included, price };
    const { billable, amount } = rateMeter(total, period, overflow);
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
      corrected: BigInt(figures?.corrected ?? 0),
      price,
    };
  });
  const amount = meters.reduce((sum, meter) => sum + toMicros(meter.amount), 0n);
  const commitment = commitmentOf(committedMicros(terms), amount, known.commitment);
  return { customerId, period, tier, overflow, meters, amount: fromMicros(amount), commitment };
}

function commitmentOf(
  committed: bigint,
  used: bigint,
  figures: AccruedAndBilled | null,
): CommitmentView | null {
  if (committed === 0n && figures === null) return null;
  return {
    committed: fromMicros(committed),
    shortfall: fromMicros(shortfallMicros(committed, used)),
    accrued: fromMicros(toMicros(figures?.accrued ?? '0')),
    billed: figures?.billed ?? '0.00',
  };
}
