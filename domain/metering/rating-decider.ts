import { catalogueAt, isMeterId } from '../catalogue/catalogue.ts';
import type { Decider, Decision } from '../kernel/decider.ts';
import { centsString, decimal, fromMicros, microsToCents, toMicros } from '../kernel/money.ts';
import { addMillis, earlier, type Instant, type Month, monthEnd, monthStart } from '../kernel/time.ts';
import type { AccruedLine, BilledLine, RatingEvent } from './events.ts';
import { billableUnits, rate, ratedMicros } from './rating.ts';

/** Cumulative figures of one meter in one month. `amount` in micros. */
interface MeterFigures {
  readonly quantity: bigint;
  readonly included: bigint;
  readonly billable: bigint;
  readonly amount: bigint;
}

const ZERO: MeterFigures = { quantity: 0n, included: 0n, billable: 0n, amount: 0n };

export interface RatingState {
  readonly accrued: ReadonlyMap<string, MeterFigures>;
  readonly billed: ReadonlyMap<string, MeterFigures>;
  /** What each invoice bills of this month's usage, oldest first. */
  readonly bills: ReadonlyMap<string, readonly BilledLine[]>;
  /** Log position up to which the newest accrual has counted; 0 before the first. */
  readonly countedThrough: number;
}

/** What a meter counted in a month to date, of usage that is rated. */
export interface MeterQuantity {
  readonly meter: string;
  readonly quantity: bigint;
}

/** The same with the allowance it is held against. */
export interface MeteredTotal extends MeterQuantity {
  readonly included: bigint;
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
    }
  | {
      readonly type: 'billUsage';
      readonly now: Instant;
      readonly customerId: string;
      readonly month: Month;
      readonly invoiceId: string;
      readonly period: Month;
    }
  /** The invoice became final without this month's lines: they are unbilled again. */
  | {
      readonly type: 'giveBackUsage';
      readonly now: Instant;
      readonly customerId: string;
      readonly month: Month;
      readonly invoiceId: string;
      readonly period: Month;
    };

/** Rating is cumulative: it posts the rated total to date less what is accrued, whatever the price model. */
export const ratingDecider: Decider<RatingState, RatingCommand, RatingEvent> = {
  initialState: { accrued: new Map(), billed: new Map(), bills: new Map(), countedThrough: 0 },
  decide(command, state) {
    switch (command.type) {
      case 'accrueUsage':
        return accrue(command, state);
      case 'billUsage':
        return bill(command, state);
      case 'giveBackUsage':
        return giveBack(command, state);
    }
  },
  evolve(state, event) {
    if (event.type === 'usage.accrued') {
      const accrued = new Map(state.accrued);
      for (const line of event.data.lines) accrued.set(line.meter, figuresOf(line));
      return { ...state, accrued, countedThrough: Math.max(state.countedThrough, event.data.countedThrough) };
    }
    const billed = new Map(state.billed);
    const { invoiceId, lines } = event.data;
    for (const line of lines) {
      billed.set(line.meter, plus(billed.get(line.meter) ?? ZERO, billedFigures(line)));
    }
    const bills = new Map(state.bills);
    if (isGivenBack(lines)) bills.delete(invoiceId);
    else bills.set(invoiceId, lines);
    return { ...state, billed, bills };
  },
};

/** Rates one meter's month to date: billable units and their price in micros (1e-6), half-even. */
export function rateMeter(total: MeteredTotal, month: Month, overflow: boolean): MeterFigures {
  const { meter, quantity, included } = total;
  if (!isMeterId(meter)) throw new RangeError(`no such meter: ${meter}`);
  const billable = billableUnits(quantity, included, overflow);
  const amount = ratedMicros(rate(catalogueAt(monthStart(month)).meters[meter].price, billable));
  return { quantity, included, billable, amount };
}

function accrue(
  command: Extract<RatingCommand, { type: 'accrueUsage' }>,
  state: RatingState,
): Decision<RatingEvent> {
  const { customerId, month, currency, countedThrough, now } = command;
  if (countedThrough < state.countedThrough) return [];
  const lines = command.totals.flatMap((total): AccruedLine[] => {
    const figures = rateMeter(total, month, command.overflow);
    const before = state.accrued.get(total.meter) ?? ZERO;
    if (isSame(figures, before)) return [];
    const delta = fromMicros(figures.amount - before.amount);
    return [{ meter: total.meter, ...asStrings(figures), amount: fromMicros(figures.amount), delta }];
  });
  if (lines.length === 0) return [];
  const late = command.invoiceFinal && now >= monthEnd(month);
  const effectiveAt = late ? now : earlier(now, addMillis(monthEnd(month), -1));
  const data = { customerId, month, currency, countedThrough, late, lines };
  return [{ type: 'usage.accrued', data, effectiveAt }];
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

/** True for the lines of a reservation that is given back; those of a reservation are above zero. */
export function isGivenBack(lines: readonly BilledLine[]): boolean {
  return lines.every((line) => toMicros(line.accrued) < 0n);
}

function giveBack(
  command: Extract<RatingCommand, { type: 'giveBackUsage' }>,
  state: RatingState,
): Decision<RatingEvent> {
  const { type: _type, now, ...data } = command;
  const lines = (state.bills.get(command.invoiceId) ?? []).map((line): BilledLine => {
    const figures = minus(ZERO, billedFigures(line));
    const billed = decimal(line.billed).neg().toFixed(2);
    return { meter: line.meter, ...asStrings(figures), accrued: fromMicros(figures.amount), billed };
  });
  return lines.length === 0 ? [] : [{ type: 'usage.billed', data: { ...data, lines }, effectiveAt: now }];
}

/** What the allowance covers shows nowhere, so that a change of it alone is none. */
function isSame(a: MeterFigures, b: MeterFigures): boolean {
  return a.amount === b.amount && a.quantity === b.quantity && a.billable === b.billable;
}

function figuresOf(line: AccruedLine): MeterFigures {
  return {
    quantity: BigInt(line.quantity),
    included: BigInt(line.included),
    billable: BigInt(line.billable),
    amount: toMicros(line.amount),
  };
}

function billedFigures(line: BilledLine): MeterFigures {
  return {
    quantity: BigInt(line.quantity),
    included: BigInt(line.included),
    billable: BigInt(line.billable),
    amount: toMicros(line.accrued),
  };
}

function plus(a: MeterFigures, b: MeterFigures): MeterFigures {
  return {
    quantity: a.quantity + b.quantity,
    included: a.included + b.included,
    billable: a.billable + b.billable,
    amount: a.amount + b.amount,
  };
}

function minus(a: MeterFigures, b: MeterFigures): MeterFigures {
  return {
    quantity: a.quantity - b.quantity,
    included: a.included - b.included,
    billable: a.billable - b.billable,
    amount: a.amount - b.amount,
  };
}

function asStrings({ quantity, included, billable }: MeterFigures) {
  return { quantity: `${quantity}`, included: `${included}`, billable: `${billable}` };
}
