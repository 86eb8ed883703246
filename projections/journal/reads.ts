import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { AccountCode } from '../../ledger/chart-of-accounts.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { type EntryFilter, type EntryPage, type EntryView, entryByEventId, listEntries } from './entries.ts';
import { type BalanceFilter, normalBalance } from './normal-balance.ts';
import { accountStatement, type Statement, type StatementOptions } from './statement.ts';
import type { JournalTables } from './tables.ts';
import { type TrialBalance, type TrialBalanceFilter, trialBalance } from './trial-balance.ts';

/** What the API asks of the read model `journal`. Amounts are decimal strings with two to six decimals. */
export class JournalReads {
  readonly #db: Kysely<JournalTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<JournalTables>(pool);
  }

  /** Debits, credits and balance by account, as of a posting date, as known at a moment. */
  trialBalance(filter?: TrialBalanceFilter): Promise<TrialBalance> {
    return trialBalance(this.#db, filter);
  }

  /** What an account holds on its normal side, as of a posting date, as known at a moment. */
  normalBalance(account: AccountCode, filter: BalanceFilter): Promise<string> {
    return normalBalance(this.#db, account, filter);
  }

  /** An account's postings in order, with a running balance. */
  accountStatement(account: string, options?: StatementOptions): Promise<Statement> {
    return accountStatement(this.#db, account, options);
  }

  /** The entry that an event carries; undefined if it carries none or is not projected yet. */
  entryByEventId(eventId: string): Promise<EntryView | undefined> {
    return entryByEventId(this.#db, eventId);
  }

  /** Entries in the order of their numbers. */
  listEntries(filter?: EntryFilter): Promise<EntryPage> {
    return listEntries(this.#db, filter);
  }
}
