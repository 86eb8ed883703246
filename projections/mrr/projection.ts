import { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf, typesOf } from '../recorded.ts';
import { insertRows, loadRows, upsertRows } from '../runtime/rows.ts';
import { move, type Recurring } from './movements.ts';
import type { MrrCurrentRow, MrrMovementRow, MrrSubscriptionRow } from './tables.ts';

/** Recurring revenue of each customer, and every movement of it. */
export const mrrProjection: Projection = {
  name: 'mrr',
  version: 1,
  tables: ['mrr_subscriptions', 'mrr_current', 'mrr_movements'],
  migration: sqlMigration('0013_read_mrr', import.meta.url, [
    'sql/mrr-subscriptions.sql',
    'sql/mrr-current.sql',
    'sql/mrr-movements.sql',
  ]),
  onPoison: 'stop',
  async apply(stored, client) {
    const events = recordedOf(stored, typesOf(subscriptionEvents));
    if (events.length === 0) return;
    const keys = [...new Set(events.map(({ data }) => data.customerId))].map((id) => ({ customer_id: id }));
    const states = await loadRows<MrrSubscriptionRow>(client, 'mrr_subscriptions', ['customer_id'], keys);
    const current = await loadRows<MrrCurrentRow>(client, 'mrr_current', ['customer_id'], keys);
    const customers = joined(states, current);
    const movements: MrrMovementRow[] = [];
    for (const event of events) {
      const { after, movement } = move(customers.get(event.data.customerId), event);
      customers.set(event.data.customerId, after);
      if (movement !== undefined) movements.push(movement);
    }
    const all = [...customers];
    const folded = all.map(([customer_id, { state }]) => ({ customer_id, state }));
    const currentKey = ['customer_id', 'revenue_stream'];
    await upsertRows(client, 'mrr_subscriptions', ['customer_id'], folded);
    await upsertRows(
      client,
      'mrr_current',
      currentKey,
      all.map(([, customer]) => customer.current),
    );
    await insertRows(client, 'mrr_movements', movements);
  },
};

function joined(
  states: readonly MrrSubscriptionRow[],
  rows: readonly MrrCurrentRow[],
): Map<string, Recurring> {
  const current = new Map(rows.map((row) => [row.customer_id, row]));
  return new Map(
    states.flatMap(({ customer_id, state }) => {
      const row = current.get(customer_id);
      return row === undefined ? [] : [[customer_id, { state, current: row }]];
    }),
  );
}
