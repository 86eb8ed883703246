import { toMicros } from '../kernel/money.ts';
import type { AccruedLine, BilledLine, CreditedLine, RatingEvent } from './events.ts';

/** Cumulative figures of one meter in one month. `amount` in micros. */
export interface MeterFigures {
  readonly quantity: bigint;
  readonly included: bigint;
  readonly billable: bigint;
  readonly amount: bigint;
}

export const ZERO: MeterFigures = { quantity: 0n, included: 0n, billable: 0n, amount: 0n };

/** What of a line was credited so far: its figures, and on the invoice in micros. */
export interface CreditedSoFar {
  readonly figures: MeterFigures;
  readonly credited: bigint;
}

export const NOTHING_CREDITED: CreditedSoFar = { figures: ZERO, credited: 0n };

export interface RatingState {
  readonly accrued: ReadonlyMap<string, MeterFigures>;
  /** On invoices, less what was credited. */
  readonly billed: ReadonlyMap<string, MeterFigures>;
  /** What each invoice bills of this month's usage, oldest first. */
  readonly bills: ReadonlyMap<string, readonly BilledLine[]>;
  /** What of that was credited, by invoice and meter. */
  readonly credits: ReadonlyMap<string, ReadonlyMap<string, CreditedSoFar>>;
  /** Log position up to which the newest accrual has counted; 0 before the first. */
  readonly countedThrough: number;
}

export const nothingRated: RatingState = {
  accrued: new Map(),
  billed: new Map(),
  bills: new Map(),
  credits: new Map(),
  countedThrough: 0,
};

export function evolveRating(state: RatingState, event: RatingEvent): RatingState {
  switch (event.type) {
    case 'usage.accrued': {
      const accrued = new Map(state.accrued);
      for (const line of event.data.lines) accrued.set(line.meter, figuresOf(line));
      return { ...state, accrued, countedThrough: Math.max(state.countedThrough, event.data.countedThrough) };
    }
    case 'usage.billed': {
      const { invoiceId, lines } = event.data;
      const billed = new Map(state.billed);
      for (const line of lines) {
        billed.set(line.meter, plus(billed.get(line.meter) ?? ZERO, billedFigures(line)));
      }
      const bills = new Map(state.bills);
      const credits = new Map(state.credits);
      if (isGivenBack(lines)) {
        bills.delete(invoiceId);
        credits.delete(invoiceId);
      } else bills.set(invoiceId, lines);
      return { ...state, billed, bills, credits };
    }
    case 'usage.credited': {
      const { invoiceId, lines } = event.data;
      const billed = new Map(state.billed);
      const before = new Map(state.credits.get(invoiceId));
      for (const line of lines) {
        billed.set(line.meter, minus(billed.get(line.meter) ?? ZERO, billedFigures(line)));
        const { figures, credited } = before.get(line.meter) ?? NOTHING_CREDITED;
        before.set(line.meter, {
          figures: plus(figures, billedFigures(line)),
          credited: credited + toMicros(line.credited),
        });
      }
      return { ...state, billed, credits: new Map([...state.credits, [invoiceId, before]]) };
    }
  }
}

/** True for the lines of a reservation that is given back; those of a reservation are above zero. */
export function isGivenBack(lines: readonly BilledLine[]): boolean {
  return lines.every((line) => toMicros(line.accrued) < 0n);
}

/** A line of a bill or of a credit as figures: units, and what was accrued in micros. */
export function billedFigures(line: BilledLine | CreditedLine): MeterFigures {
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

/** Each figure less its counterpart; below zero where more is taken off. */
export function minus(a: MeterFigures, b: MeterFigures): MeterFigures {
  return {
    quantity: a.quantity - b.quantity,
    included: a.included - b.included,
    billable: a.billable - b.billable,
    amount: a.amount - b.amount,
  };
}

/** Units as events hold them. */
export function asStrings({ quantity, included, billable }: MeterFigures) {
  return { quantity: `${quantity}`, included: `${included}`, billable: `${billable}` };
}

function figuresOf(line: AccruedLine): MeterFigures {
  return {
    quantity: BigInt(line.quantity),
    included: BigInt(line.included),
    billable: BigInt(line.billable),
    amount: toMicros(line.amount),
  };
}
