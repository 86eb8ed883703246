import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import type { Month } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { Dimension, Group, Slice } from './slice.ts';
import type { RevenueTables } from './tables.ts';

/** What a day brought in. Micros, credits less debits. */
export interface DayRevenue {
  readonly date: string;
  readonly amount: bigint;
}

/** What the API asks of the read model `revenue`. Amounts are micros of the book currency. */
export class RevenueReads {
  readonly #db: Kysely<RevenueTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<RevenueTables>(pool).withSchema('read');
  }

  /** Sums of a slice by the given dimensions, in their order. Without dimensions one row, or none. */
  async grouped<D extends Dimension>(slice: Slice, dimensions: readonly D[]): Promise<Group<D>[]> {
    if (slice.accounts.length === 0) return [];
    const rows = await this.#within(slice)
      .select(dimensions.map((dimension) => sql.ref(dimension).as(dimension)))
      .select([
        sql<string | null>`sum(debit)`.as('debit_sum'),
        sql<string | null>`sum(credit)`.as('credit_sum'),
        sql<string | null>`sum(postings)`.as('posting_count'),
      ])
      .$if(dimensions.length > 0, (query) =>
        query.groupBy([...dimensions]).orderBy(sql.raw(orderOf(dimensions))),
      )
      .execute();
    return rows.map(({ debit_sum, credit_sum, posting_count, ...key }) => ({
      ...key,
      debit: BigInt(debit_sum ?? 0),
      credit: BigInt(credit_sum ?? 0),
      postings: Number(posting_count ?? 0),
    })) as unknown as Group<D>[];
  }

  /** Debits less credits of a slice. */
  async balance(slice: Slice): Promise<bigint> {
    const [sum] = await this.grouped(slice, []);
    return sum === undefined ? 0n : sum.debit - sum.credit;
  }

  /** Revenue by day of posting; days without any are left out. */
  async byDay(accounts: readonly string[], month: Month, revenueStream?: number): Promise<DayRevenue[]> {
    let query = this.#db
      .selectFrom('account_days')
      .select(['posting_date', sql<string>`sum(credit) - sum(debit)`.as('amount')])
      .where('account', 'in', accounts)
      .where('currency', '=', BOOK_CURRENCY)
      .where('posting_date', '>=', `${month}-01`)
      .where('posting_date', '<=', `${month}-31`);
    if (revenueStream !== undefined) query = query.where('revenue_stream', '=', revenueStream);
    const rows = await query.groupBy('posting_date').orderBy('posting_date').execute();
    return rows.map(({ posting_date, amount }) => ({ date: posting_date, amount: BigInt(amount) }));
  }

  #within(slice: Slice) {
    const { accounts, from, to, customerId, revenueStream, meter, eventTypes, flow } = slice;
    const { serviceMonth, serviceWithin } = slice;
    let query = this.#db
      .selectFrom('account_months')
      .where('currency', '=', BOOK_CURRENCY)
      .where('account', 'in', accounts);
    if (from !== undefined) query = query.where('posting_month', '>=', from);
    if (to !== undefined) query = query.where('posting_month', '<=', to);
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
    if (revenueStream !== undefined) query = query.where('revenue_stream', '=', revenueStream);
    if (serviceMonth !== undefined) query = query.where('service_month', '=', serviceMonth);
    if (serviceWithin !== undefined) {
      query = query
        .where('service_month', '>=', serviceWithin.from)
        .where('service_month', '<=', serviceWithin.to);
    }
    if (meter !== undefined) query = query.where('meter', '=', meter);
    if (eventTypes !== undefined) query = query.where('event_type', 'in', eventTypes);
    if (flow !== undefined) query = query.where('flow', '=', flow);
    return query;
  }
}

function orderOf(dimensions: readonly Dimension[]): string {
  return dimensions.map((_, index) => String(index + 1)).join(', ');
}
