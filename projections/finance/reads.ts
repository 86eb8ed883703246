import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { FinanceInputKind } from '../../domain/finance/events.ts';
import { decimal } from '../../domain/kernel/money.ts';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { FinanceInputRow, FinanceTables } from './tables.ts';

export interface FinanceInput {
  readonly month: Month;
  readonly kind: FinanceInputKind;
  /** Money with two decimals in `currency`; per cent where there is none. */
  readonly amount: string;
  readonly currency: string | null;
  readonly note: string;
  readonly standing: boolean;
  readonly recordedAt: Instant;
  readonly actor: string;
  readonly eventId: string;
  readonly position: number;
}

export interface FinanceInputFilter {
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  readonly kind?: FinanceInputKind | undefined;
  /** Also what was replaced later. */
  readonly history: boolean;
  readonly limit: number;
  readonly startingAfter?: number | undefined;
  readonly endingBefore?: number | undefined;
}

/** What the API asks of the read model `finance`. */
export class FinanceReads {
  readonly #db: Kysely<FinanceTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<FinanceTables>(pool).withSchema('read');
  }

  /** One more than the limit if there are more. Newest first, with `endingBefore` oldest first. */
  async list(filter: FinanceInputFilter): Promise<FinanceInput[]> {
    const { from, to, kind, history, limit, startingAfter, endingBefore } = filter;
    let query = this.#db.selectFrom('finance_inputs').selectAll();
    if (from !== undefined) query = query.where('month', '>=', from);
    if (to !== undefined) query = query.where('month', '<=', to);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (!history) query = query.where('standing', '=', true);
    if (startingAfter !== undefined) query = query.where('position', '<', String(startingAfter));
    if (endingBefore !== undefined) query = query.where('position', '>', String(endingBefore));
    const rows = await query
      .orderBy('position', endingBefore === undefined ? 'desc' : 'asc')
      .limit(limit + 1)
      .execute();
    return rows.map(asInput);
  }

  /** What stands of a kind for the latest month up to `month`; undefined if nothing was recorded. */
  async latest(kind: FinanceInputKind, month: Month): Promise<FinanceInput | undefined> {
    const row = await this.#db
      .selectFrom('finance_inputs')
      .selectAll()
      .where('kind', '=', kind)
      .where('month', '<=', month)
      .where('standing', '=', true)
      .orderBy('month', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : asInput(row);
  }
}

function asInput(row: FinanceInputRow): FinanceInput {
  const { month, kind, currency, note, standing } = row;
  const amount = decimal(row.amount);
  return {
    month,
    kind,
    amount: currency === null ? amount.toFixed() : amount.toFixed(2),
    currency,
    note,
    standing,
    recordedAt: row.recorded_at,
    actor: row.actor,
    eventId: row.event_id,
    position: Number(row.position),
  };
}
