import { type Kysely, sql } from 'kysely';
import { fromMicros } from '../../domain/kernel/money.ts';
import { type AccountCode, accountOf } from '../../ledger/chart-of-accounts.ts';
import { type AsOf, instantAfter, type KnownAt } from './as-of.ts';
import { onSnapshot } from './snapshot.ts';
import type { JournalTables } from './tables.ts';
import { wasKnown } from './trial-balance.ts';

export interface BalanceFilter {
  readonly currency: string;
  /** Posting date, inclusive. */
  readonly asOf: AsOf;
  /** What was known then. */
  readonly knownAt: KnownAt;
}

/**
 * What an account holds on its normal side, a decimal string: of a liability or an allowance, credits less debits.
 * @throws RangeError on an `asOf` or `knownAt` that is no date, instant or position
 */
export async function normalBalance(
  db: Kysely<JournalTables>,
  account: AccountCode,
  { currency, asOf, knownAt }: BalanceFilter,
): Promise<string> {
  const { debits } = await onSnapshot(db, (snapshot) =>
    snapshot
      .selectFrom('read.postings')
      .select(sql<string>`coalesce(sum(amount), 0)`.as('debits'))
      .where('account', '=', account)
      .where('currency', '=', currency)
      .where('posting_at', '<', instantAfter(asOf))
      .where(wasKnown(knownAt))
      .executeTakeFirstOrThrow(),
  );
  const { normalSide } = accountOf(account);
  return fromMicros(normalSide === 'Dr' ? BigInt(debits) : -BigInt(debits));
}
