import { type Kysely, sql, type Transaction } from 'kysely';
import { JOURNAL_TABLES } from './tables.ts';

const TABLES = sql.join(JOURNAL_TABLES.map((table) => sql.id('read', table)));

/**
 * Runs several reads on one state of the journal, so that their answers agree with each other. All tables are
 * claimed first, in the order in which a rebuild claims them to swap them: neither can wait for the other.
 */
export function onSnapshot<Tables, T>(
  db: Kysely<Tables>,
  work: (snapshot: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await sql`lock table ${TABLES} in access share mode`.execute(snapshot);
      return work(snapshot);
    });
}
