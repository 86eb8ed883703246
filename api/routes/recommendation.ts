import { z } from 'zod';
import { isMeterId } from '../../domain/catalogue/catalogue.ts';
import { LIMIT_IDS, type LimitId, TIERS } from '../../domain/catalogue/types.ts';
import type { Holding } from '../../domain/entitlements/holding.ts';
import { type Recommendation, recommendUpgrade } from '../../domain/entitlements/recommendation.ts';
import type { MonthCosts, TierCost, UsedMonth } from '../../domain/entitlements/tier-costs.ts';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import {
  addMonths,
  earlier,
  type Instant,
  intersect,
  type Month,
  monthEnd,
  monthInterval,
  monthOf,
  monthsFromTo,
  secondsOf,
} from '../../domain/kernel/time.ts';
import { termsAt } from '../../domain/subscriptions/pricing.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import { type Stretch, stretchesOf } from '../../domain/subscriptions/stretches.ts';
import type { MeterTotal } from '../../projections/usage/reads.ts';
import { ACCESS } from '../access/open.ts';
import { ProblemError } from '../problems/problem.ts';
import { asUnits, units } from './access-schemas.ts';
import { asCount, asMoney, count, id, money, period } from './schemas.ts';
import { route, type Services } from './services.ts';

/** Full months before the running one that are looked at. */
const FULL_MONTHS = 3;
const tierCost = z
  .strictObject({
    tier: z.enum(TIERS),
    fee: money.describe('A month, net; of an annual term a twelfth.'),
    overage: money.describe('Sum of the lines.'),
    commitment: z
      .strictObject({
        committed: money.describe('What a month’s usage costs at least.'),
        shortfall: money.describe('What the usage leaves of it.'),
      })
      .nullable()
      .describe('Null without a minimum commitment.'),
    total: money.describe('Fee, overage and shortfall.'),
    saving: money.describe('Against what is paid now; negative: costs more.'),
    lines: z.array(
      z.strictObject({
        eventType: z.string(),
        quantity: count,
        included: count.describe('A whole month’s allowance.'),
        billable: count,
        ownPrice: z.boolean().describe('Rated at a price of the customer’s own, not the plan’s.'),
        amount: money,
      }),
    ),
  })
  .meta({ id: 'TierCost' });

const recommendation = z
  .strictObject({
    customerId: id,
    tier: z.enum(TIERS).nullable().describe('The tier it has.'),
    recommendedTier: z.enum(TIERS).nullable().describe('Null: stay.'),
    reasons: z.array(z.enum(['overage-pays-for-it', 'limit-reached', 'limit-near'])),
    whyNot: z
      .enum(['no-plan', 'highest-tier', 'cheaper-as-it-is'])
      .nullable()
      .describe('Why nothing is recommended.'),
    saving: money
      .nullable()
      .describe('By the recommended tier, over these months together; negative: costs more.'),
    months: z.array(
      z.strictObject({
        period,
        basis: z
          .enum(['full', 'projected', 'toDate'])
          .describe('The running month is projected to its end once a day of it has passed.'),
        now: tierCost,
        higher: z.array(tierCost),
      }),
    ),
    limits: z.array(
      z.strictObject({
        resource: z.enum(LIMIT_IDS),
        used: count,
        limit: units,
        percent: count.nullable(),
        pressing: z.boolean().describe('At 80 % or more, and nothing above it is sold.'),
      }),
    ),
  })
  .meta({ id: 'UpgradeRecommendation' });

const have = count
  .min(0)
  .max(10 ** 15)
  .optional();

export const recommendationRoutes = [
  route({
    operationId: 'generateUpgradeRecommendation',
    method: 'get',
    path: '/v1/customers/:customerId/upgrade-recommendation',
    summary: 'Whether a higher tier would serve a customer better, with the arithmetic',
    description:
      'Rates the running month, projected to its end, and up to three full months on each higher tier, fee, overage and what they leave of a minimum commitment, as invoices are rated. The customer’s own prices, commitment and coupon come along to a higher tier; allowances are those of the tier, and what a contract sets ends with its plan. Recommends the tier that would have cost less over these months, or that has room where a limit that blocks is at 80 % or more. How many profiles, segments and users there are only the caller knows.',
    tags: ['Plans and access'],
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: [ACCESS, 'billing', 'usage'],
    request: {
      params: z.strictObject({ customerId: id }),
      query: z.strictObject({
        profiles: have.describe('Stored profiles there are.'),
        segments: have.describe('Active segments there are.'),
        users: have.describe('Seats taken.'),
      }),
    },
    response: recommendation,
    errors: ['customer-not-found'],
    async handler({ params: { customerId }, query }, { services }) {
      const { holding } = await services.access.holding(customerId);
      if (holding === undefined) {
        throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
      }
      const counts = Object.fromEntries(
        Object.entries(query).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, BigInt(value)]],
        ),
      ) as Partial<Record<LimitId, bigint>>;
      const found = await recommend(services, holding, counts);
      return { body: bodyOf(holding, found) };
    },
  }),
];

