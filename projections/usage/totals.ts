import type { PoolClient } from 'pg';
import { findByIndex } from '../runtime/by-index.ts';
import { lines, numbers } from '../runtime/columns.ts';
import type { AssessedFact } from './facts.ts';

interface MonthSum {
  readonly customerId: string;
  readonly month: string;
  readonly meter: string;
  quantity: bigint;
  ratedQuantity: bigint;
  facts: number;
  quarantined: number;
  lastPosition: number;
}

interface HourSum {
  readonly customerId: string;
  readonly hour: string;
  readonly meter: string;
  quantity: bigint;
}

// MERGE, because nobody else writes these tables: ON CONFLICT would lock each row before it changes it.

const ADD_MONTHS = `
  merge into usage_monthly t
  using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'),
      $4::numeric[], $5::numeric[], $6::bigint[], $7::bigint[], $8::bigint[])
    as s(customer_id, month, meter, quantity, rated_quantity, facts, quarantined, last_position)
  on t.customer_id = s.customer_id and t.month = s.month and t.meter = s.meter
  when matched then update set
    quantity = t.quantity + s.quantity,
    rated_quantity = t.rated_quantity + s.rated_quantity,
    facts = t.facts + s.facts,
    quarantined = t.quarantined + s.quarantined,
    last_position = s.last_position
  when not matched then
    insert (customer_id, month, meter, quantity, rated_quantity, facts, quarantined, last_position)
    values (s.customer_id, s.month, s.meter, s.quantity, s.rated_quantity, s.facts, s.quarantined, s.last_position)`;

const ADD_HOURS = `
  merge into usage_hourly t
  using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'), $4::numeric[])
    as s(customer_id, hour, meter, quantity)
  on t.customer_id = s.customer_id and t.hour = s.hour and t.meter = s.meter
  when matched then update set quantity = t.quantity + s.quantity
  when not matched then insert (customer_id, hour, meter, quantity)
    values (s.customer_id, s.hour, s.meter, s.quantity)`;

/** Adds facts, in log order, to what their meters counted by month and by hour. */
export async function addTotals(facts: readonly AssessedFact[], client: PoolClient): Promise<void> {
  await findByIndex(client);
  const months = sumsByMonth(facts);
  await client.query(ADD_MONTHS, [
    lines(months, ({ customerId }) => customerId),
    lines(months, ({ month }) => month),
    lines(months, ({ meter }) => meter),
    numbers(months, ({ quantity }) => quantity),
    numbers(months, ({ ratedQuantity }) => ratedQuantity),
    numbers(months, (sum) => sum.facts),
    numbers(months, ({ quarantined }) => quarantined),
    numbers(months, ({ lastPosition }) => lastPosition),
  ]);
  const hours = sumsByHour(facts);
  await client.query(ADD_HOURS, [
    lines(hours, ({ customerId }) => customerId),
    lines(hours, ({ hour }) => hour),
    lines(hours, ({ meter }) => meter),
    numbers(hours, ({ quantity }) => quantity),
  ]);
}

function sumsByMonth(facts: readonly AssessedFact[]): MonthSum[] {
  const sums = new Map<string, MonthSum>();
  for (const { event, month, status, quantity, ratedQuantity } of facts) {
    const { customerId, eventType: meter } = event.data;
    const key = `${customerId} ${month} ${meter}`;
    const nothing = { quantity: 0n, ratedQuantity: 0n, facts: 0, quarantined: 0, lastPosition: 0 };
    const sum = sums.get(key) ?? { customerId, month, meter, ...nothing };
    sum.quantity += quantity;
    sum.ratedQuantity += ratedQuantity;
    if (status === 'quarantined') sum.quarantined += 1;
    else sum.facts += 1;
    sum.lastPosition = event.position;
    sums.set(key, sum);
  }
  return inKeyOrder(sums);
}

function sumsByHour(facts: readonly AssessedFact[]): HourSum[] {
  const sums = new Map<string, HourSum>();
  for (const { event, quantity } of facts) {
    if (quantity === 0n) continue;
    const { customerId, eventType: meter, occurredAt } = event.data;
    const hour = `${occurredAt.slice(0, 13)}:00:00.000Z`;
    const key = `${customerId} ${hour} ${meter}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { customerId, hour, meter, quantity });
    else sum.quantity += quantity;
  }
  return inKeyOrder(sums);
}

/** Neighbours in an index are written together. */
function inKeyOrder<Sum>(sums: ReadonlyMap<string, Sum>): Sum[] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
