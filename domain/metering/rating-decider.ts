import { catalogueAt, isMeterId } from '../catalogue/catalogue.ts';
import type { PriceModel } from '../catalogue/types.ts';
import type { Decider, Decision } from '../kernel/decider.ts';
import { centsString, decimal, fromMicros, microsToCents } from '../kernel/money.ts';
import { addMillis, earlier, type Instant, type Month, monthEnd, monthStart } from '../kernel/time.ts';
import type { AccruedLine, BilledLine, RatingEvent } from './events.ts';
import { billableUnits, rate, ratedMicros, shortfallMicros } from './rating.ts';
import {
  asStrings,
  billedFigures,
  evolveRating,
  type MeterFigures,
  minus,
  NOTHING_CREDITED,
  nothingRated,
  type RatingState,
  ZERO,
} from './rating-state.ts';
import { type CreditUsage, creditUsage } from './usage-credits.ts';

export { isGivenBack, type RatingState } from './rating-state.ts';

/** Name of the accrued line that tops a month's usage up to what was committed. */
export const MINIMUM_COMMITMENT = 'minimum.commitment';

/** What a meter counted in a month to date, of usage that is rated. */
export interface MeterQuantity {
  readonly meter: string;
  readonly quantity: bigint;
}

/** The same with the allowance it is held against. */
export interface MeteredTotal extends MeterQuantity {
  readonly included: bigint;
  /** The price of the units above the allowance; unless given, the list price at the month's first instant. */
  readonly price?: PriceModel;
}

export type RatingCommand =
  | {
      readonly type: 'accrueUsage';
      readonly now: Instant;
      readonly customerId: string;
      readonly month: Month;
      readonly currency: string;
      /** Log position up to which the totals are counted; what is older than the newest accrual changes nothing. */
      readonly countedThrough: number;
      readonly totals: readonly MeteredTotal[];
      /** The month's own invoice is final: what comes now is late. */
      readonly invoiceFinal: boolean;
      /** False: capped at the allowance, nothing above it is paid. */
      readonly overflow: boolean;
      /** Micros that the month's usage costs at least; nothing unless given. */
      readonly commitment?: bigint;
    }
  | {
      readonly type: 'billUsage';
      readonly now: Instant;
      readonly customerId: string;
      readonly month: Month;
      readonly invoiceId: string;
      readonly period: Month;
    }
  /** The invoice became final without this month's lines, or void: what of them is not credited is unbilled again. */
  | {
      readonly type: 'giveBackUsage';
      readonly now: Instant;
      readonly customerId: string;
      readonly month: Month;
      readonly invoiceId: string;
      readonly period: Month;
    }
  | CreditUsage;

/** Rating is cumulative: it posts the rated total to date less what is accrued, whatever the price model. */
export const ratingDecider: Decider<RatingState, RatingCommand, RatingEvent> = {
  initialState: nothingRated,
  decide(command, state) {
    switch (command.type) {
      case 'accrueUsage':
        return accrue(command, state);
      case 'billUsage':
        return bill(command, state);
      case 'giveBackUsage':
        return giveBack(command, state);
      case 'creditUsage':
        return creditUsage(command, state);
    }
  },
  evolve: evolveRating,
};

/** Rates one meter's month to date: billable units and their price in micros (1e-6), half-even. */
export function rateMeter(total: MeteredTotal, month: Month, overflow: boolean): MeterFigures {
  const { meter, quantity, included } = total;
  if (!isMeterId(meter)) throw new RangeError(`no such meter: ${meter}`);
  const billable = billableUnits(quantity, included, overflow);
  const price = total.price ?? catalogueAt(monthStart(month)).meters[meter].price;
  const amount = ratedMicros(rate(price, billable));
  return { quantity, included, billable, amount };
}

function accrue(
  command: Extract<RatingCommand, { type: 'accrueUsage' }>,
  state: RatingState,
): Decision<RatingEvent> {
  const { customerId, month, currency, countedThrough, now } = command;
  if (countedThrough < state.countedThrough) return [];
  const rated = command.totals.map(
    (total) => [total.meter, rateMeter(total, month, command.overflow)] as const,
  );
  const toDate = new Map([...state.accrued, ...rated]);
  toDate.delete(MINIMUM_COMMITMENT);
  const figures =
    now < monthEnd(month)
      ? rated
      : [...rated, [MINIMUM_COMMITMENT, shortfall(command.commitment ?? 0n, toDate)] as const];
  const lines = figures.flatMap(([meter, of]): AccruedLine[] => {
    const before = state.accrued.get(meter) ?? ZERO;
    if (isSame(of, before)) return [];
    const delta = fromMicros(of.amount - before.amount);
    return [{ meter, ...asStrings(of), amount: fromMicros(of.amount), delta }];
  });
  if (lines.length === 0) return [];
  const late = command.invoiceFinal && now >= monthEnd(month);
  const effectiveAt = late ? now : earlier(now, addMillis(monthEnd(month), -1));
  const data = { customerId, month, currency, countedThrough, late, lines };
  return [{ type: 'usage.accrued', data, effectiveAt }];
}

/** The line of a commitment that the meters of a month fall short of. Known when the month is over. */
function shortfall(commitment: bigint, meters: ReadonlyMap<string, MeterFigures>): MeterFigures {
  const used = [...meters.values()].reduce((sum, { amount }) => sum + amount, 0n);
  return { ...ZERO, amount: shortfallMicros(commitment, used) };
}

/** A line bills what is accrued and not yet billed, rounded by itself, so that the contract asset returns to zero. */
function bill(
  command: Extract<RatingCommand, { type: 'billUsage' }>,
  state: RatingState,
): Decision<RatingEvent> {
  const { customerId, month, invoiceId, period, now } = command;
  if (state.bills.has(invoiceId)) return [];
  const lines = [...state.accrued].flatMap(([meter, accrued]): BilledLine[] => {
    const rest = minus(accrued, state.billed.get(meter) ?? ZERO);
    if (rest.amount <= 0n) return [];
    const billed = centsString(decimal(fromMicros(microsToCents(rest.amount))));
    return [{ meter, ...asStrings(rest), accrued: fromMicros(rest.amount), billed }];
  });
  if (lines.length === 0) return [];
  return [{ type: 'usage.billed', data: { customerId, month, invoiceId, period, lines }, effectiveAt: now }];
}

function giveBack(
  command: Extract<RatingCommand, { type: 'giveBackUsage' }>,
  state: RatingState,
): Decision<RatingEvent> {
  const { type: _type, now, ...data } = command;
  const credits = state.credits.get(command.invoiceId);
  const lines = (state.bills.get(command.invoiceId) ?? []).flatMap((line): BilledLine[] => {
    const { figures: credited, credited: cents } = credits?.get(line.meter) ?? NOTHING_CREDITED;
    const figures = minus(credited, billedFigures(line));
    if (figures.amount === 0n) return [];
    const billed = decimal(fromMicros(cents)).minus(line.billed).toFixed(2);
    return [{ meter: line.meter, ...asStrings(figures), accrued: fromMicros(figures.amount), billed }];
  });
  return lines.length === 0 ? [] : [{ type: 'usage.billed', data: { ...data, lines }, effectiveAt: now }];
}

/** What the allowance covers shows nowhere, so that a change of it alone is none. */
function isSame(a: MeterFigures, b: MeterFigures): boolean {
  return a.amount === b.amount && a.quantity === b.quantity && a.billable === b.billable;
}
