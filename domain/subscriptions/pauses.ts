import { type Decision, refuse } from '../kernel/decider.ts';
import { addMillis, type Instant, toMillis } from '../kernel/time.ts';
import type { Unused } from './commands.ts';
import type { Charge, SubscriptionEvent } from './events.ts';
import { firstCharge, termsAt } from './pricing.ts';
import { unusedOf } from './proration.ts';
import type { OpenSubscription, SubscriptionTerms } from './state.ts';

/** A month's rest is credited (SUB-12); an annual term freezes and its end moves by the pause. */
export function pause(
  { now, unused }: { readonly now: Instant; readonly unused?: Unused | null },
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { status, charge, customerId, subscriptionId, tier, billingCycle } = state;
  if (status !== 'active' || charge === null) {
    const what = status === 'trialing' ? 'a trial' : 'the Free tier';
    return refuse('not-pausable', `${what} cannot be paused; cancel it instead`, 'customerId');
  }
  if (charge.to <= now) {
    return refuse('not-due', `the period that begins at ${charge.to} is not invoiced yet; retry`);
  }
  const credit = { invoiceId: charge.invoiceId, amount: unusedOf(charge, now, unused) };
  const data = { customerId, subscriptionId, tier, billingCycle, credit };
  return [{ type: 'subscription.paused', data, effectiveAt: now }];
}

/** At the price that was agreed. What was scheduled for the end of the period stays, at its moved end. */
export function resume(
  { now, invoiceId }: { readonly now: Instant; readonly invoiceId: string },
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const terms = termsAt(state, now);
  const charge =
    state.charge === null
      ? firstCharge(terms, now, invoiceId, 'resume')
      : moved(state.charge, state, terms, now);
  if (charge === null) return refuse('not-pausable', 'the Free tier is never paused', 'customerId');
  return [{ type: 'subscription.resumed', data: { ...terms, charge }, effectiveAt: now }];
}

/** The frozen rest of a term, from now on for as long as was left of it. */
function moved(frozen: Charge, state: OpenSubscription, terms: SubscriptionTerms, now: Instant): Charge {
  const left = toMillis(frozen.to) - toMillis(state.pausedAt ?? frozen.from);
  return { ...frozen, kind: 'resume', from: now, to: addMillis(now, left), fullPrice: terms.price };
}
