import { type Kysely, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type pg from 'pg';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
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

export interface CustomerPage {
  readonly limit?: number | undefined;
  /** Only customers whose ids come after this one. */
  readonly after?: string | undefined;
}

const EVERYONE = 1_000_000;

/** What API and commands ask of the read model `usage`. */
export class UsageReads {
  readonly #db: Kysely<UsageTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<UsageTables>(pool).withSchema('read');
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
      totals: totals.map(({ month, meter, quantity, rated_quantity }) => ({
        month,
        meter,
        quantity: BigInt(quantity),
        ratedQuantity: BigInt(rated_quantity),
      })),
    };
  }

  /**
   * Every meter of the catalogue in a month: used, included, billable and its price to date, from one snapshot.
   * @param paymentMethod of the customer: whether Free overflows into paid
   */
  async usageView(customerId: string, period: Month, paymentMethod: boolean): Promise<UsageView> {
    const { stretches, meters } = await this.#db
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
              sql<string>`coalesce(r.accrued, 0)::text`.as('accrued'),
              sql<string>`coalesce(r.billed, 0.00)::text`.as('billed'),
            ])
            .where('m.customer_id', '=', customerId)
            .where('m.month', '=', period),
        ).as('meters'),
      ])
      .executeTakeFirstOrThrow();
    return viewOf(customerId, period, { stretches: stretches ?? [], meters, paymentMethod });
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
    const rows = await this.#db
      .selectFrom('usage_monthly as m')
      .leftJoin('usage_rating as r', sameMeter)
      .select('m.month')
      .distinct()
      .where('m.customer_id', '=', customerId)
      .where('m.month', '<=', upTo)
      .where(unbilled)
      .orderBy('m.month')
      .execute();
    return rows.map(({ month }) => month);
  }

  /** Customers who have such a month in [from, upTo], in order of their ids. */
  async customersWithUnbilledUsage(
    { from, upTo }: { readonly from: Month; readonly upTo: Month },
    page: CustomerPage = {},
  ): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('usage_monthly as m')
      .leftJoin('usage_rating as r', sameMeter)
      .select('m.customer_id')
      .distinct()
      .where('m.month', '>=', from)
      .where('m.month', '<=', upTo)
      .where(unbilled)
      .where('m.customer_id', '>', page.after ?? '')
      .orderBy('m.customer_id')
      .limit(page.limit ?? EVERYONE)
      .execute();
    return rows.map(({ customer_id }) => customer_id);
  }

  /** Customers with rated usage in a month, in order of their ids. */
  async customersWithUsage(month: Month, page: CustomerPage = {}): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('usage_monthly')
      .select('customer_id')
      .distinct()
      .where('month', '=', month)
      .where('rated_quantity', '>', '0')
      .where('customer_id', '>', page.after ?? '')
      .orderBy('customer_id')
      .limit(page.limit ?? EVERYONE)
      .execute();
    return rows.map(({ customer_id }) => customer_id);
  }
}

function sameMeter<On extends { onRef(a: Column<'m'>, op: '=', b: Column<'r'>): On }>(join: On): On {
  return join
    .onRef('m.customer_id', '=', 'r.customer_id')
    .onRef('m.month', '=', 'r.month')
    .onRef('m.meter', '=', 'r.meter');
}

type Column<Table extends string> = `${Table}.${'customer_id' | 'month' | 'meter'}`;

const unbilled = sql<boolean>`(m.rated_quantity <> coalesce(r.accrued_quantity, 0) or r.accrued > r.billed_accrued)`;
