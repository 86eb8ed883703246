import { type Decision, refuse } from '../kernel/decider.ts';
import { type Instant, monthOf, monthStart } from '../kernel/time.ts';
import { periodEnd, withdrawn } from './changes.ts';
import type { CancelSubscription, Unused } from './commands.ts';
import type { Credit, SubscriptionEvent } from './events.ts';
import { unusedOf } from './proration.ts';
import { isFrozen, type OpenSubscription } from './state.ts';

/** At once, or when the paid period or the trial ends. Free has no period: it ends at once. */
export function cancel(command: CancelSubscription, state: OpenSubscription): Decision<SubscriptionEvent> {
  const { now, at, reason } = command;
  const end = periodEnd(state);
  if (at === 'periodEnd' && end !== null && state.status !== 'paused') {
    if (end <= now && state.status !== 'suspended') return notInvoiced(end);
    if (end > now) return scheduleCancellation(state, end, now, reason);
  }
  if (end !== null && end <= now && state.status === 'active') return notInvoiced(end);
  return [cancelNow(command, state)];
}

function notInvoiced(since: Instant): Decision<SubscriptionEvent> {
  return refuse('not-due', `the period that begins at ${since} is not invoiced yet; retry`);
}

function scheduleCancellation(
  state: OpenSubscription,
  at: Instant,
  now: Instant,
  reason: string,
): Decision<SubscriptionEvent> {
  if (state.cancellation?.at === at) return [];
  const { customerId, subscriptionId } = state;
  const data = { customerId, subscriptionId, at, reason };
  return [{ type: 'subscription.cancellation_scheduled', data, effectiveAt: now }];
}

function cancelNow(command: CancelSubscription, state: OpenSubscription): SubscriptionEvent {
  const { now, reason, voluntary, refund, finalInvoiceId, unused } = command;
  const { customerId, subscriptionId, tier } = state;
  const credit = restOf(state, now, unused);
  return {
    type: 'subscription.cancelled',
    data: {
      customerId,
      subscriptionId,
      tier,
      reason,
      voluntary,
      refund,
      credit,
      finalInvoiceId: state.status === 'trialing' ? null : finalInvoiceId,
    },
    effectiveAt: now,
  };
}

/** What is left of the running charge; of a frozen term, all that it had left when it was paused. */
function restOf(state: OpenSubscription, now: Instant, unused: Unused | null = null): Credit | null {
  const { charge } = state;
  if (charge === null) return null;
  const { invoiceId, amount } = charge;
  if (isFrozen(state)) return { invoiceId, amount };
  return charge.to <= now ? null : { invoiceId, amount: unusedOf(charge, now, unused) };
}

/** The scheduled end has come. A month's usage is on its monthly invoice; within a month it is billed at once. */
export function applyCancellation(
  { now, finalInvoiceId }: { readonly now: Instant; readonly finalInvoiceId: string },
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { cancellation, status } = state;
  if (cancellation === null) return refuse('not-due', 'no cancellation is scheduled');
  if (now < cancellation.at) return refuse('not-due', `the subscription ends at ${cancellation.at}`);
  if (isFrozen(state)) return refuse('not-due', 'the term is paused');
  const { at } = cancellation;
  const billedByMonth = status === 'trialing' || at === monthStart(monthOf(at));
  return [cancelledAt(state, at, billedByMonth ? null : finalInvoiceId)];
}

/** The end of a subscription whose charge has run out. */
export function cancelledAt(
  state: OpenSubscription,
  at: Instant,
  finalInvoiceId: string | null,
): SubscriptionEvent {
  const { customerId, subscriptionId, tier, cancellation } = state;
  const end = { reason: cancellation?.reason ?? '', voluntary: true, refund: 'none' } as const;
  const data = { customerId, subscriptionId, tier, ...end, credit: null, finalInvoiceId };
  return { type: 'subscription.cancelled', data, effectiveAt: at };
}

/** Takes a scheduled end back; nothing if none is scheduled. */
export function withdrawCancellation(now: Instant, state: OpenSubscription): Decision<SubscriptionEvent> {
  return state.cancellation === null ? [] : [withdrawn(state, now)];
}
