import type { PoolClient } from 'pg';
import { type Instant, monthEnd, monthOf, monthStart } from '../../domain/kernel/time.ts';
import { evolveSubscription, noSubscription } from '../../domain/subscriptions/state.ts';
import { type Stretch, stretchesOf } from '../../domain/subscriptions/stretches.ts';
import type { SubscriptionRecord } from '../recorded.ts';
import { loadRows, type Row, upsertRows } from '../runtime/rows.ts';
import type { UsageSubscriptionRow } from './tables.ts';

/** Time on each tier, by customer. Who is not in it has no subscription. */
export type Timelines = ReadonlyMap<string, readonly Stretch[]>;

/**
 * Folds subscription events and brings the rating of facts that are there already in line: a trial's conversion
 * may stand in the log after facts of the time from its end on.
 */
export async function applySubscriptions(
  events: readonly SubscriptionRecord[],
  client: PoolClient,
): Promise<void> {
  if (events.length === 0) return;
  const keys = [...new Set(events.map(({ data }) => data.customerId))].map((id) => ({ customer_id: id }));
  const loaded = await loadRows<UsageSubscriptionRow>(client, 'usage_subscriptions', ['customer_id'], keys);
  const states = new Map(loaded.map((row) => [row.customer_id, row.state]));
  const changedFrom = new Map<string, Instant>();
  for (const event of events) {
    const { customerId } = event.data;
    const before = states.get(customerId);
    const state = evolveSubscription(before ?? noSubscription, event);
    if (state.status === 'none') throw new Error(`${event.type}: ${customerId} has no subscription`);
    states.set(customerId, state);
    if (state.segments.length === (before?.segments.length ?? 0)) continue;
    const first = changedFrom.get(customerId);
    if (first === undefined || event.effectiveAt < first) changedFrom.set(customerId, event.effectiveAt);
  }
  const rows = [...states].map(([customer_id, state]) => ({
    customer_id,
    state,
    stretches: stretchesOf(state.segments),
  }));
  await upsertRows(client, 'usage_subscriptions', ['customer_id'], rows);
  await rerate(rows, changedFrom, client);
}

/** Stretches by customer id; who never had a subscription is left out. */
export async function loadTimelines(customerIds: Iterable<string>, client: PoolClient): Promise<Timelines> {
  const { rows } = await client.query<Pick<UsageSubscriptionRow, 'customer_id' | 'stretches'>>(
    'select customer_id, stretches from usage_subscriptions where customer_id = any($1)',
    [[...new Set(customerIds)]],
  );
  return new Map(rows.map(({ customer_id, stretches }) => [customer_id, stretches]));
}

const FLIP_FACTS = `
  update usage_facts f set rated = s.counts
  from json_to_recordset($1) as s(customer_id text, "from" text, "to" text, counts boolean)
  where f.customer_id = s.customer_id and f.occurred_at >= s."from" and (s."to" is null or f.occurred_at < s."to")
    and f.status <> 'quarantined' and f.rated <> s.counts
  returning f.customer_id, f.occurred_at`;

const FACTS_OF_MONTHS = `
  from json_to_recordset($1) as m(customer_id text, month text, "from" text, "to" text)
  join usage_facts f on f.customer_id = m.customer_id and f.occurred_at >= m."from" and f.occurred_at < m."to"
  where f.status <> 'quarantined'`;

const RERATE_KEYS = `
  update usage_unique_keys k set rated = x.rated
  from (
    select f.customer_id, m.month, f.meter, f.unique_key, bool_or(f.rated) as rated
    ${FACTS_OF_MONTHS} and f.unique_key is not null
    group by f.customer_id, m.month, f.meter, f.unique_key
  ) x
  where (k.customer_id, k.month, k.meter, k.unique_key) = (x.customer_id, x.month, x.meter, x.unique_key)`;

const RERATE_MONTHS = `
  update usage_monthly t set rated_quantity = x.rated_quantity
  from (
    select f.customer_id, m.month, f.meter,
      coalesce(sum(f.quantity) filter (where f.rated and f.unique_key is null), 0)
        + count(distinct f.unique_key) filter (where f.rated) as rated_quantity
    ${FACTS_OF_MONTHS}
    group by f.customer_id, m.month, f.meter
  ) x
  where (t.customer_id, t.month, t.meter) = (x.customer_id, x.month, x.meter)`;

async function rerate(
  rows: readonly UsageSubscriptionRow[],
  changedFrom: ReadonlyMap<string, Instant>,
  client: PoolClient,
): Promise<void> {
  const stretches = rows.flatMap(({ customer_id, stretches: all }): Row[] => {
    const from = changedFrom.get(customer_id);
    if (from === undefined) return [];
    return all.filter(({ to }) => to === null || to > from).map((stretch) => ({ customer_id, ...stretch }));
  });
  if (stretches.length === 0) return;
  const flipped = await client.query<{ customer_id: string; occurred_at: Instant }>(FLIP_FACTS, [
    JSON.stringify(stretches),
  ]);
  if (flipped.rows.length === 0) return;
  const months = new Map<string, Row>();
  for (const { customer_id, occurred_at } of flipped.rows) {
    const month = monthOf(occurred_at);
    const row = { customer_id, month, from: monthStart(month), to: monthEnd(month) };
    months.set(`${month} ${customer_id}`, row);
  }
  const touched = [JSON.stringify([...months.values()])];
  await client.query(RERATE_KEYS, touched);
  await client.query(RERATE_MONTHS, touched);
}
