import { type Kysely, sql } from 'kysely';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import type { MovementKind, MovementSubKind, MrrTables } from './tables.ts';

/** Whose recurring revenue. With a stream, movements are of the kind that they are within it. */
export interface MrrFilter {
  readonly customerId?: string | undefined;
  readonly revenueStream?: number | undefined;
}

/** Which movements: those that agree with everything that is given. */
export interface MovementFilter extends MrrFilter {
  /** Months, both included. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  /** The last instant that counts. */
  readonly until?: Instant | undefined;
  readonly kind?: MovementKind | undefined;
  readonly subKind?: MovementSubKind | undefined;
  /** Only customers with recurring revenue at the end of that month. */
  readonly payingAtEndOf?: Month | undefined;
  /** Only customers who are on this tier now: what they pay is the sum of all their movements. */
  readonly onTier?: string | undefined;
}

export type MrrDatabase = Kysely<MrrTables>;

/** What a movement is called: for the customer as a whole, or within the stream that is asked for. */
export function kindColumn({ revenueStream }: MrrFilter): 'kind' | 'stream_kind' {
  return revenueStream === undefined ? 'kind' : 'stream_kind';
}

/** The movements of a filter, to select from. */
export function movementsOf(db: MrrDatabase, filter: MovementFilter) {
  const { customerId, revenueStream, from, to, until, kind, subKind, payingAtEndOf, onTier } = filter;
  let query = db.selectFrom('mrr_movements as m');
  if (customerId !== undefined) query = query.where('m.customer_id', '=', customerId);
  if (revenueStream !== undefined) query = query.where('m.revenue_stream', '=', revenueStream);
  if (from !== undefined) query = query.where('m.month', '>=', from);
  if (to !== undefined) query = query.where('m.month', '<=', to);
  if (until !== undefined) query = query.where('m.at', '<=', until);
  if (kind !== undefined) query = query.where(`m.${kindColumn(filter)}`, '=', kind);
  if (subKind !== undefined) query = query.where('m.sub_kind', '=', subKind);
  if (onTier !== undefined) {
    const standing = db
      .selectFrom('mrr_current')
      .where('tier', '=', onTier)
      .where('revenue_stream', '=', STREAM.subscriptions)
      .select('customer_id');
    query = query.where('m.customer_id', 'in', standing);
  }
  if (payingAtEndOf !== undefined) {
    const cohort = movementsOf(db, { customerId, revenueStream, to: payingAtEndOf })
      .select('m.customer_id')
      .groupBy('m.customer_id')
      .having(sql<boolean>`sum(m.delta_arr_minor) > 0`);
    query = query.where('m.customer_id', 'in', cohort);
  }
  return query;
}
