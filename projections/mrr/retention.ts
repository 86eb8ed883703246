import { sql } from 'kysely';
import { addMonths, type Month } from '../../domain/kernel/time.ts';
import { kindColumn, type MrrDatabase, type MrrFilter, movementsOf } from './filter.ts';
import { MOVEMENT_KINDS, type MovementKind, type MovementSubKind } from './tables.ts';

/** What rates of a period are made of. Amounts are cents a year; the cohort is who was paying at its start. */
export interface PeriodSums {
  readonly from: Month;
  readonly to: Month;
  readonly opening: bigint;
  readonly closing: bigint;
  /** Of the cohort at the end of the period. */
  readonly cohortClosing: bigint;
  /** The same, of each customer at most what it had at the start. */
  readonly cohortKept: bigint;
  readonly payingAtStart: number;
  readonly payingAtEnd: number;
  /** Of the cohort, without recurring revenue at the end; by the reason of their last churn. */
  readonly lost: number;
  readonly lostBy: Readonly<Partial<Record<MovementSubKind, number>>>;
  readonly moved: Readonly<Record<MovementKind, bigint>>;
  /** Movements that made somebody a customer for the first time. */
  readonly newCustomers: number;
  readonly newAmount: bigint;
}

/** Sums of the months from `from` to `to`, both included. */
export async function periodSums(
  db: MrrDatabase,
  from: Month,
  to: Month,
  filter: MrrFilter = {},
): Promise<PeriodSums> {
  const before = addMonths(from, -1);
  const ends = await cohortSums(db, before, to, filter);
  const kind = kindColumn(filter);
  const flows = await movementsOf(db, { ...filter, from, to })
    .select([
      sql<MovementKind>`m.${sql.ref(kind)}`.as('kind'),
      sql<string>`sum(m.delta_arr_minor)`.as('delta'),
      sql<string>`count(*)`.as('movements'),
    ])
    .groupBy(sql`1`)
    .execute();
  const byKind = new Map(flows.map((row) => [row.kind, row]));
  const moved = Object.fromEntries(
    MOVEMENT_KINDS.map((each) => [each, BigInt(byKind.get(each)?.delta ?? 0)]),
  ) as Record<MovementKind, bigint>;
  const lostBy = ends.lost === 0 ? {} : await reasons(db, { from, to, before }, filter);
  return {
    from,
    to,
    ...ends,
    lostBy,
    moved,
    newCustomers: Number(byKind.get('new')?.movements ?? 0),
    newAmount: moved.new,
  };
}

async function cohortSums(db: MrrDatabase, before: Month, to: Month, filter: MrrFilter) {
  const customers = movementsOf(db, { ...filter, to })
    .select([
      sql<string>`coalesce(sum(m.delta_arr_minor) filter (where m.month <= ${before}), 0)`.as('opening'),
      sql<string>`sum(m.delta_arr_minor)`.as('closing'),
    ])
    .groupBy('m.customer_id');
  const row = await db
    .selectFrom(customers.as('c'))
    .select([
      sql<string>`coalesce(sum(opening), 0)`.as('opening_sum'),
      sql<string>`coalesce(sum(closing), 0)`.as('closing_sum'),
      sql<string>`coalesce(sum(closing) filter (where opening > 0), 0)`.as('cohort_closing'),
      sql<string>`coalesce(sum(least(opening, closing)) filter (where opening > 0), 0)`.as('cohort_kept'),
      sql<string>`count(*) filter (where opening > 0)`.as('paying_at_start'),
      sql<string>`count(*) filter (where closing > 0)`.as('paying_at_end'),
      sql<string>`count(*) filter (where opening > 0 and closing = 0)`.as('lost'),
    ])
    .executeTakeFirstOrThrow();
  return {
    opening: BigInt(row.opening_sum),
    closing: BigInt(row.closing_sum),
    cohortClosing: BigInt(row.cohort_closing),
    cohortKept: BigInt(row.cohort_kept),
    payingAtStart: Number(row.paying_at_start),
    payingAtEnd: Number(row.paying_at_end),
    lost: Number(row.lost),
  };
}

/** Why the cohort's lost customers went: the reason of the last churn of each. */
async function reasons(
  db: MrrDatabase,
  { from, to, before }: { readonly from: Month; readonly to: Month; readonly before: Month },
  filter: MrrFilter,
): Promise<Partial<Record<MovementSubKind, number>>> {
  const gone = movementsOf(db, { ...filter, to })
    .select('m.customer_id')
    .groupBy('m.customer_id')
    .having(sql<boolean>`sum(m.delta_arr_minor) = 0`);
  const last = movementsOf(db, { ...filter, from, to, kind: 'churn', payingAtEndOf: before })
    .where('m.customer_id', 'in', gone)
    .distinctOn('m.customer_id')
    .select(['m.customer_id', 'm.sub_kind'])
    .orderBy('m.customer_id')
    .orderBy('m.position', 'desc');
  const rows = await db
    .selectFrom(last.as('l'))
    .select(['l.sub_kind', sql<string>`count(*)`.as('customers')])
    .groupBy('l.sub_kind')
    .execute();
  return Object.fromEntries(rows.map(({ sub_kind, customers }) => [sub_kind, Number(customers)]));
}
