import { z } from 'zod';
import {
  BOOK_CURRENCY,
  type Decimal,
  decimal,
  fromMicros,
  roundHalfEven,
} from '../../domain/kernel/money.ts';
import type { RecurringAmount } from '../../projections/mrr/reads.ts';
import { asMoney, money } from '../routes/schemas.ts';
import { type DrillDown, drillDown } from './drill-down.ts';

const kind = z
  .enum(['balance', 'activity'])
  .describe(
    'A balance holds at an instant and does not sum over time; an activity is a sum over its period.',
  );

export const figure = z.strictObject({ kind, amount: money, drillDown }).meta({ id: 'Figure' });

export const recurringAmount = z
  .strictObject({
    mrr: money.describe('A twelfth of the annual amount, rounded for display only.'),
    arr: money.describe('Exact.'),
  })
  .meta({ id: 'RecurringRevenue' });

export const recurringFigure = z
  .strictObject({ kind, ...recurringAmount.shape, drillDown })
  .meta({ id: 'RecurringFigure' });

/** Why a rate has no value. */
export const REASONS = [
  'nothing-at-start',
  'nothing-lost',
  'nobody-pays',
  'no-gross-margin',
  'no-margin-left',
  'nobody-churned',
  'no-complete-month',
] as const;
export type Reason = (typeof REASONS)[number];

export const rate = z
  .strictObject({
    value: z.string().nullable().describe('Decimal string, half-even to six places; null where undefined.'),
    numerator: z.string(),
    denominator: z.string(),
    reason: z.enum(REASONS).nullable().describe('Why there is no value.'),
  })
  .meta({ id: 'Rate' });

export type Rate = z.output<typeof rate>;

export const customersFigure = z.strictObject({ kind, count: z.int() }).meta({ id: 'CountFigure' });

const RATE_PLACES = 6;
const CENTS = 100;

/** `numerator / denominator`, or null with the reason where the denominator is not above zero. */
export function rateOf(numerator: Decimal, denominator: Decimal, reason: Reason): Rate {
  const undefinedHere = denominator.lte(0);
  return {
    value: undefinedHere ? null : roundHalfEven(numerator.div(denominator), RATE_PLACES).toFixed(),
    numerator: numerator.toFixed(),
    denominator: denominator.toFixed(),
    reason: undefinedHere ? reason : null,
  };
}

/** Cents as a decimal amount. */
export function fromCents(minor: bigint): Decimal {
  return decimal(minor).div(CENTS);
}

/** @param micros with the sign that the reader sees */
export function figureOf(kindOf: 'balance' | 'activity', micros: bigint, drill: DrillDown) {
  return { kind: kindOf, amount: asMoney(fromMicros(micros), BOOK_CURRENCY), drillDown: drill };
}

/** Both amounts for the wire, in cents. */
export function recurringBody({ mrr, arr }: Pick<RecurringAmount, 'mrr' | 'arr'>, currency = BOOK_CURRENCY) {
  return { mrr: asMoney(mrr, currency), arr: asMoney(arr, currency) };
}

/** A recurring amount with what adds up to it. */
export function recurringFigureOf(
  kindOf: 'balance' | 'activity',
  amount: Pick<RecurringAmount, 'mrr' | 'arr'>,
  drill: DrillDown,
) {
  return { kind: kindOf, ...recurringBody(amount), drillDown: drill };
}
