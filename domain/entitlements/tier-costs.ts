import { catalogueAt } from '../catalogue/catalogue.ts';
import { type BillingCycle, METER_IDS, type MeterId, type Tier } from '../catalogue/types.ts';
import { centsString, decimal, fromMicros, microsToCents, toCents } from '../kernel/money.ts';
import { type Instant, type Month, monthStart } from '../kernel/time.ts';
import { divideHalfEven } from '../metering/half-even.ts';
import { committedMicros, type MonthTerms, meterTerms, monthTerms } from '../metering/month-terms.ts';
import { shortfallMicros } from '../metering/rating.ts';
import { rateMeter } from '../metering/rating-decider.ts';
import { overrideIn, type UsageTerms } from '../metering/usage-terms.ts';
import type { Contract } from '../subscriptions/events.ts';
import { netPriceAt, type Party } from '../subscriptions/pricing.ts';
import type { Coupon, TierSegment } from '../subscriptions/state.ts';
import type { Plan } from './holding.ts';

/** What a customer used in a month, and how much of the month that covers. */
export interface UsedMonth {
  readonly month: Month;
  readonly quantities: Readonly<Partial<Record<MeterId, bigint>>>;
  /** Seconds of the month that the usage is of, and of the whole month. Equal for a month that has ended. */
  readonly coveredSeconds: number;
  readonly wholeSeconds: number;
}

/** How a customer is billed at an instant. */
export interface BillingTerms {
  readonly now: Instant;
  readonly billingCycle: BillingCycle;
  /** What a month or annual term of the plan costs now, net and less the coupon. */
  readonly price: string;
  /** Lowers the price of a higher tier as well. */
  readonly coupon: Coupon | null;
  /** How list prices become net ones for this customer. */
  readonly tax: Pick<Party, 'taxRate' | 'taxInclusive'>;
  /** What was agreed in place of the plan: its allowances and commitment. */
  readonly contract: Contract | null;
  /** The customer's own prices and commitment, each month by those that hold in it. */
  readonly agreed: UsageTerms;
  /** Whether there is one: it decides if usage above a Free allowance is paid for. */
  readonly paymentMethod: boolean;
}

export interface MeterLine {
  readonly meter: MeterId;
  readonly quantity: bigint;
  readonly included: bigint;
  readonly billable: bigint;
  /** Rated at a price of the customer's own, not the plan's. */
  readonly ownPrice: boolean;
  /** In cents, rounded by itself as on an invoice. */
  readonly amount: string;
}

/** What a month's usage costs at least, and what it falls short of that; in cents. */
export interface CommitmentCost {
  readonly committed: string;
  readonly shortfall: string;
}

/** What a month costs on one tier, in cents. `saving` is against what is paid now. */
export interface TierCost {
  readonly tier: Tier;
  readonly fee: string;
  readonly overage: string;
  /** Null where nothing is committed. */
  readonly commitment: CommitmentCost | null;
  /** Fee, overage and shortfall. */
  readonly total: string;
  readonly saving: string;
  /** Meters that were used. */
  readonly lines: readonly MeterLine[];
}

export interface MonthCosts {
  readonly month: Month;
  /** `toDate`: less than a day of it has passed, which is too little to project from. */
  readonly basis: 'full' | 'projected' | 'toDate';
  readonly now: TierCost;
  /** Higher tiers, ascending, at today's list. */
  readonly higher: readonly TierCost[];
}

const DAY_SECONDS = 86_400;
const MONTHS_PER_YEAR = 12;

/**
 * Rates a month's usage as a whole month on the customer's plan, and on each higher tier at today's list, with the
 * functions that invoices are rated with. Own prices, an own commitment and a coupon belong to the customer and come
 * along to a higher tier; prices and commitment are those of the month. Allowances are those of the tier compared
 * with; what a contract sets ends with its plan.
 */
