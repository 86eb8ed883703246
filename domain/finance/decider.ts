import { type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { BOOK_CURRENCY, centsString, decimal, toCents } from '../kernel/money.ts';
import { type Instant, type Month, monthOf } from '../kernel/time.ts';
import type { FinanceEvent, FinanceInputKind } from './events.ts';

/** What stands for a month, by kind. */
export interface FinanceState {
  readonly inputs: Readonly<
    Partial<Record<FinanceInputKind, { readonly amount: string; readonly note: string }>>
  >;
}

export interface RecordFinanceInput {
  readonly type: 'recordFinanceInput';
  readonly now: Instant;
  readonly month: Month;
  readonly kind: FinanceInputKind;
  /** Money, or per cent for a gross margin: `82.5`. */
  readonly amount: string;
  /** Null: the amount came without one. */
  readonly currency: string | null;
  readonly note: string;
}

const WHOLE = 100;

export const financeDecider: Decider<FinanceState, RecordFinanceInput, FinanceEvent> = {
  initialState: { inputs: {} },
  decide,
  evolve(state, { data }) {
    const { kind, amount, note } = data;
    return { inputs: { ...state.inputs, [kind]: { amount, note } } };
  },
};

/** The newest value of a month and kind stands; the same one again changes nothing. */
function decide(command: RecordFinanceInput, state: FinanceState): Decision<FinanceEvent> {
  const { now, month, kind, note } = command;
  if (month > monthOf(now)) return refuse('not-due', `${month} has not begun`, 'month');
  const amount = kind === 'gross-margin' ? margin(command) : money(command);
  if (typeof amount !== 'string') return amount;
  const standing = state.inputs[kind];
  if (standing?.amount === amount && standing.note === note) return [];
  const currency = kind === 'gross-margin' ? null : BOOK_CURRENCY;
  const data = { month, kind, amount, currency, note };
  return [{ type: 'finance.input_recorded', data, effectiveAt: now }];
}

function margin({ amount, currency }: RecordFinanceInput) {
  const value = decimal(amount);
  if (currency !== null) {
    return refuse('invalid-amount', 'a gross margin is per cent and has no currency', 'amount');
  }
  if (value.gt(WHOLE) || value.lt(-WHOLE)) {
    return refuse('invalid-amount', 'a gross margin is at most 100 per cent, and at least -100', 'amount');
  }
  return value.toFixed();
}

function money({ amount, currency, kind }: RecordFinanceInput) {
  const value = decimal(amount);
  if (currency !== null && currency !== BOOK_CURRENCY) {
    return refuse('currency-mismatch', `the books are kept in ${BOOK_CURRENCY}`, 'amount');
  }
  if (!toCents(value).eq(value)) return refuse('invalid-amount', 'at most two decimals', 'amount');
  if (value.lt(0) && kind !== 'cash-balance') {
    return refuse('invalid-amount', 'a cost is not below zero', 'amount');
  }
  return centsString(value);
}
