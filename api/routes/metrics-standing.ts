import { z } from 'zod';
import { decimal } from '../../domain/kernel/money.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import { amountOf } from '../../projections/mrr/amounts.ts';
import { SUBSCRIPTION_STATUSES, type TierStanding } from '../../projections/mrr/tiers.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillToMovements } from '../metrics/drill-down.ts';
import {
  fromCents,
  rate,
  rateOf,
  recurringAmount,
  recurringBody,
  recurringFigure,
  recurringFigureOf,
} from '../metrics/figures.ts';
import { METRICS_READERS, METRICS_TAGS } from './metrics-mrr.ts';
import { count, id, instant } from './schemas.ts';
import { route } from './services.ts';

const MAX_SCHEDULED = 500;
const MONTHS = 12;

const scheduledMovement = z
  .strictObject({
    customerId: id,
    at: instant,
    kind: z.enum(['expansion', 'contraction', 'churn']),
    subKind: z.enum(['change', 'discount', 'discount-ended', 'cancellation']),
    fromTier: z.string(),
    toTier: z.string(),
    delta: recurringAmount,
  })
  .meta({ id: 'ScheduledMovement' });

export const tierStanding = z
  .strictObject({
    tier: z.string(),
    subscriptions: count.describe('Not cancelled.'),
    byStatus: z.strictObject({
      trialing: count,
      active: count,
      paused: count,
      suspended: count,
      cancelled: count,
    }),
    paying: count.describe('With recurring revenue.'),
    recurring: recurringFigure,
    share: rate.describe('Of all recurring revenue.'),
    arpa: rate.describe('MRR of a paying customer of the tier: ARR over twelve times their number.'),
  })
  .meta({ id: 'TierStanding' });

export const standingRoutes = [
  route({
    operationId: 'getCommittedMrr',
    method: 'get',
    path: '/v1/metrics/committed-mrr',
    summary: 'MRR with everything that is scheduled as if it had come',
    description: definitionOf('committedMrr'),
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr'],
    response: z
      .strictObject({
        asOf: instant,
        current: recurringFigure,
        expansion: recurringAmount,
        contraction: recurringAmount.describe('Negative.'),
        churn: recurringAmount.describe('Negative.'),
        committed: recurringAmount.describe('Current and the three, exactly in arr.'),
        trials: recurringAmount.describe('What running trials would bring if all converted. In no sum.'),
        scheduled: z
          .array(scheduledMovement)
          .describe(`In the order of their time, the first ${MAX_SCHEDULED}.`),
        scheduledCount: count,
      })
      .meta({ id: 'CommittedMrr' }),
    errors: [],
    async handler(_input, { services }) {
      const asOf = services.clock.now();
      const { current, expansion, contraction, churn, committed, trials, scheduled } =
        await services.mrr.committed();
      return {
        body: {
          asOf,
          current: recurringFigureOf('balance', current, drillToMovements({})),
          expansion: recurringBody(expansion),
          contraction: recurringBody(contraction),
          churn: recurringBody(churn),
          committed: recurringBody(committed),
          trials: recurringBody(trials),
          scheduled: scheduled
            .slice(0, MAX_SCHEDULED)
            .map(({ delta, ...rest }) => ({ ...rest, delta: recurringBody(delta) })),
          scheduledCount: scheduled.length,
        },
      };
    },
  }),
  route({
    operationId: 'getSubscriptionsByTier',
    method: 'get',
    path: '/v1/metrics/subscriptions-by-tier',
    summary: 'Subscriptions by tier: how many, in which status, and their share of MRR',
    description: `As they stand now. ${definitionOf('arpa')}`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr'],
    response: z
      .strictObject({
        asOf: instant,
        kind: z.literal('balance'),
        tiers: z.array(tierStanding),
        total: tierStanding.omit({ tier: true, share: true }).meta({ id: 'TierTotal' }),
      })
      .meta({ id: 'SubscriptionsByTier' }),
    errors: [],
    async handler(_input, { services }) {
      const { tiers, total } = tiersBody(await services.mrr.tiers());
      return { body: { asOf: services.clock.now(), kind: 'balance' as const, tiers, total } };
    },
  }),
];

/** The tiers and their total. */
export function tiersBody(standings: readonly TierStanding[]) {
  const all = standings.reduce((sum, { recurring }) => sum + recurring.arrMinor, 0n);
  const sumOf = (part: (standing: TierStanding) => number) =>
    standings.reduce((sum, standing) => sum + part(standing), 0);
  const byStatus = Object.fromEntries(
    SUBSCRIPTION_STATUSES.map((status) => [status, sumOf((standing) => standing.byStatus[status])]),
  ) as TierStanding['byStatus'];
  const paying = sumOf((standing) => standing.paying);
  return {
    tiers: standings.map(({ recurring, ...rest }) => ({
      ...rest,
      recurring: recurringFigureOf(
        'balance',
        recurring,
        drillToMovements({ onTier: rest.tier, revenueStream: STREAM.subscriptions }),
      ),
      share: rateOf(fromCents(recurring.arrMinor), fromCents(all), 'nobody-pays'),
      arpa: arpaOf(recurring.arrMinor, rest.paying),
    })),
    total: {
      subscriptions: sumOf((standing) => standing.subscriptions),
      byStatus,
      paying,
      recurring: recurringFigureOf(
        'balance',
        amountOf(all),
        drillToMovements({ revenueStream: STREAM.subscriptions }),
      ),
      arpa: arpaOf(all, paying),
    },
  };
}

/** MRR of a paying customer: exact, so over twelve times their number. */
export function arpaOf(arrMinor: bigint, paying: number) {
  return rateOf(fromCents(arrMinor), decimal(paying).times(MONTHS), 'nobody-pays');
}
