import { type Kysely, sql } from 'kysely';
import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/postgres';
import type pg from 'pg';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { MINIMUM_COMMITMENT } from '../../domain/metering/rating-decider.ts';
import { noUsageTerms, type UsageTerms } from '../../domain/metering/usage-terms.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { AlertReads } from './alert-reads.ts';
import { QuarantineReads } from './quarantine-reads.ts';
import type { UsageTables } from './tables.ts';
import { type UsageView, viewOf } from './view.ts';

export interface MeterTotal {
  readonly month: Month;
  readonly meter: string;
  /** All that was recorded. */
  readonly quantity: bigint;
  /** What of it is rated: neither in a trial nor without a subscription. */
  readonly ratedQuantity: bigint;
}

/** Totals and the log position up to which they are counted, from one snapshot. */
export interface CountedTotals {
  readonly countedThrough: number;
  readonly totals: readonly MeterTotal[];
}

export interface HourlyUsage {
  /** First instant of the hour. */
  readonly hour: Instant;
  readonly meter: string;
  readonly quantity: bigint;
}

export interface DailyUsage {
  /** UTC. */
  readonly day: string;
  readonly meter: string;
  readonly quantity: bigint;
}

export interface CustomerPage {
  readonly limit?: number | undefined;
  /** Only customers whose ids come after this one. */
  readonly after?: string | undefined;
}

const EVERYONE = 1_000_000;

