import { sql } from 'kysely';
import { TIERS } from '../../domain/catalogue/types.ts';
import type { SubscriptionStatus } from '../../domain/subscriptions/state.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import type { MrrDatabase } from './filter.ts';

export const SUBSCRIPTION_STATUSES = ['trialing', 'active', 'paused', 'suspended', 'cancelled'] as const;

/** The subscriptions of a tier as they stand. */
export interface TierStanding {
  readonly tier: string;
  readonly byStatus: Readonly<Record<SubscriptionStatus, number>>;
  /** Not cancelled. */
  readonly subscriptions: number;
  /** With recurring revenue. */
  readonly paying: number;
  readonly recurring: RecurringAmount;
}

/** One row for each tier of the catalogue, in its order. */
export async function tierStandings(db: MrrDatabase): Promise<TierStanding[]> {
  const rows = await db
    .selectFrom('mrr_current')
    .where('revenue_stream', '=', STREAM.subscriptions)
    .select([
      'tier',
      'status',
      sql<string>`count(*)`.as('subscriptions'),
      sql<string>`count(*) filter (where arr_minor > 0)`.as('paying'),
      sql<string>`sum(arr_minor)`.as('arr'),
    ])
    .groupBy(['tier', 'status'])
    .execute();
  return TIERS.map((tier) => {
    const own = rows.filter((row) => row.tier === tier);
    const countOf = (status: string) => Number(own.find((row) => row.status === status)?.subscriptions ?? 0);
    const byStatus = Object.fromEntries(
      SUBSCRIPTION_STATUSES.map((status) => [status, countOf(status)]),
    ) as Record<SubscriptionStatus, number>;
    return {
      tier,
      byStatus,
      subscriptions: SUBSCRIPTION_STATUSES.reduce(
        (sum, status) => (status === 'cancelled' ? sum : sum + byStatus[status]),
        0,
      ),
      paying: own.reduce((sum, row) => sum + Number(row.paying), 0),
      recurring: amountOf(own.reduce((sum, { arr }) => sum + BigInt(arr), 0n)),
    };
  });
}
