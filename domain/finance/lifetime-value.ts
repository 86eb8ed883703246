import { type Decimal, decimal, toCents } from '../kernel/money.ts';

const HUNDRED = 100;

export type NoValue = 'no-gross-margin' | 'no-margin-left' | 'no-complete-month' | 'nobody-churned';

/** A lifetime value in cents, or why there is none; and how it comes about. */
export type LifetimeValue =
  | { readonly value: string; readonly reason: null; readonly arithmetic: string }
  | { readonly value: null; readonly reason: NoValue; readonly arithmetic: string };

export interface LifetimeTerms {
  /** What `monthly` is, for the reader: `ARPA`, `MRR`. */
  readonly name: string;
  /** Recurring revenue of a month. */
  readonly monthly: Decimal;
  /** Per cent; undefined where none was recorded. */
  readonly grossMargin: Decimal | undefined;
  /** Mean logo churn of a month, a fraction; undefined where there is no complete month with customers. */
  readonly churn: Decimal | undefined;
}

/**
 * `monthly x gross margin / churn`, half-even to cents. Without a margin, without churn, or with a margin that leaves
 * nothing there is no such number: never 0, never infinite. Who pays nothing any more is worth 0.
 */
export function lifetimeValue({ name, monthly, grossMargin, churn }: LifetimeTerms): LifetimeValue {
  const none = (reason: NoValue): LifetimeValue => ({
    value: null,
    reason,
    arithmetic: `${name} x gross margin / churn: undefined, ${reason}`,
  });
  if (monthly.eq(0)) return { value: '0.00', reason: null, arithmetic: `${name} 0.00` };
  if (grossMargin === undefined) return none('no-gross-margin');
  if (grossMargin.lte(0)) return none('no-margin-left');
  if (churn === undefined) return none('no-complete-month');
  if (churn.lte(0)) return none('nobody-churned');
  const value = toCents(monthly.times(grossMargin).div(HUNDRED).div(churn)).toFixed(2);
  const shown = `${name} ${monthly.toFixed(2)} x ${grossMargin.toFixed()} % / ${churn.round(6).toFixed()}`;
  return { value, reason: null, arithmetic: `${shown} = ${value}` };
}

/** Mean of fractions; undefined of none. */
export function meanOf(fractions: readonly Decimal[]): Decimal | undefined {
  if (fractions.length === 0) return undefined;
  return fractions.reduce((sum, each) => sum.plus(each), decimal(0)).div(fractions.length);
}

/** Gross margin in per cent from what was earned and what it cost; undefined where nothing was earned. */
export function grossMarginOf(revenue: Decimal, cost: Decimal): Decimal | undefined {
  return revenue.lte(0) ? undefined : revenue.minus(cost).times(HUNDRED).div(revenue);
}
