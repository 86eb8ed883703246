import fc from 'fast-check';
import { addMillis } from '../../domain/kernel/time.ts';
import type { SubscriptionCommand } from '../../domain/subscriptions/decider.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { changeTier, stored, subscribed } from '../support/events.ts';

export const START = '2026-01-10T12:00:00.000Z';
const HOUR_MS = 3_600_000;

const step = fc.record({
  hours: fc.integer({ min: 1, max: 900 }),
  tier: fc.constantFrom('free', 'starter', 'growth', 'pro', 'enterprise'),
  change: fc.boolean(),
});

const story = fc.record({
  tier: fc.constantFrom('free', 'starter', 'growth', 'pro'),
  annual: fc.boolean(),
  trial: fc.boolean(),
  later: fc.integer({ min: 0, max: 2000 }),
  steps: fc.array(step, { maxLength: 10 }),
});

function commandsOf(start: string, steps: readonly { hours: number; tier: string; change: boolean }[]) {
  let now = start;
  return steps.flatMap(({ hours, tier, change }, index): SubscriptionCommand[] => {
    now = addMillis(now, hours * HOUR_MS);
    return [
      { type: 'convertTrial', now, invoiceId: 'inv-trial' },
      { type: 'applyScheduledChange', now },
      { type: 'renewSubscription', upTo: now, invoiceId: `inv-${index}` },
      ...(change ? [changeTier(now, tier)] : []),
    ];
  });
}

/** Logs of a few customers who subscribe, change and renew; what is refused leaves no event. */
export const planLogs: fc.Arbitrary<StoredEvent[]> = fc
  .array(story, { minLength: 1, maxLength: 5 })
  .map((stories) =>
    stored(
      stories.flatMap(({ tier, annual, trial, later, steps }, index) => {
        const now = addMillis(START, later * HOUR_MS);
        const billingCycle = annual ? 'annual' : 'monthly';
        const trialDays = trial && tier !== 'free' ? 14 : 0;
        const signUp = { now, tier, billingCycle, trialDays } as const;
        return subscribed(`c${index}`, signUp, commandsOf(now, steps), 'leaves nothing');
      }),
    ),
  );