async function recommend(
  services: Services,
  holding: Holding,
  counts: Partial<Record<LimitId, bigint>>,
): Promise<Recommendation> {
  const { customerId, plan } = holding;
  const now = services.clock.now();
  const running = monthOf(now);
  const first = addMonths(running, -FULL_MONTHS);
  const [customer, found, { totals }, agreed] = await Promise.all([
    services.billing.customerById(customerId),
    services.billing.subscriptionOf(customerId),
    services.usage.monthlyTotals(customerId, first, running),
    services.usage.termsOf(customerId),
  ]);
  const subscription = found?.subscription;
  const terms = { now, holding, counts, agreed, paymentMethod: customer?.paymentMethod ?? false };
  if (subscription === undefined || plan === null) {
    const tax = { taxRate: '0', taxInclusive: false };
    const none = { price: '0.00', coupon: null, tax, contract: null, months: [] };
    return recommendUpgrade({ ...terms, ...none, billingCycle: 'monthly' });
  }
  const { billingCycle, coupon, contract, taxRate, taxInclusive } = subscription;
  return recommendUpgrade({
    ...terms,
    billingCycle,
    price: termsAt(subscription, now).price,
    coupon,
    tax: { taxRate, taxInclusive },
    contract,
    months: usedMonths(subscription, totals, { months: monthsFromTo(first, running), now }),
  });
}

/** Months that the customer was on its subscription from beginning to end, and the running one as far as it was. */
function usedMonths(
  subscription: OpenSubscription,
  totals: readonly MeterTotal[],
  { months, now }: { readonly months: readonly Month[]; readonly now: Instant },
): UsedMonth[] {
  // On trial nothing is rated yet, and what it would cost is the question.
  const onTrial = subscription.status === 'trialing';
  const stretches = stretchesOf(subscription.segments).filter(({ counts }) => counts || onTrial);
  return months.flatMap((month) => {
    const whole = monthInterval(month);
    const coveredSeconds = covered(stretches, month, now);
    const wholeSeconds = secondsOf(whole);
    if (whole.to <= now && coveredSeconds < wholeSeconds) return [];
    const quantities = Object.fromEntries(
      totals.flatMap(({ month: of, meter, quantity, ratedQuantity }) =>
        of === month && isMeterId(meter) ? [[meter, onTrial ? quantity : ratedQuantity]] : [],
      ),
    );
    return [{ month, quantities, coveredSeconds, wholeSeconds }];
  });
}

function covered(stretches: readonly Stretch[], month: Month, now: Instant): number {
  const until = earlier(now, monthEnd(month));
  const bounds = { from: monthInterval(month).from, to: until };
  if (bounds.from >= bounds.to) return 0;
  return stretches.reduce((seconds, { from, to }) => {
    const end = to === null ? until : earlier(to, until);
    const part = from < end ? intersect({ from, to: end }, bounds) : undefined;
    return part === undefined ? seconds : seconds + secondsOf(part);
  }, 0);
}

function bodyOf({ customerId, plan }: Holding, found: Recommendation) {
  const { tier, reasons, whyNot, saving, months, limits } = found;
  return {
    customerId,
    tier: plan?.tier ?? null,
    recommendedTier: tier,
    reasons: [...reasons],
    whyNot,
    saving: saving === null ? null : asMoney(saving, BOOK_CURRENCY),
    months: months.map(monthBody),
    limits: limits.map(({ limit, used, value, percent, pressing }) => ({
      resource: limit,
      used: asCount(used),
      limit: asUnits(value),
      percent,
      pressing,
    })),
  };
}

function monthBody({ month, basis, now, higher }: MonthCosts) {
  return { period: month, basis, now: costBody(now), higher: higher.map(costBody) };
}

function costBody({ tier, fee, overage, commitment, total, saving, lines }: TierCost) {
  return {
    tier,
    fee: asMoney(fee, BOOK_CURRENCY),
    overage: asMoney(overage, BOOK_CURRENCY),
    commitment:
      commitment === null
        ? null
        : {
            committed: asMoney(commitment.committed, BOOK_CURRENCY),
            shortfall: asMoney(commitment.shortfall, BOOK_CURRENCY),
          },
    total: asMoney(total, BOOK_CURRENCY),
    saving: asMoney(saving, BOOK_CURRENCY),
    lines: lines.map(({ meter, quantity, included, billable, ownPrice, amount }) => ({
      eventType: meter,
      quantity: asCount(quantity),
      included: asCount(included),
      billable: asCount(billable),
      ownPrice,
      amount: asMoney(amount, BOOK_CURRENCY),
    })),
  };
}
