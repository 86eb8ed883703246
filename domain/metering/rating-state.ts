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

/** What of a line was credited so far, in micros: out of the contract asset, and on the invoice. */
export interface CreditedSoFar {
  readonly accrued: bigint;
  readonly credited: bigint;
}

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
      if (isGivenBack(lines)) bills.delete(invoiceId);
      else bills.set(invoiceId, lines);
      return { ...state, billed, bills };
    }
    case 'usage.credited': {
      const { invoiceId, lines } = event.data;
      const billed = new Map(state.billed);
      const before = new Map(state.credits.get(invoiceId));
      for (const line of lines) {
        billed.set(line.meter, minus(billed.get(line.meter) ?? ZERO, billedFigures(line)));
        const { accrued, credited } = before.get(line.meter) ?? { accrued: 0n, credited: 0n };
        before.set(line.meter, {
          accrued: accrued + toMicros(line.accrued),
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

export function billedFigures(line: BilledLine | CreditedLine): MeterFigures {
  return {
    quantity: BigInt(line.quantity),
    included: BigInt(line.included),
    billable: BigInt(line.billable),
    amount: toMicros(line.accrued),
  };
}

export function plus(a: MeterFigures, b: MeterFigures): MeterFigures {
  return {
    quantity: a.quantity + b.quantity,
    included: a.included + b.included,
    billable: a.billable + b.billable,
    amount: a.amount + b.amount,
  };
}

export function minus(a: MeterFigures, b: MeterFigures): MeterFigures {
  return {
    quantity: a.quantity - b.quantity,
    included: a.included - b.included,
    billable: a.billable - b.billable,
    amount: a.amount - b.amount,
  };
}

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
