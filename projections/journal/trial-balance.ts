import { type Kysely, sql } from 'kysely';
import { fromMicros } from '../../domain/kernel/money.ts';
import { accountOf, isAccountCode } from '../../ledger/chart-of-accounts.ts';
import { type AsOf, dayStart, instantAfter, type KnownAt, startOf } from './as-of.ts';
import { onSnapshot } from './snapshot.ts';
import type { JournalTables } from './tables.ts';

export interface TrialBalanceFilter {
  /** Posting date, inclusive; everything if left out. */
  readonly asOf?: AsOf | undefined;
  /** What was known then; everything if left out. */
  readonly knownAt?: KnownAt | undefined;
  /** Postings of one customer; '' for those of none. */
  readonly customerId?: string | undefined;
}

/** Sums of one account in one currency, decimal strings. */
export interface AccountBalance {
  readonly account: string;
  readonly name: string;
  readonly currency: string;
  readonly debit: string;
  readonly credit: string;
  /** Debits less credits. */
  readonly balance: string;
}

export interface CurrencyTotal {
  readonly currency: string;
  readonly debit: string;
  readonly credit: string;
}

export interface TrialBalance {
  readonly accounts: readonly AccountBalance[];
  readonly totals: readonly CurrencyTotal[];
  /** True if debits equal credits in every currency. */
  readonly zero: boolean;
}

interface Sum {
  readonly account: string;
  readonly currency: string;
  /** Micros. */
  readonly debit: string;
  readonly credit: string;
}

/**
 * Debits, credits and balance of every account that has postings, as of a posting date, as known at a moment.
 * @throws RangeError on an `asOf` or `knownAt` that is no date, instant or position
 */
export async function trialBalance(
  db: Kysely<JournalTables>,
  filter: TrialBalanceFilter = {},
): Promise<TrialBalance> {
  return asTrialBalance(await onSnapshot(db, (snapshot) => sums(snapshot, filter)));
}

async function sums(db: Kysely<JournalTables>, filter: TrialBalanceFilter): Promise<Sum[]> {
  const { asOf, knownAt, customerId } = filter;
  if (knownAt === undefined && asOf === undefined) {
    return customerId === undefined ? dailySums(db, undefined) : customerSums(db, customerId);
  }
  if (knownAt !== undefined || asOf === undefined || customerId !== undefined) {
    return postingSums(db, filter, undefined);
  }
  // Whole days come from the daily balances, the day that is cut in two from its postings.
  const end = instantAfter(asOf);
  const day = dayStart(end);
  const before = await dailySums(db, day.date);
  return end.getTime() === day.at.getTime()
    ? before
    : [...before, ...(await postingSums(db, filter, day.at))];
}

function customerSums(db: Kysely<JournalTables>, customerId: string): Promise<Sum[]> {
  return db
    .selectFrom('read.account_balances')
    .select(['account', 'currency', 'debit', 'credit'])
    .where('customer_id', '=', customerId)
    .execute();
}

function dailySums(db: Kysely<JournalTables>, before: string | undefined): Promise<Sum[]> {
  let query = db
    .selectFrom('read.daily_balances')
    .select(({ fn }) => [
      'account',
      'currency',
      fn.sum<string>('debit').as('debit'),
      fn.sum<string>('credit').as('credit'),
    ])
    .groupBy(['account', 'currency']);
  if (before !== undefined) query = query.where('posting_date', '<', before);
  return query.execute();
}

function postingSums(
  db: Kysely<JournalTables>,
  { asOf, knownAt, customerId }: TrialBalanceFilter,
  from: Date | undefined,
): Promise<Sum[]> {
  let query = db
    .selectFrom('read.postings')
    .select([
      'account',
      'currency',
      sql<string>`coalesce(sum(amount) filter (where amount > 0), 0)`.as('debit'),
      sql<string>`coalesce(-sum(amount) filter (where amount < 0), 0)`.as('credit'),
    ])
    .groupBy(['account', 'currency']);
  if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
  if (from !== undefined) query = query.where('posting_at', '>=', from);
  if (asOf !== undefined) query = query.where('posting_at', '<', instantAfter(asOf));
  if (knownAt !== undefined) query = query.where(wasKnown(knownAt));
  return query.execute();
}

/** Entry numbers rise with the position, so a position is an entry number; an instant is looked up. */
export function wasKnown(knownAt: KnownAt) {
  return typeof knownAt === 'number'
    ? sql<boolean>`entry_no <= (
        select coalesce(max(e.entry_no), 0) from read.journal_entries e where e.position <= ${knownAt})`
    : sql<boolean>`entry_no in (
        select e.entry_no from read.journal_entries e where e.recorded_at <= ${startOf(knownAt)})`;
}

function asTrialBalance(found: readonly Sum[]): TrialBalance {
  const byAccount = new Map<string, { account: string; currency: string; debit: bigint; credit: bigint }>();
  for (const { account, currency, debit, credit } of found) {
    const key = `${account} ${currency}`;
    const sum = byAccount.get(key) ?? { account, currency, debit: 0n, credit: 0n };
    byAccount.set(key, { ...sum, debit: sum.debit + BigInt(debit), credit: sum.credit + BigInt(credit) });
  }
  const rows = [...byAccount].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
  const totals = new Map<string, { debit: bigint; credit: bigint }>();
  for (const { currency, debit, credit } of rows) {
    const total = totals.get(currency) ?? { debit: 0n, credit: 0n };
    totals.set(currency, { debit: total.debit + debit, credit: total.credit + credit });
  }
  return {
    accounts: rows.map(({ account, currency, debit, credit }) => ({
      account,
      name: isAccountCode(account) ? accountOf(account).name : '',
      currency,
      debit: fromMicros(debit),
      credit: fromMicros(credit),
      balance: fromMicros(debit - credit),
    })),
    totals: [...totals].map(([currency, { debit, credit }]) => ({
      currency,
      debit: fromMicros(debit),
      credit: fromMicros(credit),
    })),
    zero: [...totals.values()].every(({ debit, credit }) => debit === credit),
  };
}
