import type { PoolClient } from 'pg';
import type { StoredEvent } from '../../eventstore/port.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { journalBatch } from './batch.ts';
import { JOURNAL_TABLES } from './tables.ts';
import { writeBatch } from './write.ts';

/** The journal: entries numbered in log order, their postings, and balances by day and of all time. */
export const journalProjection: Projection = {
  name: 'journal',
  version: 1,
  tables: JOURNAL_TABLES,
  migration: sqlMigration('0003_journal', import.meta.url, [
    'sql/journal-entries.sql',
    'sql/postings.sql',
    'sql/daily-balances.sql',
    'sql/account-balances.sql',
  ]),
  onPoison: 'stop',
  apply,
};

async function apply(events: readonly StoredEvent[], client: PoolClient): Promise<void> {
  if (!events.some((event) => event.metadata.entry !== undefined)) return;
  const { rows } = await client.query<{ last: string }>(
    'select coalesce(max(entry_no), 0) as last from journal_entries',
  );
  const batch = await journalBatch(events, Number(rows[0]?.last ?? 0));
  await writeBatch(client, batch);
}
