import { addMonths, type Month } from '../../domain/kernel/time.ts';
import { revenueAccounts } from '../../ledger/revenue-streams.ts';
import { CASH_ACCOUNTS, CASH_METHODS, RECEIVABLE } from '../../projections/revenue/postings.ts';
import type { RevenueReads } from '../../projections/revenue/reads.ts';
import type { Slice } from '../../projections/revenue/slice.ts';
import type { Flow } from '../../projections/revenue/tables.ts';
import { drillToEntries } from './drill-down.ts';
import { figureOf, fromCents, type Rate, rateOf } from './figures.ts';

/** The net of a slice, of all revenue accounts unless it names others, as a figure with its entries. */
export async function revenueFigure(
  reads: RevenueReads,
  slice: Partial<Slice>,
  sign: 'credits' | 'debits' = 'credits',
) {
  const whole = { accounts: revenueAccounts, ...slice };
  const balance = await reads.balance(whole);
  return figureOf('activity', sign === 'credits' ? -balance : balance, drillToEntries(whole, sign));
}

/** Revenue of each month from `from` to `to`, micros; months without any are not in it. */
export async function revenueByMonth(
  reads: RevenueReads,
  slice: Partial<Slice>,
): Promise<ReadonlyMap<Month, bigint>> {
  const rows = await reads.grouped({ accounts: revenueAccounts, ...slice }, ['posting_month']);
  return new Map(rows.map(({ posting_month, debit, credit }) => [posting_month, credit - debit]));
}

/** How a month's amount compares with that of the month and of the year before. In cents. */
export function growthOf(
  month: Month,
  amountOf: (month: Month) => bigint,
): { monthOnMonth: Rate; yearOnYear: Rate } {
  const against = (before: bigint) =>
    rateOf(fromCents(amountOf(month) - before), fromCents(before), 'nothing-at-start');
  return {
    monthOnMonth: against(amountOf(addMonths(month, -1))),
    yearOnYear: against(amountOf(addMonths(month, -12))),
  };
}

const MICROS_PER_CENT = 10_000n;

/** The same of amounts in micros; the rest of a cent is left out. */
export function growthOfMicros(month: Month, amounts: ReadonlyMap<Month, bigint>) {
  return growthOf(month, (each) => (amounts.get(each) ?? 0n) / MICROS_PER_CENT);
}

/** Months of posting, all of them if not given, and whose. */
export interface Range {
  readonly from?: Month;
  readonly to?: Month;
  readonly customerId?: string | undefined;
}

type CashFlow = Exclude<Flow, 'write-off' | ''>;

/** Customers' money that came (receipt) or went (refund, dispute), by month, account and event type. */
export async function cashFlows(reads: RevenueReads, range: Range, flow: CashFlow) {
  const slice: Slice = { accounts: CASH_ACCOUNTS, ...range, flow };
  const rows = await reads.grouped(slice, ['posting_month', 'account', 'event_type']);
  return rows.map(({ posting_month, account, event_type, debit, credit }) => ({
    month: posting_month,
    account,
    method: CASH_METHODS[account as keyof typeof CASH_METHODS],
    eventType: event_type,
    /** Debits less credits: what came in. */
    received: debit - credit,
  }));
}

type CashRow = Awaited<ReturnType<typeof cashFlows>>[number];

/** No event is of this type, so that the drill-down of nothing is empty. */
const NO_EVENT = ['none'];

/** Some rows of a flow as a figure. `sign`: 1 for what came in, -1 for what went out. */
export function cashFigure(rows: readonly CashRow[], range: Range, sign: 1n | -1n) {
  const accounts = unique(rows.map(({ account }) => account));
  const slice: Slice = {
    ...range,
    accounts: accounts.length === 0 ? CASH_ACCOUNTS : accounts,
    eventTypes: rows.length === 0 ? NO_EVENT : unique(rows.map(({ eventType }) => eventType)),
  };
  const total = rows.reduce((sum, { received }) => sum + received, 0n);
  return figureOf('activity', sign * total, drillToEntries(slice, sign === 1n ? 'debits' : 'credits'));
}

/** Receivables that were given up. */
export async function writeOffFigure(reads: RevenueReads, range: Range) {
  const slice: Slice = { accounts: [RECEIVABLE], ...range, flow: 'write-off' };
  const rows = await reads.grouped(slice, ['event_type']);
  const total = rows.reduce((sum, { debit, credit }) => sum + credit - debit, 0n);
  const eventTypes = rows.length === 0 ? NO_EVENT : rows.map(({ event_type }) => event_type);
  return figureOf('activity', total, drillToEntries({ ...slice, eventTypes }, 'credits'));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
