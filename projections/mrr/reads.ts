import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type Instant, type Month, monthsFromTo } from '../../domain/kernel/time.ts';
import { divideHalfEven } from '../../domain/metering/half-even.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { MOVEMENT_KINDS, type MovementKind, type MrrTables } from './tables.ts';

/** A recurring amount. `arrMinor` is exact: cents a year. `mrr` and `arr` are decimal strings for display. */
export interface RecurringAmount {
  readonly arrMinor: bigint;
  /** A twelfth of it, half-even to the cent. */
  readonly mrr: string;
  readonly arr: string;
}

/** `opening` + all movements = `closing`, exactly in `arrMinor`. Contraction and churn are negative. */
export interface MonthMovements extends Readonly<Record<MovementKind, RecurringAmount>> {
  readonly month: Month;
  readonly opening: RecurringAmount;
  readonly closing: RecurringAmount;
  /** Customers with recurring revenue at the end of the month. */
  readonly payingCustomers: number;
}

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
  async mrrMovements(from: Month, to: Month): Promise<readonly MonthMovements[]> {
    const rows = await this.#db
      .selectFrom('mrr_movements')
      .select([
        monthOrEarlier(from).as('month'),
        'kind',
        sql<string>`sum(delta_arr_minor)`.as('delta'),
        sql<string>`count(*)`.as('movements'),
      ])
      .where('month', '<=', to)
      .groupBy(sql`1, kind`)
      .execute();
    const earlier = rows.filter(({ month }) => month < from);
    let arr = earlier.reduce((sum, { delta }) => sum + BigInt(delta), 0n);
    let paying = earlier.reduce((sum, row) => sum + payingChange(row), 0);
    return monthsFromTo(from, to).map((month) => {
      const own = rows.filter((row) => row.month === month);
      const opening = arr;
      const byKind = kindsOf(own);
      arr += own.reduce((sum, { delta }) => sum + BigInt(delta), 0n);
      paying += own.reduce((sum, row) => sum + payingChange(row), 0);
      const ends = { opening: amountOf(opening), closing: amountOf(arr) };
      return { month, ...ends, ...byKind, payingCustomers: paying };
    });
  }

  /** What holds at an instant: changes at that very instant are in. */
  async totalAt(at: Instant): Promise<MrrTotal> {
    const rows = await this.#db
      .selectFrom('mrr_movements')
      .select(['kind', sql<string>`sum(delta_arr_minor)`.as('delta'), sql<string>`count(*)`.as('movements')])
      .where('at', '<=', at)
      .groupBy('kind')
      .execute();
    const arr = rows.reduce((sum, { delta }) => sum + BigInt(delta), 0n);
    const payingCustomers = rows.reduce((sum, row) => sum + payingChange(row), 0);
    return { ...amountOf(arr), payingCustomers };
  }

  /** Undefined for a customer that never had a subscription. */
  async mrrOf(customerId: string): Promise<CustomerMrr | undefined> {
    const row = await this.#db
      .selectFrom('mrr_current')
      .select(['arr_minor', 'tier', 'first_at'])
      .where('customer_id', '=', customerId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { ...amountOf(BigInt(row.arr_minor)), tier: row.tier, firstAt: row.first_at };
  }
}

interface KindSum {
  readonly kind: MovementKind;
  readonly delta: string;
  readonly movements: string;
}

/** All earlier months as one, which sorts before every month. */
function monthOrEarlier(from: Month) {
  return sql<Month>`case when month < ${from} then '' else month end`;
}

function payingChange({ kind, movements }: KindSum): number {
  if (kind === 'new' || kind === 'reactivation') return Number(movements);
  return kind === 'churn' ? -Number(movements) : 0;
}

function kindsOf(rows: readonly KindSum[]): Record<MovementKind, RecurringAmount> {
  const sumOf = (kind: MovementKind) => BigInt(rows.find((row) => row.kind === kind)?.delta ?? 0);
  const entries = MOVEMENT_KINDS.map((kind) => [kind, amountOf(sumOf(kind))] as const);
  return Object.fromEntries(entries) as Record<MovementKind, RecurringAmount>;
}

function amountOf(arrMinor: bigint): RecurringAmount {
  return { arrMinor, mrr: centsOf(divideHalfEven(arrMinor, 12n)), arr: centsOf(arrMinor) };
}

function centsOf(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