/** What API and commands ask of the read model `usage`. */
export class UsageReads {
  readonly #db: Kysely<UsageTables>;
  readonly quarantine: QuarantineReads;
  readonly alerts: AlertReads;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<UsageTables>(pool).withSchema('read');
    this.quarantine = new QuarantineReads(this.#db);
    this.alerts = new AlertReads(this.#db);
  }

  /** Meters that counted something in the months from one to another, both included, in order of month and name. */
  async monthlyTotals(customerId: string, from: Month, to: Month = from): Promise<CountedTotals> {
    const { position, totals } = await this.#db
      .selectNoFrom((eb) => [
        sql<string | null>`(select position from ops.checkpoints where projection = 'usage')`.as('position'),
        jsonArrayFrom(
          eb
            .selectFrom('usage_monthly')
            .select([
              'month',
              'meter',
              sql<string>`quantity::text`.as('quantity'),
              sql<string>`rated_quantity::text`.as('rated_quantity'),
            ])
            .where('customer_id', '=', customerId)
            .where('month', '>=', from)
            .where('month', '<=', to)
            .where('facts', '>', '0')
            .orderBy('month')
            .orderBy('meter'),
        ).as('totals'),
      ])
      .executeTakeFirstOrThrow();
    return {
      countedThrough: Number(position ?? 0),
      totals: totals.map(asTotal),
    };
  }

  /**
   * Every meter of the catalogue in a month: used, included, billable and its price to date, from one snapshot.
   * @param paymentMethod of the customer: whether Free overflows into paid
   */
  async usageView(customerId: string, period: Month, paymentMethod: boolean): Promise<UsageView> {
    const { stretches, meters, commitment, agreed } = await this.#db
      .selectNoFrom((eb) => [
        eb
          .selectFrom('usage_subscriptions')
          .select('stretches')
          .where('customer_id', '=', customerId)
          .as('stretches'),
        jsonArrayFrom(
          eb
            .selectFrom('usage_monthly as m')
            .leftJoin('usage_rating as r', sameMeter)
            .select([
              'm.meter',
              sql<string>`m.quantity::text`.as('quantity'),
              sql<string>`m.rated_quantity::text`.as('rated_quantity'),
              sql<string>`m.quarantined::text`.as('quarantined'),
              sql<string>`m.corrected::text`.as('corrected'),
              sql<string>`coalesce(r.accrued, 0)::text`.as('accrued'),
              sql<string>`coalesce(r.billed, 0.00)::text`.as('billed'),
            ])
            .where('m.customer_id', '=', customerId)
            .where('m.month', '=', period),
        ).as('meters'),
        jsonObjectFrom(
          eb
            .selectFrom('usage_rating')
            .select([sql<string>`accrued::text`.as('accrued'), sql<string>`billed::text`.as('billed')])
            .where('customer_id', '=', customerId)
            .where('month', '=', period)
            .where('meter', '=', MINIMUM_COMMITMENT),
        ).as('commitment'),
        eb.selectFrom('usage_terms').select('state').where('customer_id', '=', customerId).as('agreed'),
      ])
      .executeTakeFirstOrThrow();
    return viewOf(customerId, period, {
      stretches: stretches ?? [],
      meters,
      commitment,
      paymentMethod,
      agreed: agreed ?? noUsageTerms,
    });
  }

  /** Counted quantities by hour in [from, to), in order of hours and meters. */
  async hourly(customerId: string, from: Instant, to: Instant): Promise<readonly HourlyUsage[]> {
    const rows = await this.#db
      .selectFrom('usage_hourly')
      .select(['hour', 'meter', 'quantity'])
      .where('customer_id', '=', customerId)
      .where('hour', '>=', from)
      .where('hour', '<', to)
      .orderBy('hour')
      .orderBy('meter')
      .execute();
    return rows.map(({ hour, meter, quantity }) => ({ hour, meter, quantity: BigInt(quantity) }));
  }

  /** Months up to one, oldest first, with rated usage that is not accrued, or accrued and not billed. */
  async monthsWithUnbilledUsage(customerId: string, upTo: Month): Promise<readonly Month[]> {
    const { rows } = await sql<{ month: Month }>`
      select distinct month from (${unbilled}) u where customer_id = ${customerId} and month <= ${upTo} order by month
    `.execute(this.#db);
    return rows.map(({ month }) => month);
  }

  /** Customers who have such a month in [from, upTo], in order of their ids. */
  async customersWithUnbilledUsage(
    { from = '', upTo }: { readonly from?: Month; readonly upTo: Month },
    page: CustomerPage = {},
  ): Promise<readonly string[]> {
    const { rows } = await sql<{ customer_id: string }>`
      select distinct customer_id from (${unbilled}) u
      where month >= ${from} and month <= ${upTo} and customer_id > ${page.after ?? ''}
      order by customer_id limit ${page.limit ?? EVERYONE}
    `.execute(this.#db);
    return rows.map(({ customer_id }) => customer_id);
  }

  /**
   * What an invoice is to bill: the totals of its period, of every month up to it with unbilled usage, and of those
   * that are reserved for it already. Months in order, also where nothing was counted.
   */
  async totalsToBill(
    customerId: string,
    { period, invoiceId }: { readonly period: Month; readonly invoiceId: string },
  ): Promise<CountedTotals & { readonly months: readonly Month[] }> {
    const { rows } = await sql<{ position: string | null; months: Month[]; totals: TotalRow[] | null }>`
      with months as (
        select month from (${unbilled}) u where customer_id = ${customerId} and month <= ${period}
        union select month from read.usage_bills where customer_id = ${customerId} and invoice_id = ${invoiceId}
        union select ${period}::text
      )
      select (select position from ops.checkpoints where projection = 'usage') as position,
        (select json_agg(month order by month) from months) as months,
        (select json_agg(json_build_object('month', month, 'meter', meter, 'quantity', quantity::text,
            'rated_quantity', rated_quantity::text) order by month, meter)
          from read.usage_monthly join months using (month)
          where customer_id = ${customerId} and facts > 0) as totals
    `.execute(this.#db);
    const [row] = rows;
    return {
      countedThrough: Number(row?.position ?? 0),
      months: row?.months ?? [],
      totals: (row?.totals ?? []).map(asTotal),
    };
  }

  /** Customers with rated usage in a month, in order of their ids. */
  async customersWithUsage(month: Month, page: CustomerPage = {}): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('usage_monthly')
      .select('customer_id')
      .distinct()
      .where('month', '=', month)
      .where('rated_quantity', '<>', '0')
      .where('customer_id', '>', page.after ?? '')
      .orderBy('customer_id')
      .limit(page.limit ?? EVERYONE)
      .execute();
    return rows.map(({ customer_id }) => customer_id);
  }

  /**
   * Customers with a minimum commitment in force in a month, of their own or by contract, in order of their ids.
   * Whether their time counts in it is for the rating to say.
   */
  async customersWithCommitment(month: Month): Promise<readonly string[]> {
    const { rows } = await sql<{ customer_id: string }>`
      select customer_id from read.usage_terms
        where (select c ->> 'amount' from json_array_elements(state -> 'commitments') with ordinality as t(c, place)
          where c ->> 'from' <= ${month} order by place desc limit 1) is not null
      union
      select customer_id from read.usage_subscriptions, json_array_elements(stretches) s
        where s -> 'contract' ->> 'commitment' is not null
          and left(s ->> 'from', 7) <= ${month} and coalesce(left(s ->> 'to', 7), '9999') >= ${month}
      order by customer_id
    `.execute(this.#db);
    return rows.map(({ customer_id }) => customer_id);
  }

  /** What was agreed with the customer about its usage. */
  async termsOf(customerId: string): Promise<UsageTerms> {
    const row = await this.#db
      .selectFrom('usage_terms')
      .select('state')
      .where('customer_id', '=', customerId)
      .executeTakeFirst();
    return row?.state ?? noUsageTerms;
  }

  /** Counted quantities of all customers on the days from one to another, both included, by day and meter. */
  async daily(from: string, to: string, meter?: string): Promise<readonly DailyUsage[]> {
    let query = this.#db
      .selectFrom('usage_daily')
      .select(['day', 'meter', 'quantity'])
      .where('day', '>=', from)
      .where('day', '<=', to)
      .orderBy('day')
      .orderBy('meter');
    if (meter !== undefined) query = query.where('meter', '=', meter);
    const rows = await query.execute();
    return rows.map((row) => ({ day: row.day, meter: row.meter, quantity: BigInt(row.quantity) }));
  }
}

type TotalRow = {
  readonly month: Month;
  readonly meter: string;
  readonly quantity: string;
  readonly rated_quantity: string;
};

function asTotal({ month, meter, quantity, rated_quantity }: TotalRow): MeterTotal {
  return { month, meter, quantity: BigInt(quantity), ratedQuantity: BigInt(rated_quantity) };
}

function sameMeter<On extends { onRef(a: Column<'m'>, op: '=', b: Column<'r'>): On }>(join: On): On {
  return join
    .onRef('m.customer_id', '=', 'r.customer_id')
    .onRef('m.month', '=', 'r.month')
    .onRef('m.meter', '=', 'r.meter');
}

type Column<Table extends string> = `${Table}.${'customer_id' | 'month' | 'meter'}`;

/** Customer and month of what is not accrued, and of what is accrued and not billed: a commitment has no counts. */
const unbilled = sql`
  select m.customer_id, m.month from read.usage_monthly m
    left join read.usage_rating r using (customer_id, month, meter)
    where m.rated_quantity <> coalesce(r.accrued_quantity, 0)
  union all
  select customer_id, month from read.usage_rating where accrued > billed_accrued`;
