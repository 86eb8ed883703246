import type pg from 'pg';
import type { Month } from '../../domain/kernel/time.ts';
import type { StoredEvent } from '../../eventstore/port.ts';

/** What a month came to, in cents a year, by the change of each customer from month end to month end. */
export interface GrainMonth {
  readonly month: Month;
  readonly closing: bigint;
  readonly new: bigint;
  readonly reactivation: bigint;
  readonly expansion: bigint;
  readonly contraction: bigint;
  readonly churn: bigint;
  readonly kept: bigint;
}

/**
 * MRR by another way, from events alone and in SQL (after dbt-labs/mrr-playbook): a spine of months for each
 * customer, the price that holds at each month end, and `lag` to compare it with the one before.
 */
export async function monthGrain(
  pool: pg.Pool,
  log: readonly StoredEvent[],
  from: Month,
  to: Month,
): Promise<GrainMonth[]> {
  const events = log.map(({ position, type, data, metadata }) => ({
    position,
    type,
    customer: metadata.customerId,
    at: metadata.effectiveAt,
    data,
  }));
  const { rows } = await pool.query<Record<string, string>>(SQL, [JSON.stringify(events), from, to]);
  const bigints = (row: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, name === 'month' ? value : BigInt(value)]),
    );
  return rows.map(bigints) as unknown as GrainMonth[];
}

const SQL = `
with events as (
  select * from json_to_recordset($1::json) as e(position bigint, type text, customer text, at text, data json)
), prices as (
  select customer, at, position, type,
         data->>'trialEndsAt' as trial,
         (data->>'listPrice')::numeric = 0 as free,
         case data->>'billingCycle' when 'annual' then 1 else 12 end * 100 * (data->>'price')::numeric as annual
  from events
  where data->>'price' is not null or type in ('subscription.paused', 'subscription.cancelled')
), paying as (
  select p.*,
         case
           when type in ('subscription.paused', 'subscription.cancelled') then 0
           when type = 'subscription.started' and trial is not null then 0
           when type = 'subscription.changed' and not free and (
             select q.trial is not null and q.type = 'subscription.started' from prices q
             where q.customer = p.customer and q.position < p.position
               and (q.type <> 'subscription.changed' or q.free)
             order by q.position desc limit 1
           ) then 0
           else round(annual)
         end as arr
  from prices p
), spine as (
  select c.customer, to_char(m, 'YYYY-MM') as month
  from (select distinct customer from events) c,
       generate_series(($2 || '-01')::date, ($3 || '-01')::date, interval '1 month') m
), ends as (
  select s.customer, s.month,
         coalesce((select p.arr from paying p
                   where p.customer = s.customer and substr(p.at, 1, 7) <= s.month
                   order by p.position desc limit 1), 0) as arr,
         exists (select 1 from paying p
                 where p.customer = s.customer and substr(p.at, 1, 7) < s.month and p.arr > 0) as before
  from spine s
), changes as (
  select *, coalesce(lag(arr) over (partition by customer order by month), 0) as previous from ends
)
select month,
       sum(arr)::text as closing,
       coalesce(sum(arr - previous) filter (where previous = 0 and arr > 0 and not before), 0)::text as new,
       coalesce(sum(arr - previous) filter (where previous = 0 and arr > 0 and before), 0)::text as reactivation,
       coalesce(sum(arr - previous) filter (where previous > 0 and arr > previous), 0)::text as expansion,
       coalesce(sum(arr - previous) filter (where arr > 0 and arr < previous), 0)::text as contraction,
       coalesce(sum(arr - previous) filter (where previous > 0 and arr = 0), 0)::text as churn,
       sum(least(arr, previous))::text as kept
from changes
group by month
order by month`;
