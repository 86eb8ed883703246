import type { PoolClient } from 'pg';
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

const ADD_MONTHS = `
  insert into usage_monthly as t
    (customer_id, month, meter, quantity, rated_quantity, facts, quarantined, last_position)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::bigint[],
    $7::bigint[], $8::bigint[])
  on conflict (customer_id, month, meter) do update set
    quantity = t.quantity + excluded.quantity,
    rated_quantity = t.rated_quantity + excluded.rated_quantity,
    facts = t.facts + excluded.facts,
    quarantined = t.quarantined + excluded.quarantined,
    last_position = excluded.last_position`;

const ADD_HOURS = `
  insert into usage_hourly as t (customer_id, hour, meter, quantity)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[])
  on conflict (customer_id, hour, meter) do update set quantity = t.quantity + excluded.quantity`;

/** Adds facts, in log order, to what their meters counted by month and by hour. */
export async function addTotals(facts: readonly AssessedFact[], client: PoolClient): Promise<void> {
  const months = sumsByMonth(facts);
  await client.query(ADD_MONTHS, [
    months.map(({ customerId }) => customerId),
    months.map(({ month }) => month),
    months.map(({ meter }) => meter),
    months.map(({ quantity }) => quantity),
    months.map(({ ratedQuantity }) => ratedQuantity),
    months.map((sum) => sum.facts),
    months.map(({ quarantined }) => quarantined),
    months.map(({ lastPosition }) => lastPosition),
  ]);
  const hours = sumsByHour(facts);
  await client.query(ADD_HOURS, [
    hours.map(({ customerId }) => customerId),
    hours.map(({ hour }) => hour),
    hours.map(({ meter }) => meter),
    hours.map(({ quantity }) => quantity),
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
