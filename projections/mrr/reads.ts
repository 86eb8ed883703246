import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import { type CommittedMrr, committedMrr } from './committed.ts';
import { type MrrFilter, movementsOf } from './filter.ts';
import { listMovements, type Movement, type MovementPage } from './listing.ts';
import {
  type KindMonth,
  type MonthMovements,
  monthlyByKind,
  monthlyByStream,
  monthlyMovements,
  payingChange,
  type StreamMonth,
} from './months.ts';
import { type PeriodSums, periodSums } from './retention.ts';
import type { MrrTables } from './tables.ts';
import { type TierStanding, tierStandings } from './tiers.ts';

export type { RecurringAmount } from './amounts.ts';

export interface MrrTotal extends RecurringAmount {
  readonly payingCustomers: number;
}

export interface CustomerMrr extends RecurringAmount {
  readonly tier: string;
  /** When it first was above zero; null if never. */
  readonly firstAt: Instant | null;
}

/** What the API asks of the read model `mrr`. Months and instants are UTC. */
export class MrrReads {
  readonly #db: Kysely<MrrTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<MrrTables>(pool).withSchema('read');
  }

  /** One row for each month from `from` to `to`, both included, also where nothing moved. */
  mrrMovements(from: Month, to: Month, filter: MrrFilter = {}): Promise<MonthMovements[]> {
    return monthlyMovements(this.#db, from, to, filter);
  }

  /** The same within each stream: its kinds are those of the stream, not of the customer. */
  mrrMovementsByStream(from: Month, to: Month, filter: MrrFilter = {}): Promise<StreamMonth[]> {
    return monthlyByStream(this.#db, from, to, filter);
  }

  /** Movements by kind and reason. */
  mrrMovementsByKind(from: Month, to: Month, filter: MrrFilter = {}): Promise<KindMonth[]> {
    return monthlyByKind(this.#db, from, to, filter);
  }

  /** Single movements in the order of the log, one more than the limit if there are more. */
  listMovements(page: MovementPage): Promise<Movement[]> {
    return listMovements(this.#db, page);
  }

  /** What rates of a period are made of. */
  periodSums(from: Month, to: Month, filter: MrrFilter = {}): Promise<PeriodSums> {
    return periodSums(this.#db, from, to, filter);
  }

  /** What holds at an instant: changes at that very instant are in. */
  async totalAt(at: Instant, filter: MrrFilter = {}): Promise<MrrTotal> {
    const kind = filter.revenueStream === undefined ? 'm.kind' : 'm.stream_kind';
    const rows = await movementsOf(this.#db, { ...filter, until: at })
      .select([
        `${kind} as kind`,
        sql<string>`sum(m.delta_arr_minor)`.as('delta'),
        sql<string>`count(*)`.as('movements'),
      ])
      .groupBy(kind)
      .execute();
    const arr = rows.reduce((sum, { delta }) => sum + BigInt(delta), 0n);
    const payingCustomers = rows.reduce((sum, row) => sum + payingChange(row), 0);
    return { ...amountOf(arr), payingCustomers };
  }

  /** What holds at an instant in each stream that ever had recurring revenue, in the order of their numbers. */
  async streamsAt(at: Instant, filter: MrrFilter = {}): Promise<(MrrTotal & { revenueStream: number })[]> {
    const rows = await movementsOf(this.#db, { ...filter, until: at })
      .select([
        'm.revenue_stream as stream',
        'm.stream_kind as kind',
        sql<string>`sum(m.delta_arr_minor)`.as('delta'),
        sql<string>`count(*)`.as('movements'),
      ])
      .groupBy(['m.revenue_stream', 'm.stream_kind'])
      .execute();
    const streams = [...Map.groupBy(rows, ({ stream }) => stream)].sort(([a], [b]) => a - b);
    return streams.map(([revenueStream, own]) => ({
      revenueStream,
      ...amountOf(own.reduce((sum, { delta }) => sum + BigInt(delta), 0n)),
      payingCustomers: own.reduce((sum, row) => sum + payingChange(row), 0),
    }));
  }

  /** Subscriptions by tier as they stand, in the order of tiers. */
  tiers(): Promise<TierStanding[]> {
    return tierStandings(this.#db);
  }

  /** MRR with everything that is scheduled as if it had come, and each part of the way. */
  committed(): Promise<CommittedMrr> {
    return committedMrr(this.#db);
  }

  /** Undefined for a customer that never had a subscription. */
  async mrrOf(customerId: string): Promise<CustomerMrr | undefined> {
    const row = await this.#db
      .selectFrom('mrr_current as s')
      .innerJoin('mrr_customers as c', 'c.customer_id', 's.customer_id')
      .select(['c.arr_minor', 's.tier', 'c.first_at'])
      .where('s.customer_id', '=', customerId)
      .orderBy('s.revenue_stream')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { ...amountOf(BigInt(row.arr_minor)), tier: row.tier, firstAt: row.first_at };
  }
}
