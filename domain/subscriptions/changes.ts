import { isTier, tierRank } from '../catalogue/catalogue.ts';
import type { Tier } from '../catalogue/types.ts';
import { type Decision, refuse } from '../kernel/decider.ts';
import { decimal } from '../kernel/money.ts';
import { dayOf, type Instant, monthEnd, monthOf } from '../kernel/time.ts';
import type { ChangeSubscriptionTier } from './commands.ts';
import { contractFault } from './contracts.ts';
import type { Charge, Contract, SubscriptionEvent } from './events.ts';
import { anchorOf, chargeFor, firstCharge, termsOf } from './pricing.ts';
import { fullPeriod, unusedOf } from './proration.ts';
import {
  evolveSubscription,
  isFree,
  isFrozen,
  type OpenSubscription,
  type SubscriptionTerms,
} from './state.ts';

type Cycle = 'monthly' | 'annual';

/** What a customer wants to be on. */
interface Wish {
  readonly tier: Tier;
  readonly billingCycle: Cycle;
  readonly contract: Contract | null;
}

/**
 * Now, at the end of the period, or not at all: asking for the present plan withdraws what is scheduled (SUB-9,
 * SUB-10, SUB-18). Refuses: unknown-tier, not-due, and what is wrong with a contract.
 */
export function changeTier(
  command: ChangeSubscriptionTier,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { newTier, now, contract = null } = command;
  if (!isTier(newTier) || !isTier(state.tier)) return unknownTier(newTier, 'newTier');
  const fault = contractFault(newTier, contract);
  if (fault !== undefined) return fault;
  const billingCycle = command.billingCycle ?? state.billingCycle;
  const wish = { tier: newTier, billingCycle, contract };
  const same = isSame(state, wish);
  if (same && state.scheduled === null && state.cancellation === null) return [];
  const begun = periodEnd(state);
  if (begun !== null && begun <= now) {
    return refuse('not-due', `the period that begins at ${begun} is not invoiced yet; retry`);
  }
  // Asking for what one is on changes nothing, except that it withdraws what is scheduled.
  if (same) return withdrawals(state, now);
  const rises = tierRank(newTier) > tierRank(state.tier) || (newTier === state.tier && isDearer(state, wish));
  const when = command.effectiveAt ?? (rises ? 'now' : 'periodEnd');
  const events = when === 'periodEnd' ? schedule(state, wish, now) : changeAtOnce(state, wish, command);
  return state.cancellation === null ? events : [withdrawn(state, now), ...events];
}

/** Where the paid period or the trial ends; null on Free. */
export function periodEnd(state: OpenSubscription): Instant | null {
  return state.charge?.to ?? state.trialEndsAt;
}

function isSame(state: OpenSubscription, { tier, billingCycle, contract }: Wish): boolean {
  if (state.tier !== tier || state.billingCycle !== billingCycle) return false;
  return contract === null || contract.contractId === state.contract?.contractId;
}

/** A new contract, or a longer term, is taken up at once; back to months at the end of the term. */
function isDearer(state: OpenSubscription, { billingCycle, contract }: Wish): boolean {
  if (contract !== null && contract.contractId !== state.contract?.contractId) return true;
  return state.billingCycle === 'monthly' && billingCycle === 'annual';
}

/** Takes back what is scheduled, if anything. */
function withdrawals(state: OpenSubscription, now: Instant): SubscriptionEvent[] {
  const events: SubscriptionEvent[] = state.cancellation === null ? [] : [withdrawn(state, now)];
  if (state.scheduled === null) return events;
  const { customerId, subscriptionId } = state;
  const data = { customerId, subscriptionId, toTier: state.scheduled.toTier };
  return [...events, { type: 'subscription.scheduled_change_cancelled', data, effectiveAt: now }];
}

/** The scheduled end is off. */
export function withdrawn(
  { customerId, subscriptionId }: OpenSubscription,
  effectiveAt: Instant,
): SubscriptionEvent {
  return { type: 'subscription.cancellation_withdrawn', data: { customerId, subscriptionId }, effectiveAt };
}

function schedule(state: OpenSubscription, wish: Wish, now: Instant): SubscriptionEvent[] {
  const at = periodEnd(state) ?? monthEnd(monthOf(now));
  const { customerId, subscriptionId, tier, scheduled } = state;
  const { tier: toTier, billingCycle: toBillingCycle, contract } = wish;
  const known =
    scheduled?.toTier === toTier &&
    scheduled.toBillingCycle === toBillingCycle &&
    scheduled.contract?.contractId === contract?.contractId;
  if (known && scheduled.at === at) return [];
  const data = { customerId, subscriptionId, fromTier: tier, toTier, toBillingCycle, contract, at };
  return [{ type: 'subscription.change_scheduled', data, effectiveAt: now }];
}

