import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../domain/kernel/decider.ts';
import { addMonths, monthStart } from '../../domain/kernel/time.ts';
import { type SubscriptionCommand, subscriptionDecider } from '../../domain/subscriptions/decider.ts';
import type { SubscriptionEvent } from '../../domain/subscriptions/events.ts';
import {
  evolveSubscription,
  noSubscription,
  type OpenSubscription,
  type SubscriptionState,
} from '../../domain/subscriptions/state.ts';
import { isPending, scheduledMovements } from '../../projections/mrr/committed.ts';
import { arrMinor } from '../../projections/mrr/recurring.ts';
import { planLogs } from './random-plans.ts';

const AHEAD = 40;

/** The subscription once everything that is agreed has come, with nothing asked for meanwhile. */
function afterwards(state: OpenSubscription, from: string): OpenSubscription {
  let current: SubscriptionState = state;
  for (let index = 0; index < AHEAD; index += 1) {
    const now = monthStart(addMonths(from.slice(0, 7), index + 1));
    const invoiceId = `later-${index}`;
    const due: SubscriptionCommand[] = [
      { type: 'applyCancellation', now, finalInvoiceId: invoiceId },
      { type: 'applyScheduledChange', now },
      { type: 'renewSubscription', upTo: now, invoiceId },
    ];
    for (const command of due) {
      const events = subscriptionDecider.decide(command, current);
      if (!isRefusal(events)) current = events.reduce(evolveSubscription, current);
    }
  }
  return current as OpenSubscription;
}

describe('committed MRR', () => {
  it('is what MRR comes to once everything that is agreed has come', () => {
    let pending = 0;
    fc.assert(
      fc.property(planLogs, (log) => {
        for (const own of Map.groupBy(log, ({ metadata }) => metadata.customerId).values()) {
          const events = own.map(
            ({ type, data, metadata }) =>
              ({ type, data, effectiveAt: metadata.effectiveAt }) as SubscriptionEvent,
          );
          const state = events.reduce<SubscriptionState>(evolveSubscription, noSubscription);
          // A trial is in no sum, a pause may last, and who owes is not renewed until it pays.
          if (state.status !== 'active') continue;
          const scheduled = scheduledMovements(state);
          if (scheduled.length > 0) pending += 1;
          expect(scheduled.length === 0 || isPending(state)).toBe(true);
          const committed = scheduled.reduce((sum, { delta }) => sum + delta.arrMinor, arrMinor(state));
          const last = own.at(-1)?.metadata.effectiveAt ?? '';
          expect(committed).toBe(arrMinor(afterwards(state, last)));
        }
      }),
      { numRuns: 300 },
    );
    expect(pending).toBeGreaterThan(20);
  });
});
