import { sql } from 'kysely';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import { kindColumn, type MovementFilter, type MrrDatabase, movementsOf } from './filter.ts';
import type { MovementKind, MovementSubKind } from './tables.ts';

export interface Movement {
  readonly customerId: string;
  readonly revenueStream: number;
  readonly at: Instant;
  readonly month: Month;
  readonly kind: MovementKind;
  readonly subKind: MovementSubKind;
  readonly delta: RecurringAmount;
  /** Of the customer in the stream, after it. */
  readonly after: RecurringAmount;
  readonly fromTier: string | null;
  readonly toTier: string;
  readonly eventId: string;
  readonly position: number;
}

export interface MovementPage extends MovementFilter {
  readonly limit: number;
  /** Position of a movement: those after it. */
  readonly startingAfter?: number | undefined;
  /** Position of a movement: those before it, nearest first. */
  readonly endingBefore?: number | undefined;
}

/** Movements in the order of the log, one more than the limit if there are more. An event moves a stream once. */
export async function listMovements(db: MrrDatabase, page: MovementPage): Promise<Movement[]> {
  let query = movementsOf(db, page);
  if (page.startingAfter !== undefined) query = query.where('m.position', '>', String(page.startingAfter));
  if (page.endingBefore !== undefined) query = query.where('m.position', '<', String(page.endingBefore));
  const direction = page.endingBefore === undefined ? 'asc' : 'desc';
  const rows = await query
    .selectAll('m')
    .select(sql<MovementKind>`m.${sql.ref(kindColumn(page))}`.as('shown_kind'))
    .orderBy('m.position', direction)
    .orderBy('m.seq', direction)
    .limit(page.limit + 1)
    .execute();
  return rows.map((row) => ({
    customerId: row.customer_id,
    revenueStream: row.revenue_stream,
    at: row.at,
    month: row.month,
    kind: row.shown_kind,
    subKind: row.sub_kind,
    delta: amountOf(BigInt(row.delta_arr_minor)),
    after: amountOf(BigInt(row.after_arr_minor)),
    fromTier: row.tier_from,
    toTier: row.tier_to,
    eventId: row.event_id,
    position: Number(row.position),
  }));
}
