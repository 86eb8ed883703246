import { sql } from 'kysely';
import { type Month, monthsFromTo } from '../../domain/kernel/time.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import { kindColumn, type MrrDatabase, type MrrFilter, movementsOf } from './filter.ts';
import { MOVEMENT_KINDS, type MovementKind, type MovementSubKind } from './tables.ts';

/** `opening` + all movements = `closing`, exactly in `arrMinor`. Contraction and churn are negative. */
export interface MonthMovements extends Readonly<Record<MovementKind, RecurringAmount>> {
  readonly month: Month;
  readonly opening: RecurringAmount;
  readonly closing: RecurringAmount;
  /** Customers with recurring revenue at the end of the month. */
  readonly payingCustomers: number;
}

export interface StreamMonth extends MonthMovements {
  readonly revenueStream: number;
}

/** What movements of a kind and reason came to in a month. */
export interface KindMonth {
  readonly month: Month;
  readonly kind: MovementKind;
  readonly subKind: MovementSubKind;
  readonly amount: RecurringAmount;
  readonly movements: number;
}

interface KindSum {
  /** '' is every month before the first. */
  readonly month: string;
  readonly kind: MovementKind;
  readonly delta: string;
  readonly movements: string;
}

/** One row for each month from `from` to `to`, both included, also where nothing moved. */
export async function monthlyMovements(
  db: MrrDatabase,
  from: Month,
  to: Month,
  filter: MrrFilter,
): Promise<MonthMovements[]> {
  const rows = await movementsOf(db, { ...filter, to })
    .select([
      monthOrEarlier(from).as('month'),
      sql<MovementKind>`m.${sql.ref(kindColumn(filter))}`.as('kind'),
      sql<string>`sum(m.delta_arr_minor)`.as('delta'),
      sql<string>`count(*)`.as('movements'),
    ])
    .groupBy(sql`1, 2`)
    .execute();
  return chained(from, to, rows);
}

/** The same within each stream that ever had recurring revenue, in the order of their numbers. */
export async function monthlyByStream(
  db: MrrDatabase,
  from: Month,
  to: Month,
  filter: MrrFilter,
): Promise<StreamMonth[]> {
  const rows = await movementsOf(db, { ...filter, to })
    .select([
      'm.revenue_stream as stream',
      monthOrEarlier(from).as('month'),
      'm.stream_kind as kind',
      sql<string>`sum(m.delta_arr_minor)`.as('delta'),
      sql<string>`count(*)`.as('movements'),
    ])
    .groupBy(sql`1, 2, 3`)
    .execute();
  const streams = [...Map.groupBy(rows, ({ stream }) => stream)].sort(([a], [b]) => a - b);
  return streams.flatMap(([revenueStream, own]) =>
    chained(from, to, own).map((month) => ({ ...month, revenueStream })),
  );
}

/** Movements by kind and reason, in the order of months, kinds and reasons. */
export async function monthlyByKind(
  db: MrrDatabase,
  from: Month,
  to: Month,
  filter: MrrFilter,
): Promise<KindMonth[]> {
  const rows = await movementsOf(db, { ...filter, from, to })
    .select([
      'm.month',
      sql<MovementKind>`m.${sql.ref(kindColumn(filter))}`.as('kind'),
      'm.sub_kind',
      sql<string>`sum(m.delta_arr_minor)`.as('delta'),
      sql<string>`count(*)`.as('movements'),
    ])
    .groupBy(sql`1, 2, 3`)
    .orderBy('m.month')
    .orderBy('m.sub_kind')
    .execute();
  const asKind = ({ month, kind, sub_kind, delta, movements }: (typeof rows)[number]): KindMonth => ({
    month,
    kind,
    subKind: sub_kind,
    amount: amountOf(BigInt(delta)),
    movements: Number(movements),
  });
  return rows
    .map(asKind)
    .sort((a, b) =>
      a.month === b.month ? MOVEMENT_KINDS.indexOf(a.kind) - MOVEMENT_KINDS.indexOf(b.kind) : 0,
    );
}

/** How the number of paying customers changes with movements of a kind. */
export function payingChange({ kind, movements }: Pick<KindSum, 'kind' | 'movements'>): number {
  if (kind === 'new' || kind === 'reactivation') return Number(movements);
  return kind === 'churn' ? -Number(movements) : 0;
}

/** All earlier months as one, which sorts before every month. */
function monthOrEarlier(from: Month) {
  return sql<string>`case when m.month < ${from} then '' else m.month end`;
}

function chained(from: Month, to: Month, rows: readonly KindSum[]): MonthMovements[] {
  const sumOf = (some: readonly KindSum[]) => some.reduce((sum, { delta }) => sum + BigInt(delta), 0n);
  const countOf = (some: readonly KindSum[]) => some.reduce((sum, row) => sum + payingChange(row), 0);
  const earlier = rows.filter(({ month }) => month === '');
  let arr = sumOf(earlier);
  let paying = countOf(earlier);
  return monthsFromTo(from, to).map((month) => {
    const own = rows.filter((row) => row.month === month);
    const opening = amountOf(arr);
    arr += sumOf(own);
    paying += countOf(own);
    return { month, opening, ...kindsOf(own), closing: amountOf(arr), payingCustomers: paying };
  });
}

function kindsOf(rows: readonly KindSum[]): Record<MovementKind, RecurringAmount> {
  const sumOf = (kind: MovementKind) => BigInt(rows.find((row) => row.kind === kind)?.delta ?? 0);
  const entries = MOVEMENT_KINDS.map((kind) => [kind, amountOf(sumOf(kind))] as const);
  return Object.fromEntries(entries) as Record<MovementKind, RecurringAmount>;
}