function changeAtOnce(
  state: OpenSubscription,
  wish: Wish,
  command: ChangeSubscriptionTier,
): SubscriptionEvent[] {
  const change = changeNow(state, wish, command);
  if (wish.tier !== 'enterprise' || state.tier === 'enterprise') return [change];
  const { customerId, subscriptionId } = state;
  const data = { customerId, subscriptionId };
  return [change, { type: 'subscription.tenant_requested', data, effectiveAt: command.now }];
}

function changeNow(
  state: OpenSubscription,
  wish: Wish,
  { now, invoiceId, prorate: mode, unused }: ChangeSubscriptionTier,
): SubscriptionEvent {
  const terms = termsOf(state, wish, state.coupon, now);
  const common = { ...terms, fromTier: state.tier };
  const type = 'subscription.changed';
  const settled = { charge: null, credit: null, settlement: 'none' } as const;
  if (state.status === 'trialing') return { type, data: { ...common, ...settled }, effectiveAt: now };
  const running = state.charge;
  if (running === null) {
    const charge = firstCharge(terms, now, invoiceId, 'change');
    const settlement = charge === null ? 'none' : 'invoice';
    return { type, data: { ...common, charge, credit: null, settlement }, effectiveAt: now };
  }
  const rest = unusedOf(running, now, unused);
  const credit = { invoiceId: running.invoiceId, amount: rest };
  const charge = isFree(terms) ? null : restCharge(terms, state, running, now, invoiceId);
  const settlement = settlementOf(charge, rest, mode);
  // A credit note, or a deferred proration, lets the running invoice's stream earn the new charge.
  const onRunning = settlement === 'invoice' ? charge : onInvoice(charge, running.invoiceId);
  return { type, data: { ...common, charge: onRunning, credit, settlement }, effectiveAt: now };
}

function settlementOf(charge: Charge | null, unused: string, mode: 'invoice' | 'nextInvoice') {
  if (charge === null || decimal(charge.amount).lt(unused)) return 'creditNote';
  return mode;
}

function onInvoice(charge: Charge | null, invoiceId: string): Charge | null {
  return charge === null ? null : { ...charge, invoiceId };
}

/** The rest of the period at the new price; another billing cycle begins a period of its own. */
function restCharge(
  terms: SubscriptionTerms,
  state: OpenSubscription,
  running: Charge,
  now: Instant,
  invoiceId: string,
): Charge | null {
  if (terms.billingCycle !== state.billingCycle) return firstCharge(terms, now, invoiceId, 'change');
  const whole = fullPeriod(terms.billingCycle, anchorOf(state, running.from), now);
  return chargeFor(terms, { from: now, to: running.to }, whole, invoiceId, 'change');
}

/** The scheduled change has come. Refuses: not-due. */
export function applyScheduled(now: Instant, state: OpenSubscription): Decision<SubscriptionEvent> {
  if (state.scheduled === null) return refuse('not-due', 'no change is scheduled');
  if (now < state.scheduled.at) return refuse('not-due', `the change is due at ${state.scheduled.at}`);
  if (isFrozen(state)) return refuse('not-due', 'the term is paused');
  if (state.status === 'suspended' && state.charge === null) {
    return refuse('not-due', 'an invoice is overdue; a new charge waits until it is paid');
  }
  return [scheduledChange(state, state.scheduled, state.scheduled.at)];
}

/**
 * At the end of a paid period or a trial the renewal or conversion charges for the new plan. From Free nothing
 * follows, so the change itself begins to charge, like a sign-up; its invoice is named after what it begins.
 */
function scheduledChange(
  state: OpenSubscription,
  scheduled: NonNullable<OpenSubscription['scheduled']>,
  at: Instant,
): SubscriptionEvent {
  const { toTier, toBillingCycle, contract } = scheduled;
  const wish = { tier: toTier as Tier, billingCycle: toBillingCycle, contract };
  const terms = termsOf(state, wish, state.coupon, at);
  const fromFree = state.status === 'active' && state.charge === null;
  const charge = fromFree ? firstCharge(terms, at, `${state.subscriptionId}.${dayOf(at)}`, 'change') : null;
  const settlement = charge === null ? 'none' : 'invoice';
  const data = { ...terms, fromTier: state.tier, charge, credit: null, settlement } as const;
  return { type: 'subscription.changed', data, effectiveAt: at };
}

/** A scheduled change that is due at the start of a period, and the subscription after it. */
export function changedBy(
  state: OpenSubscription,
  at: Instant,
): { events: SubscriptionEvent[]; current: OpenSubscription } {
  if (state.scheduled === null || state.scheduled.at > at) return { events: [], current: state };
  const change = scheduledChange(state, state.scheduled, at);
  return { events: [change], current: evolveSubscription(state, change) as OpenSubscription };
}

export function unknownTier(tier: string, field: string): Decision<SubscriptionEvent> {
  return refuse('unknown-tier', `there is no tier "${tier.slice(0, 40)}"; see getTierComparison`, field);
}
