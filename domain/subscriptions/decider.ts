import { catalogueAt, isTier, priceOf, tierRank } from '../catalogue/catalogue.ts';
import type { Tier } from '../catalogue/types.ts';
import { type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { centsString, decimal } from '../kernel/money.ts';
import { dayOf, type Instant, monthEnd, monthOf } from '../kernel/time.ts';
import type { Charge, SubscriptionEvent } from './events.ts';
import { fullPeriod, prorate, trialEnd, unearned } from './proration.ts';
import {
  evolveSubscription,
  noSubscription,
  type OpenSubscription,
  type SubscriptionState,
  type SubscriptionTerms,
} from './state.ts';

type Cycle = 'monthly' | 'annual';

export type SubscriptionCommand =
  | {
      readonly type: 'createSubscription';
      readonly now: Instant;
      readonly customerId: string;
      readonly subscriptionId: string;
      readonly invoiceId: string;
      readonly tier: string;
      readonly billingCycle: Cycle;
      readonly trialDays: number;
      readonly currency: string;
      readonly taxRate: string;
    }
  | { readonly type: 'convertTrial'; readonly now: Instant; readonly invoiceId: string }
  | {
      readonly type: 'changeSubscriptionTier';
      readonly now: Instant;
      readonly invoiceId: string;
      readonly newTier: string;
      /** Upgrades default to `now`, downgrades to `periodEnd`. */
      readonly effectiveAt: 'now' | 'periodEnd' | null;
      readonly prorate: 'invoice' | 'nextInvoice';
    }
  | { readonly type: 'applyScheduledChange'; readonly now: Instant }
  /** Bills the month or term that begins where the latest charge ends, once that is at or before `upTo`. */
  | { readonly type: 'renewSubscription'; readonly upTo: Instant; readonly invoiceId: string };

export const subscriptionDecider: Decider<SubscriptionState, SubscriptionCommand, SubscriptionEvent> = {
  initialState: noSubscription,
  decide,
  evolve: evolveSubscription,
};

function decide(command: SubscriptionCommand, state: SubscriptionState): Decision<SubscriptionEvent> {
  if (command.type === 'createSubscription') return create(command, state);
  if (state.status === 'none') {
    return refuse(
      'subscription-not-found',
      'the customer has no subscription; create one first',
      'customerId',
    );
  }
  switch (command.type) {
    case 'convertTrial':
      return convertTrial(command, state);
    case 'changeSubscriptionTier':
      return changeTier(command, state);
    case 'applyScheduledChange':
      return applyScheduled(command.now, state);
    case 'renewSubscription':
      return renew(command, state);
  }
}

function create(
  command: Extract<SubscriptionCommand, { type: 'createSubscription' }>,
  state: SubscriptionState,
): Decision<SubscriptionEvent> {
  if (state.status !== 'none') {
    return refuse(
      'subscription-exists',
      `the customer is on ${state.tier}; change its tier instead`,
      'customerId',
    );
  }
  if (!isTier(command.tier)) return unknownTier(command.tier, 'tier');
  const catalogue = catalogueAt(command.now);
  if (command.trialDays > 0 && catalogue.tiers[command.tier].trialDays === 0) {
    return refuse('trial-not-available', `the tier ${command.tier} has no trial`, 'trialDays');
  }
  const terms = termsOf(command, command.tier, command.billingCycle, command.now);
  const onTrial = command.trialDays > 0;
  const data = {
    ...terms,
    trialEndsAt: onTrial ? trialEnd(command.now, command.trialDays) : null,
    charge: onTrial ? null : firstCharge(terms, command.now, command.invoiceId, 'signup'),
  };
  return [{ type: 'subscription.started', data, effectiveAt: command.now }];
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
  const { events, current } = changedBy(state, at);
  const terms = currentTerms(current);
  const charge = firstCharge(terms, at, command.invoiceId, 'trial-conversion');
  if (charge === null) return events;
  return [...events, { type: 'subscription.trial_converted', data: { ...terms, charge }, effectiveAt: at }];
}

function changeTier(
  command: Extract<SubscriptionCommand, { type: 'changeSubscriptionTier' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  const { newTier, now } = command;
  if (!isTier(newTier) || !isTier(state.tier)) return unknownTier(newTier, 'newTier');
  if (command.prorate === 'nextInvoice') {
    return refuse('proration-mode-not-available', 'this version invoices a proration at once', 'prorate');
  }
  const upgrade = tierRank(newTier) > tierRank(state.tier);
  const when = command.effectiveAt ?? (upgrade ? 'now' : 'periodEnd');
  if (newTier === state.tier && state.scheduled === null) return [];
  const begun = state.charge?.to ?? state.trialEndsAt;
  if (begun !== null && begun <= now) {
    return refuse('not-due', `the period that begins at ${begun} is not invoiced yet; retry`);
  }
  if (newTier === state.tier) return keepTier(state, now);
  if (when === 'periodEnd') return schedule(state, newTier, now);
  if (!upgrade && state.status === 'active') {
    return refuse(
      'downgrade-not-immediate',
      'a downgrade takes effect at the end of the paid period; leave effectiveAt out or send periodEnd',
      'effectiveAt',
    );
  }
  return changeNow(state, newTier, command);
}

/** Asking for the tier one is on changes nothing, except that it withdraws a scheduled change. */
function keepTier(state: OpenSubscription, now: Instant): Decision<SubscriptionEvent> {
  if (state.scheduled === null) return [];
  const { customerId, subscriptionId } = state;
  const data = { customerId, subscriptionId, toTier: state.scheduled.toTier };
  return [{ type: 'subscription.scheduled_change_cancelled', data, effectiveAt: now }];
}

function schedule(state: OpenSubscription, newTier: Tier, now: Instant): Decision<SubscriptionEvent> {
  const at = state.charge?.to ?? state.trialEndsAt ?? monthEnd(monthOf(now));
  if (state.scheduled?.toTier === newTier && state.scheduled.at === at) return [];
  const { customerId, subscriptionId, tier } = state;
  const data = { customerId, subscriptionId, fromTier: tier, toTier: newTier, at };
  return [{ type: 'subscription.change_scheduled', data, effectiveAt: now }];
}

function changeNow(
  state: OpenSubscription,
  newTier: Tier,
  command: Extract<SubscriptionCommand, { type: 'changeSubscriptionTier' }>,
): Decision<SubscriptionEvent> {
  const { now, invoiceId } = command;
  const terms = termsOf(state, newTier, state.billingCycle, now);
  const fromTier = state.tier;
  if (state.status === 'trialing') {
    return [
      {
        type: 'subscription.changed',
        data: { ...terms, fromTier, charge: null, credit: null },
        effectiveAt: now,
      },
    ];
  }
  const running = state.charge;
  const charge =
    running === null
      ? firstCharge(terms, now, invoiceId, 'change')
      : restOfPeriod(terms, state.anchor ?? running.from, { from: now, to: running.to }, invoiceId);
  const credit = running === null ? null : { invoiceId: running.invoiceId, amount: unearned(running, now) };
  return [{ type: 'subscription.changed', data: { ...terms, fromTier, charge, credit }, effectiveAt: now }];
}

function applyScheduled(now: Instant, state: OpenSubscription): Decision<SubscriptionEvent> {
  if (state.scheduled === null) return refuse('not-due', 'no change is scheduled');
  if (now < state.scheduled.at) return refuse('not-due', `the change is due at ${state.scheduled.at}`);
  return [scheduledChange(state, state.scheduled.toTier, state.scheduled.at)];
}

/**
 * At the end of a paid period or a trial the renewal or conversion charges for the new tier. From Free nothing
 * follows, so the change itself begins to charge, like a sign-up; its invoice is named after what it begins.
 */
function scheduledChange(state: OpenSubscription, toTier: string, at: Instant): SubscriptionEvent {
  const terms = termsOf(state, toTier as Tier, state.billingCycle, at);
  const fromFree = state.status === 'active' && state.charge === null;
  const charge = fromFree ? firstCharge(terms, at, `${state.subscriptionId}.${dayOf(at)}`, 'change') : null;
  const data = { ...terms, fromTier: state.tier, charge, credit: null };
  return { type: 'subscription.changed', data, effectiveAt: at };
}

/** A scheduled change that is due at the start of a period, and the subscription after it. */
function changedBy(
  state: OpenSubscription,
  at: Instant,
): { events: SubscriptionEvent[]; current: OpenSubscription } {
  if (state.scheduled === null || state.scheduled.at > at) return { events: [], current: state };
  const change = scheduledChange(state, state.scheduled.toTier, at);
  return { events: [change], current: evolveSubscription(state, change) as OpenSubscription };
}

function renew(
  command: Extract<SubscriptionCommand, { type: 'renewSubscription' }>,
  state: OpenSubscription,
): Decision<SubscriptionEvent> {
  if (state.status !== 'active' || state.charge === null || state.charge.to > command.upTo) return [];
  const from = state.charge.to;
  const { events, current } = changedBy(state, from);
  if (current.charge === null) return events;
  const terms = currentTerms(current);
  const period = fullPeriod(terms.billingCycle, current.anchor ?? from, from);
  const charge = chargeFor(terms, period, terms.price, command.invoiceId, 'renewal');
  return [...events, { type: 'subscription.renewed', data: { ...terms, charge }, effectiveAt: from }];
}

function firstCharge(
  terms: SubscriptionTerms,
  from: Instant,
  invoiceId: string,
  kind: Charge['kind'],
): Charge | null {
  if (decimal(terms.price).eq(0)) return null;
  const whole = fullPeriod(terms.billingCycle, from, from);
  const part = { from, to: whole.to };
  return chargeFor(terms, part, prorate(terms.price, part, whole), invoiceId, kind);
}

function restOfPeriod(
  terms: SubscriptionTerms,
  anchor: Instant,
  part: { from: Instant; to: Instant },
  invoiceId: string,
): Charge {
  const whole = fullPeriod(terms.billingCycle, anchor, part.from);
  return chargeFor(terms, part, prorate(terms.price, part, whole), invoiceId, 'change');
}

function chargeFor(
  terms: SubscriptionTerms,
  { from, to }: { from: Instant; to: Instant },
  amount: string,
  invoiceId: string,
  kind: Charge['kind'],
): Charge {
  const { tier, billingCycle, price: fullPrice } = terms;
  return { invoiceId, kind, tier, billingCycle, from, to, fullPrice, amount };
}

function termsOf(
  party: Pick<SubscriptionTerms, 'customerId' | 'subscriptionId' | 'currency' | 'taxRate'>,
  tier: Tier,
  billingCycle: Cycle,
  at: Instant,
): SubscriptionTerms {
  const { customerId, subscriptionId, currency, taxRate } = party;
  const price = centsString(decimal(priceOf(catalogueAt(at), tier, billingCycle)));
  const catalogueVersion = catalogueAt(at).id;
  return { customerId, subscriptionId, tier, billingCycle, catalogueVersion, price, currency, taxRate };
}

function currentTerms(state: OpenSubscription): SubscriptionTerms {
  const { customerId, subscriptionId, tier, billingCycle, catalogueVersion, price, currency, taxRate } =
    state;
  return { customerId, subscriptionId, tier, billingCycle, catalogueVersion, price, currency, taxRate };
}

function unknownTier(tier: string, field: string): Decision<SubscriptionEvent> {
  return refuse('unknown-tier', `there is no tier "${tier.slice(0, 40)}"; see getTierComparison`, field);
}
