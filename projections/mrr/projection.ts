import { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf, typesOf } from '../recorded.ts';
import { insertRows, loadRows, upsertRows } from '../runtime/rows.ts';
import { isPending } from './committed.ts';
import { move, type Recurring } from './movements.ts';
import type { MrrCurrentRow, MrrCustomerRow, MrrMovementRow, MrrSubscriptionRow } from './tables.ts';

/** Recurring revenue of each customer, and every movement of it. */
export const mrrProjection: Projection = {
  name: 'mrr',
  version: 3,
  tables: ['mrr_subscriptions', 'mrr_current', 'mrr_customers', 'mrr_movements'],
  migration: sqlMigration('0013_read_mrr', import.meta.url, [
    'sql/mrr-subscriptions.sql',
    'sql/mrr-current.sql',
    'sql/mrr-customers.sql',
    'sql/mrr-movements.sql',
  ]),
  onPoison: 'stop',
  uses: typesOf(subscriptionEvents),
  async apply(stored, client) {
    const events = recordedOf(stored, typesOf(subscriptionEvents));
    if (events.length === 0) return;
    const keys = [...new Set(events.map(({ data }) => data.customerId))].map((id) => ({ customer_id: id }));
    const load = <Row extends object>(table: string) => loadRows<Row>(client, table, ['customer_id'], keys);
    const customers = joined(
      await load<MrrSubscriptionRow>('mrr_subscriptions'),
      await load<MrrCurrentRow>('mrr_current'),
      await load<MrrCustomerRow>('mrr_customers'),
    );
    const movements: MrrMovementRow[] = [];
    for (const event of events) {
      const { after, movement } = move(customers.get(event.data.customerId), event);
      customers.set(event.data.customerId, after);
      if (movement !== undefined) movements.push(movement);
    }
    const all = [...customers.values()];
    const folded = all.map(({ state }) => ({
      customer_id: state.customerId,
      state,
      pending: isPending(state),
    }));
    const streamKey = ['customer_id', 'revenue_stream'];
    await upsertRows(client, 'mrr_subscriptions', ['customer_id'], folded);
    await upsertRows(
      client,
      'mrr_current',
      streamKey,
      all.map(({ current }) => current),
    );
    await upsertRows(
      client,
      'mrr_customers',
      ['customer_id'],
      all.map(({ customer }) => customer),
    );
    await insertRows(client, 'mrr_movements', movements);
  },
};

function joined(
  states: readonly MrrSubscriptionRow[],
  streams: readonly MrrCurrentRow[],
  totals: readonly MrrCustomerRow[],
): Map<string, Recurring> {
  const current = new Map(streams.map((row) => [row.customer_id, row]));
  const customer = new Map(totals.map((row) => [row.customer_id, row]));
  return new Map(
    states.map(({ customer_id, state }) => {
      const [stream, total] = [current.get(customer_id), customer.get(customer_id)];
      if (stream === undefined || total === undefined) throw new Error(`half a customer: ${customer_id}`);
      return [customer_id, { state, current: stream, customer: total }];
    }),
  );
}
