import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

/** What a ledger of revenue cannot know. All are amounts of a month, but for the last two. */
export const FINANCE_INPUT_KINDS = [
  /** Fully loaded: what winning customers cost in the month. */
  'sales-and-marketing',
  /** What delivering the service cost in the month. */
  'cost-of-revenue',
  /** Every other running cost of the month, sales and marketing left out. */
  'operating-expense',
  /** Cash in the bank at the end of the month. */
  'cash-balance',
  /** Gross margin of the month, in per cent. */
  'gross-margin',
] as const;
export type FinanceInputKind = (typeof FINANCE_INPUT_KINDS)[number];

/** Stream `finance-{month}`. Memos: they are not entries of these books. */
export const financeEvents = {
  'finance.input_recorded': defineEvent(
    1,
    z.strictObject({
      month: field.month,
      kind: z.enum(FINANCE_INPUT_KINDS),
      /** Money in `currency`, or per cent where there is none. */
      amount: field.amount,
      currency: field.currency.nullable(),
      note: z.string().max(500),
    }),
  ),
};

export type FinanceEvent = EventsOf<typeof financeEvents>;
