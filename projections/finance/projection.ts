import type { PoolClient } from 'pg';
import type { StoredEvent } from '../../eventstore/port.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf } from '../recorded.ts';
import { insertRows } from '../runtime/rows.ts';
import type { FinanceInputRow } from './tables.ts';

/** What was recorded of each month that the ledger cannot know, with its history. */
export const financeProjection: Projection = {
  name: 'finance',
  version: 1,
  tables: ['finance_inputs'],
  migration: sqlMigration('0015_read_finance', import.meta.url, ['sql/finance-inputs.sql']),
  onPoison: 'park',
  uses: ['finance.input_recorded'],
  apply,
};

async function apply(stored: readonly StoredEvent[], client: PoolClient): Promise<void> {
  const events = recordedOf(stored, ['finance.input_recorded']);
  if (events.length === 0) return;
  const metadata = new Map(stored.map((event) => [event.position, event.metadata]));
  const newest = new Map(events.map(({ data, position }) => [`${data.month} ${data.kind}`, position]));
  const rows = events.map(
    ({ data: { month, kind, amount, currency, note }, position, id }): FinanceInputRow => ({
      month,
      kind,
      position: String(position),
      amount,
      currency,
      note,
      standing: newest.get(`${month} ${kind}`) === position,
      recorded_at: metadata.get(position)?.recordedAt ?? '',
      actor: metadata.get(position)?.actor ?? '',
      event_id: id,
    }),
  );
  await client.query(
    `update finance_inputs f set standing = false
     from unnest($1::text[], $2::text[]) as k(month, kind)
     where f.standing and f.month = k.month and f.kind = k.kind`,
    [events.map(({ data }) => data.month), events.map(({ data }) => data.kind)],
  );
  await insertRows(client, 'finance_inputs', rows);
}
