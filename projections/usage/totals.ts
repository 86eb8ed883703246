import type { PoolClient } from 'pg';
import { findByIndex } from '../runtime/by-index.ts';
import { lines, numbers } from '../runtime/columns.ts';
import type { AssessedFact } from './fact.ts';

interface MonthSum {
  readonly customerId: string;
  readonly month: string;
  readonly meter: string;
  quantity: bigint;
  ratedQuantity: bigint;
  facts: number;
  quarantined: number;
  corrected: bigint;
  lastPosition: number;
}

interface HourSum {
  readonly customerId: string;
  readonly hour: string;
  readonly meter: string;
  quantity: bigint;
}

interface DaySum {
  readonly day: string;
  readonly meter: string;
  quantity: bigint;
}

// MERGE, because nobody else writes these tables: ON CONFLICT would lock each row before it changes it.

const ADD_MONTHS = `
  merge into usage_monthly t
  using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'),
      $4::numeric[], $5::numeric[], $6::bigint[], $7::bigint[], $8::numeric[], $9::bigint[])
    as s(customer_id, month, meter, quantity, rated_quantity, facts, quarantined, corrected, last_position)
  on t.customer_id = s.customer_id and t.month = s.month and t.meter = s.meter
  when matched then update set
    quantity = t.quantity + s.quantity,
    rated_quantity = t.rated_quantity + s.rated_quantity,
    facts = t.facts + s.facts,
    quarantined = t.quarantined + s.quarantined,
    corrected = t.corrected + s.corrected,
    last_position = s.last_position
  when not matched then
    insert (customer_id, month, meter, quantity, rated_quantity, facts, quarantined, corrected, last_position)
    values (s.customer_id, s.month, s.meter, s.quantity, s.rated_quantity, s.facts, s.quarantined, s.corrected,
      s.last_position)`;

const ADD_HOURS = `
  merge into usage_hourly t
  using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'), $4::numeric[])
    as s(customer_id, hour, meter, quantity)
  on t.customer_id = s.customer_id and t.hour = s.hour and t.meter = s.meter
  when matched then update set quantity = t.quantity + s.quantity
  when not matched then insert (customer_id, hour, meter, quantity)
    values (s.customer_id, s.hour, s.meter, s.quantity)`;

const ADD_DAYS = `
  merge into usage_daily t
  using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), $3::numeric[]) as s(day, meter, quantity)
  on t.day = s.day and t.meter = s.meter
  when matched then update set quantity = t.quantity + s.quantity
  when not matched then insert (day, meter, quantity) values (s.day, s.meter, s.quantity)`;

/** Adds facts, in log order, to what their meters counted by month, by hour, and by day of all customers. */
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
    numbers(months, ({ corrected }) => corrected),
    numbers(months, ({ lastPosition }) => lastPosition),
  ]);
  const hours = sumsByHour(facts);
  await client.query(ADD_HOURS, [
    lines(hours, ({ customerId }) => customerId),
    lines(hours, ({ hour }) => hour),
    lines(hours, ({ meter }) => meter),
    numbers(hours, ({ quantity }) => quantity),
  ]);
  const days = sumsByDay(hours);
  await client.query(ADD_DAYS, [
    lines(days, ({ day }) => day),
    lines(days, ({ meter }) => meter),
    numbers(days, ({ quantity }) => quantity),
  ]);
}

function sumsByMonth(facts: readonly AssessedFact[]): MonthSum[] {
  const sums = new Map<string, MonthSum>();
  for (const { type, customerId, month, meter, status, quantity, ratedQuantity, position } of facts) {
    const key = `${customerId} ${month} ${meter}`;
    const nothing = {
      quantity: 0n,
      ratedQuantity: 0n,
      facts: 0,
      quarantined: 0,
      corrected: 0n,
      lastPosition: 0,
    };
    const sum = sums.get(key) ?? { customerId, month, meter, ...nothing };
    sum.quantity += quantity;
    sum.ratedQuantity += ratedQuantity;
    if (status === 'quarantined') sum.quarantined += 1;
    else sum.facts += 1;
    if (type === 'usage.released') sum.quarantined -= 1;
    if (status === 'correction') sum.corrected += quantity;
    sum.lastPosition = position;
    sums.set(key, sum);
  }
  return inKeyOrder(sums);
}

function sumsByHour(facts: readonly AssessedFact[]): HourSum[] {
  const sums = new Map<string, HourSum>();
  for (const { customerId, meter, occurredAt, quantity } of facts) {
    if (quantity === 0n) continue;
    const hour = `${occurredAt.slice(0, 13)}:00:00.000Z`;
    const key = `${customerId} ${hour} ${meter}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { customerId, hour, meter, quantity });
    else sum.quantity += quantity;
  }
  return inKeyOrder(sums);
}

function sumsByDay(hours: readonly HourSum[]): DaySum[] {
  const sums = new Map<string, DaySum>();
  for (const { hour, meter, quantity } of hours) {
    const day = hour.slice(0, 10);
    const key = `${day} ${meter}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { day, meter, quantity });
    else sum.quantity += quantity;
  }
  return inKeyOrder(sums);
}

/** Neighbours in an index are written together. */
function inKeyOrder<Sum>(sums: ReadonlyMap<string, Sum>): Sum[] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
