import fc from 'fast-check';
import { addMillis } from '../../domain/kernel/time.ts';
import type { SubscriptionCommand } from '../../domain/subscriptions/decider.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { changeTier, stored, subscribed } from '../support/events.ts';

export const START = '2026-01-10T12:00:00.000Z';
const HOUR_MS = 3_600_000;

const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'] as const;
const DEEDS = [
  'none',
  'change',
  'pause',
  'resume',
  'cancel',
  'cancelLater',
  'return',
  'coupon',
  'suspend',
] as const;

interface Step {
  readonly hours: number;
  readonly tier: (typeof TIERS)[number];
  readonly deed: (typeof DEEDS)[number];
}

const step: fc.Arbitrary<Step> = fc.record({
  hours: fc.integer({ min: 1, max: 900 }),
  tier: fc.constantFrom(...TIERS),
  deed: fc.constantFrom(...DEEDS),
});

const story = fc.record({
  tier: fc.constantFrom('free', 'starter', 'growth', 'pro'),
  annual: fc.boolean(),
  trial: fc.boolean(),
  later: fc.integer({ min: 0, max: 2000 }),
  steps: fc.array(step, { maxLength: 12 }),
});

/** What is due at an instant comes first, then what the customer, or dunning, does. */
function commandsOf(customerId: string, start: string, steps: readonly Step[]): SubscriptionCommand[] {
  let now = start;
  return steps.flatMap(({ hours, tier, deed }, index): SubscriptionCommand[] => {
    now = addMillis(now, hours * HOUR_MS);
    const invoiceId = `inv-${customerId}-${index}`;
    return [
      { type: 'convertTrial', now, invoiceId },
      { type: 'applyCancellation', now, finalInvoiceId: `${invoiceId}-end` },
      { type: 'applyScheduledChange', now },
      { type: 'renewSubscription', upTo: now, invoiceId },
      ...deedOf(customerId, now, `${invoiceId}-deed`, { tier, deed }),
    ];
  });
}

function deedOf(
  customerId: string,
  now: string,
  invoiceId: string,
  { tier, deed }: Pick<Step, 'tier' | 'deed'>,
): SubscriptionCommand[] {
  const leave = { type: 'cancelSubscription', now, refund: 'none', finalInvoiceId: invoiceId } as const;
  const back = { customerId, subscriptionId: `sub-${customerId}-2`, currency: 'USD', taxRate: '0.08' };
  switch (deed) {
    case 'none':
      return [];
    case 'change':
      return [changeTier(now, tier, invoiceId)];
    case 'pause':
      return [{ type: 'pauseSubscription', now, unused: null }];
    case 'resume':
      return [{ type: 'resumeSubscription', now, invoiceId }];
    case 'cancel':
      return [{ ...leave, at: 'now', reason: 'dunning', voluntary: tier === 'free', unused: null }];
    case 'cancelLater':
      return [{ ...leave, at: 'periodEnd', reason: 'no need', voluntary: true, unused: null }];
    case 'return':
      return [
        { type: 'createSubscription', now, ...back, tier, billingCycle: 'monthly', trialDays: 0, invoiceId },
      ];
    case 'coupon':
      return [
        { type: 'applyCoupon', now, couponId: 'half', percentOff: tier === 'pro' ? '100' : '50', months: 2 },
      ];
    case 'suspend':
      return [{ type: 'suspendSubscription', now, invoiceId }];
  }
}

/** Logs of a few customers who subscribe, change, pause, leave and return; what is refused leaves no event. */
export const planLogs: fc.Arbitrary<StoredEvent[]> = fc
  .array(story, { minLength: 1, maxLength: 5 })
  .map((stories) =>
    stored(
      stories.flatMap(({ tier, annual, trial, later, steps }, index) => {
        const now = addMillis(START, later * HOUR_MS);
        const billingCycle = annual ? 'annual' : 'monthly';
        const trialDays = trial && tier !== 'free' ? 14 : 0;
        const signUp = { now, tier, billingCycle, trialDays } as const;
        const customerId = `c${index}`;
        return subscribed(customerId, signUp, commandsOf(customerId, now, steps), 'leaves nothing');
      }),
    ),
  );
