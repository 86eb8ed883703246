import { catalogueAt, isTier } from '../catalogue/catalogue.ts';
import { type Decider, type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import { addCalendarMonths, later } from '../kernel/time.ts';
import { applyCancellation, cancel, cancelledAt, withdrawCancellation } from './cancellation.ts';
import { applyScheduled, changedBy, changeTier, unknownTier } from './changes.ts';
import type { ApplyCoupon, CreateSubscription, SubscriptionCommand } from './commands.ts';
import { contractFault } from './contracts.ts';
import type { SubscriptionEvent } from './events.ts';
import { pause, resume } from './pauses.ts';
import { anchorOf, chargeFor, firstCharge, termsAt, termsOf } from './pricing.ts';
import { fullPeriod, trialEnd } from './proration.ts';
import {
  evolveSubscription,
  noSubscription,
  type OpenSubscription,
  type SubscriptionState,
} from './state.ts';

export type { SubscriptionCommand } from './commands.ts';

export const subscriptionDecider: Decider<SubscriptionState, SubscriptionCommand, SubscriptionEvent> = {
  initialState: noSubscription,
  decide,
  evolve: evolveSubscription,
};

function decide(command: SubscriptionCommand, state: SubscriptionState): Decision<SubscriptionEvent> {
  if (command.type === 'createSubscription') return create(command, state);
  if (state.status === 'none') return notFound('the customer has no subscription; create one first');
  switch (command.type) {
    // What the clock asks for comes to nothing on a subscription that has ended or rests.
    case 'convertTrial':
      return convertTrial(command, state);
    case 'applyScheduledChange':
      return applyScheduled(command.now, state);
    case 'renewSubscription':
      return renew(command, state);
    case 'applyCancellation':
      return applyCancellation(command, state);
    case 'settleOverdue':
      return settleOverdue(command, state);
    case 'billProrations':
      return billProrations(command, state);
    default:
      return decideWhileOpen(command, state);
  }
}

type OnRequest = Exclude<
  SubscriptionCommand,
  {
    type:
      | 'createSubscription'
      | 'convertTrial'
      | 'applyScheduledChange'
      | 'renewSubscription'
      | 'applyCancellation'
      | 'settleOverdue'
      | 'billProrations';
  }
>;

function decideWhileOpen(command: OnRequest, state: OpenSubscription): Decision<SubscriptionEvent> {
  if (state.status === 'cancelled') return notFound('the subscription has ended; create a new one');
  switch (command.type) {
    case 'changeSubscriptionTier':
      return restingRefusal(state) ?? changeTier(command, state);
    case 'applyCoupon':
      return applyCoupon(command, state);
    case 'cancelSubscription':
      return cancel(command, state);
    case 'pauseSubscription':
      return restingRefusal(state) ?? pause(command, state);
    case 'resumeSubscription':
      if (state.status === 'suspended' || state.overdue.length > 0) return suspended();
      return state.status === 'paused' ? resume(command, state) : withdrawCancellation(command.now, state);
    case 'suspendSubscription':
      return suspend(command, state);
  }
}

function notFound(detail: string): Refusal {
  return refuse('subscription-not-found', detail, 'customerId');
}

function suspended(): Refusal {
  return refuse('subscription-suspended', 'an invoice is overdue; it must be paid first', 'customerId');
}

function restingRefusal({ status }: OpenSubscription): Refusal | undefined {
  if (status === 'suspended') return suspended();
  if (status !== 'paused') return undefined;
  return refuse('subscription-paused', 'the subscription is paused; resume it first', 'customerId');
}

function create(command: CreateSubscription, state: SubscriptionState): Decision<SubscriptionEvent> {
  if (state.status !== 'none' && state.status !== 'cancelled') {
    return refuse(
      'subscription-exists',
      `the customer is on ${state.tier}; change its tier instead`,
      'customerId',
    );
  }
  const { tier, billingCycle, contract = null, trialDays } = command;
  if (!isTier(tier)) return unknownTier(tier, 'tier');
  if (trialDays > 0 && catalogueAt(command.now).tiers[tier].trialDays === 0) {
    return refuse('trial-not-available', `the tier ${tier} has no trial`, 'trialDays');
  }
  const fault = contractFault(tier, contract);
  if (fault !== undefined) return fault;
  // A sign-up that a crash held up does not reach back into what came before it.
  const ended = state.status === 'none' ? command.now : (state.segments.at(-1)?.from ?? command.now);
  const now = later(command.now, ended);
  const terms = termsOf({ taxInclusive: false, ...command }, { tier, billingCycle, contract }, null, now);
  const onTrial = trialDays > 0;
  const data = {
    ...terms,
    trialEndsAt: onTrial ? trialEnd(now, trialDays) : null,
    charge: onTrial ? null : firstCharge(terms, now, command.invoiceId, 'signup'),
  };
  return [{ type: 'subscription.started', data, effectiveAt: now }];
}

function convertTrial(
  command: Extract<SubscriptionCommand, { type: 'convertTrial' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  if (state.status !== 'trialing' || state.trialEndsAt === null) {
    return refuse('not-due', 'the subscription is not on trial');
  }
  if (command.now < state.trialEndsAt) return refuse('not-due', `the trial ends at ${state.trialEndsAt}`);
  const at = state.trialEndsAt;
  if (state.cancellation !== null) return [cancelledAt(state, at, null)];
  const { events, current } = changedBy(state, at);
  const terms = termsAt(current, at);
  const charge = firstCharge(terms, at, command.invoiceId, 'trial-conversion');
  if (charge === null) return events;
  return [...events, { type: 'subscription.trial_converted', data: { ...terms, charge }, effectiveAt: at }];
}

function renew(
  command: Extract<SubscriptionCommand, { type: 'renewSubscription' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  if (state.status !== 'active' || state.charge === null || state.charge.to > command.upTo) return [];
  const from = state.charge.to;
  if (state.cancellation !== null && state.cancellation.at <= from) return [];
  const { events, current } = changedBy(state, from);
  if (current.charge === null) return events;
  const terms = termsAt(current, from);
  const whole = fullPeriod(terms.billingCycle, anchorOf(current, from), from);
  // An annual term that went over to months ends within one: its rest is charged first.
  const charge = chargeFor(terms, { from, to: whole.to }, whole, command.invoiceId, 'renewal');
  return [...events, { type: 'subscription.renewed', data: { ...terms, charge }, effectiveAt: from }];
}

function applyCoupon(command: ApplyCoupon, state: OpenSubscription): Decision<SubscriptionEvent> {
  const { now, couponId, percentOff, months } = command;
  const { coupon, customerId, subscriptionId } = state;
  if (coupon !== null && (coupon.until === null || coupon.until > now)) {
    const isSame =
      coupon.couponId === couponId && coupon.percentOff === percentOff && coupon.months === months;
    return isSame ? [] : refuse('coupon-active', `the coupon ${coupon.couponId} still holds`, 'couponId');
  }
  const next = later(now, state.charge?.to ?? state.trialEndsAt ?? now);
  const until = months === null ? null : addCalendarMonths(next, months);
  const data = { customerId, subscriptionId, couponId, percentOff, months, from: now, until };
  return [{ type: 'subscription.coupon_applied', data, effectiveAt: now }];
}

/** A pause stays one; it cannot be ended before the invoice is paid. */
function suspend(
  { now, invoiceId }: Extract<SubscriptionCommand, { type: 'suspendSubscription' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { status, overdue, customerId, subscriptionId } = state;
  const holds = status === 'active' || status === 'suspended' || status === 'paused';
  if (!holds || overdue.includes(invoiceId)) return [];
  const data = { customerId, subscriptionId, invoiceId };
  return [{ type: 'subscription.suspended', data, effectiveAt: now }];
}

function settleOverdue(
  { now, invoiceId }: Extract<SubscriptionCommand, { type: 'settleOverdue' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { status, overdue, customerId, subscriptionId } = state;
  if (!overdue.includes(invoiceId)) return [];
  const common = { customerId, subscriptionId };
  const settled: SubscriptionEvent = {
    type: 'subscription.overdue_settled',
    data: { ...common, invoiceId },
    effectiveAt: now,
  };
  if (overdue.length > 1 || status !== 'suspended') return [settled];
  return [settled, { type: 'subscription.reinstated', data: common, effectiveAt: now }];
}

function billProrations(
  { now, invoiceId, period, before }: Extract<SubscriptionCommand, { type: 'billProrations' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { customerId, subscriptionId } = state;
  // In the order of the changes: what is billed is the front of what waits.
  const billed = state.prorations.filter(({ at }) => before === null || at < before);
  if (billed.length === 0) return [];
  const prorations = billed.map(({ at: _at, ...line }) => line);
  const data = { customerId, subscriptionId, invoiceId, period, prorations };
  return [{ type: 'subscription.prorations_billed', data, effectiveAt: now }];
}
