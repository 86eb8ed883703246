import { usageProjection } from '../../projections/usage/projection.ts';
import { fault, single } from '../checks.ts';
import type { Scenario } from '../context.ts';
import type { BenchDatabase } from '../database.ts';
import { usageAppend } from '../events.ts';
import { type CatchUp, measureCatchUp } from '../projecting.ts';

const catchUp: CatchUp = {
  work: 'usage-projection',
  projection: usageProjection,
  expectedRatio: undefined,
  makeEvent: usageAppend,
  rowsOf: (after, through) => [
    {
      table: 'read.usage_facts',
      where: `position > ${after} and position <= ${through}`,
      orderBy: 'customer_id, event_key',
    },
  ],
  changedTables: ['read.usage_monthly', 'read.usage_hourly', 'read.usage_daily', 'read.usage_unique_keys'],
  check,
};

/** Metering: facts, distinct keys, and sums by month, hour and day of all ten meters, by the running projector. */
export const usageScenario: Scenario = {
  name: 'usage-projection',
  run: async (context) => [await measureCatchUp(context, catchUp)],
};

async function check({ pool }: BenchDatabase, events: number): Promise<string[]> {
  const facts = await single(pool, 'select count(distinct event_key) from read.usage_facts');
  const wrong = await single(
    pool,
    `select count(*) from (
       select customer_id, month, meter, quantity, facts from read.usage_monthly) m
     full join (
       select data->>'customerId' as customer_id, left(data->>'occurredAt', 7) as month,
         data->>'eventType' as meter, count(*) as facts,
         case when min(data->>'uniqueKey') is null then sum((data->>'quantity')::numeric)
           else count(distinct data->>'uniqueKey') end as quantity
       from log.events group by 1, 2, 3) l
     using (customer_id, month, meter)
     where (m.quantity, m.facts) is distinct from (l.quantity, l.facts)`,
  );
  const [monthly, hourly, daily] = [
    await single(pool, 'select sum(quantity) from read.usage_monthly'),
    await single(pool, 'select sum(quantity) from read.usage_hourly'),
    await single(pool, 'select sum(quantity) from read.usage_daily'),
  ];
  return [
    ...fault(facts === String(events), `${facts} facts for ${events} events`),
    ...fault(wrong === '0', `${wrong} sums of customer, month and meter are not those of the log`),
    ...fault(monthly === hourly, `${monthly} units by month, ${hourly} by hour`),
    ...fault(monthly === daily, `${monthly} units by month, ${daily} by day`),
  ];
}