export function costsOf(
  used: UsedMonth,
  plan: Plan,
  higher: readonly Tier[],
  billing: BillingTerms,
): MonthCosts {
  const { now, billingCycle, price, coupon, tax, contract, agreed, paymentMethod } = billing;
  const { month } = used;
  const { quantities, basis } = projected(used);
  const own = wholeMonth({ ...plan, contract }, month, paymentMethod, agreed);
  const current = costOf(plan.tier, monthlyFee(price, billingCycle), quantities, own);
  const list = catalogueAt(now);
  return {
    month,
    basis,
    now: { ...current, saving: '0.00' },
    higher: higher.map((tier) => {
      // Nobody comes to a higher tier without paying for it.
      const terms = wholeMonth({ tier, catalogueVersion: list.id, contract: null }, month, true, agreed);
      const net = netPriceAt(list.tiers[tier].price[billingCycle], tax, coupon, now);
      const cost = costOf(tier, monthlyFee(net, billingCycle), quantities, terms);
      return { ...cost, saving: centsString(decimal(current.total).minus(cost.total)) };
    }),
  };
}

/** What a month is held against for who is on a plan from its first second to its last. */
function wholeMonth(
  plan: Pick<TierSegment, 'tier' | 'catalogueVersion' | 'contract'>,
  month: Month,
  paymentMethod: boolean,
  agreed: UsageTerms,
): MonthTerms {
  const stretch = { ...plan, from: monthStart(month), to: null, counts: true };
  return monthTerms([stretch], month, paymentMethod, agreed);
}

/** A month's usage if it goes on as it has until now. */
function projected({ quantities, coveredSeconds, wholeSeconds }: UsedMonth): {
  readonly quantities: UsedMonth['quantities'];
  readonly basis: MonthCosts['basis'];
} {
  if (coveredSeconds >= wholeSeconds) return { quantities, basis: 'full' };
  if (coveredSeconds < DAY_SECONDS) return { quantities, basis: 'toDate' };
  const whole = METER_IDS.map((meter) => {
    const quantity = quantities[meter] ?? 0n;
    return [meter, divideHalfEven(quantity * BigInt(wholeSeconds), BigInt(coveredSeconds))];
  });
  return { quantities: Object.fromEntries(whole), basis: 'projected' };
}

function costOf(
  tier: Tier,
  fee: string,
  quantities: UsedMonth['quantities'],
  terms: MonthTerms,
): Omit<TierCost, 'saving'> {
  const { month, overflow, agreed } = terms;
  const rated = METER_IDS.flatMap((meter) => {
    const quantity = quantities[meter] ?? 0n;
    if (quantity === 0n) return [];
    const ownPrice = overrideIn(agreed, meter, month) !== undefined;
    const total = { meter, quantity, ...meterTerms(meter, terms) };
    return [{ ...rateMeter(total, month, overflow), meter, ownPrice }];
  });
  const lines = rated.map(({ amount, ...line }): MeterLine => ({ ...line, amount: inCents(amount) }));
  const overage = lines.reduce((sum, { amount }) => sum.plus(amount), decimal(0));
  const used = rated.reduce((sum, { amount }) => sum + amount, 0n);
  const commitment = commitmentCost(committedMicros(terms), used);
  const total = overage.plus(fee).plus(commitment?.shortfall ?? '0');
  return { tier, fee, overage: centsString(overage), commitment, total: centsString(total), lines };
}

function commitmentCost(committed: bigint, used: bigint): CommitmentCost | null {
  if (committed === 0n) return null;
  return { committed: inCents(committed), shortfall: inCents(shortfallMicros(committed, used)) };
}

/** Micros as an invoice line has them. */
function inCents(micros: bigint): string {
  return centsString(decimal(fromMicros(microsToCents(micros))));
}

/** A month's share of the price: of an annual term a twelfth, half-even to the cent. */
function monthlyFee(price: string, billingCycle: BillingCycle): string {
  if (billingCycle === 'monthly') return centsString(decimal(price));
  return centsString(toCents(decimal(price).div(MONTHS_PER_YEAR)));
}
