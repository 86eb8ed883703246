import { tierName } from '../catalogue/catalogue.ts';
import { centsString, decimal } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { Charge, Contract, Discount, SubscriptionEvent } from './events.ts';

/** A stretch of time on one tier; trials, pauses and the time without a subscription give no allowance. */
export interface TierSegment {
  /** `none` after a cancellation. */
  readonly tier: string;
  readonly from: Instant;
  readonly counts: boolean;
  /** The plan version that it was bought at. */
  readonly catalogueVersion: string;
  readonly contract: Contract | null;
}

const NO_TIER = 'none';

export interface SubscriptionTerms {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  readonly catalogueVersion: string;
  readonly listPrice: string;
  readonly price: string;
  readonly currency: string;
  readonly taxRate: string;
  readonly taxInclusive: boolean;
  readonly contract: Contract | null;
  readonly discount: Discount | null;
}

export interface Coupon extends Discount {
  readonly months: number | null;
  readonly from: Instant;
  readonly until: Instant | null;
}

/** A charge that is owed and waits for the next invoice; `invoiceId` is the one whose stream earns it. */
export interface DeferredProration {
  readonly invoiceId: string;
  readonly description: string;
  readonly amount: string;
  /** When the change was made. */
  readonly at: Instant;
}

export type SubscriptionStatus = 'trialing' | 'active' | 'paused' | 'suspended' | 'cancelled';

export type SubscriptionState =
  | { readonly status: 'none' }
  | (SubscriptionTerms & {
      readonly status: SubscriptionStatus;
      readonly trialEndsAt: Instant | null;
      /** Where paid annual terms count from; the start of the first charge. */
      readonly anchor: Instant | null;
      /** The latest stretch billed in advance; of an annual term in a pause, its frozen rest. */
      readonly charge: Charge | null;
      readonly scheduled: {
        readonly toTier: string;
        readonly toBillingCycle: 'monthly' | 'annual';
        readonly contract: Contract | null;
        readonly at: Instant;
      } | null;
      readonly cancellation: { readonly at: Instant; readonly reason: string } | null;
      readonly coupon: Coupon | null;
      readonly pausedAt: Instant | null;
      /** Invoices whose dunning stopped the service. */
      readonly overdue: readonly string[];
      readonly prorations: readonly DeferredProration[];
      readonly segments: readonly TierSegment[];
    });

export type OpenSubscription = Exclude<SubscriptionState, { status: 'none' }>;

/** When the latest subscription in the stream began; one that has ended, too. */
export function startOf({ status, segments }: OpenSubscription): Instant {
  const own = status === 'cancelled' ? segments.slice(0, -1) : segments;
  const first = own[own.findLastIndex(({ tier }) => tier === NO_TIER) + 1];
  if (first === undefined) throw new Error('a subscription without a segment');
  return first.from;
}

export const noSubscription: SubscriptionState = { status: 'none' };

export function evolveSubscription(state: SubscriptionState, event: SubscriptionEvent): SubscriptionState {
  if (event.type === 'subscription.started') return started(state, event);
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'subscription.trial_converted': {
      const { charge, ...terms } = event.data;
      const segments = [...state.segments, segmentOf(terms, event.effectiveAt, true)];
      const open = { status: 'active', trialEndsAt: null, anchor: charge.from } as const;
      return { ...state, ...terms, ...open, charge, segments };
    }
    case 'subscription.changed':
      return changed(state, event);
    case 'subscription.change_scheduled': {
      const { toTier, toBillingCycle, contract, at } = event.data;
      const cycle = toBillingCycle ?? state.billingCycle;
      return { ...state, scheduled: { toTier, toBillingCycle: cycle, contract, at } };
    }
    case 'subscription.scheduled_change_cancelled':
      return { ...state, scheduled: null };
    case 'subscription.renewed': {
      const { charge, ...terms } = event.data;
      return { ...state, ...terms, charge };
    }
    case 'subscription.coupon_applied': {
      const { couponId, percentOff, months, from, until } = event.data;
      return { ...state, coupon: { couponId, percentOff, months, from, until } };
    }
    case 'subscription.cancellation_scheduled': {
      const { at, reason } = event.data;
      return { ...state, cancellation: { at, reason }, scheduled: null };
    }
    case 'subscription.cancellation_withdrawn':
      return { ...state, cancellation: null };
    case 'subscription.cancelled':
      return cancelled(state, event.effectiveAt);
    case 'subscription.paused':
      return paused(state, event);
    case 'subscription.resumed':
      return resumed(state, event);
    case 'subscription.suspended':
      return {
        ...state,
        status: state.status === 'paused' ? 'paused' : 'suspended',
        overdue: [...state.overdue, event.data.invoiceId],
      };
    case 'subscription.overdue_settled':
      return { ...state, overdue: state.overdue.filter((id) => id !== event.data.invoiceId) };
    case 'subscription.reinstated':
      return { ...state, status: 'active' };
    case 'subscription.tenant_requested':
      return state;
    case 'subscription.prorations_billed':
      return { ...state, prorations: state.prorations.slice(event.data.prorations.length) };
  }
}

type EventOf<Type extends SubscriptionEvent['type']> = Extract<SubscriptionEvent, { type: Type }>;

function started(state: SubscriptionState, event: EventOf<'subscription.started'>): OpenSubscription {
  const { trialEndsAt, charge, ...terms } = event.data;
  const earlier = state.status === 'none' ? [] : state.segments;
  return {
    ...terms,
    status: trialEndsAt === null ? 'active' : 'trialing',
    trialEndsAt,
    anchor: charge?.from ?? null,
    charge,
    scheduled: null,
    cancellation: null,
    coupon: null,
    pausedAt: null,
    overdue: [],
    prorations: state.status === 'none' ? [] : state.prorations,
    segments: [...earlier, segmentOf(terms, event.effectiveAt, trialEndsAt === null)],
  };
}

function changed(state: OpenSubscription, event: EventOf<'subscription.changed'>): OpenSubscription {
  const { charge, credit, settlement, fromTier: _fromTier, ...terms } = event.data;
  const free = isFree(terms);
  // Free has no trial, and nothing to pause; an overdue invoice holds it up all the same.
  const onFree = state.overdue.length > 0 ? 'suspended' : 'active';
  const status = free ? onFree : state.status;
  const counts = status === 'active' || status === 'suspended';
  const deferred = settlement === 'nextInvoice' && charge !== null && credit !== null;
  return {
    ...state,
    ...terms,
    status,
    trialEndsAt: counts ? null : state.trialEndsAt,
    pausedAt: status === 'paused' ? state.pausedAt : null,
    anchor: free ? null : anchorAfter(state, event),
    charge: free ? null : (charge ?? state.charge),
    scheduled: null,
    prorations: deferred ? [...state.prorations, prorationOf(charge, credit.amount)] : state.prorations,
    segments: [...state.segments, segmentOf(terms, event.effectiveAt, counts)],
  };
}

/** A term of another cycle counts from the change that begins it; else the anchor stays. */
function anchorAfter(state: OpenSubscription, event: EventOf<'subscription.changed'>): Instant | null {
  const { billingCycle, charge } = event.data;
  if (billingCycle !== state.billingCycle) return event.effectiveAt;
  return state.anchor ?? charge?.from ?? null;
}

/** What a change costs beyond the unused rest of the charge before. */
export function prorationOf(charge: Charge, unused: string): DeferredProration {
  const { tier, from, to, invoiceId } = charge;
  const description = `Change to ${tierName(tier)}, ${from.slice(0, 10)} to ${to.slice(0, 10)}, less unused time`;
  return { invoiceId, description, amount: centsString(decimal(charge.amount).minus(unused)), at: from };
}

function cancelled(state: OpenSubscription, at: Instant): OpenSubscription {
  const { catalogueVersion } = state;
  const end = { tier: NO_TIER, from: at, counts: false, catalogueVersion, contract: null };
  return {
    ...state,
    status: 'cancelled',
    trialEndsAt: null,
    anchor: null,
    charge: null,
    scheduled: null,
    cancellation: null,
    coupon: null,
    pausedAt: null,
    overdue: [],
    segments: [...state.segments, end],
  };
}

/** A month's rest is credited; of an annual term the rest stays, frozen, until it is resumed. */
function paused(state: OpenSubscription, event: EventOf<'subscription.paused'>): OpenSubscription {
  const { charge } = state;
  const { credit } = event.data;
  const at = event.effectiveAt;
  const frozen =
    state.billingCycle === 'annual' && charge !== null && credit !== null
      ? { ...charge, from: at, amount: credit.amount, gross: null }
      : null;
  return {
    ...state,
    status: 'paused',
    pausedAt: at,
    charge: frozen,
    segments: [...state.segments, segmentOf(state, at, false)],
  };
}

function resumed(state: OpenSubscription, event: EventOf<'subscription.resumed'>): OpenSubscription {
  const { charge, ...terms } = event.data;
  const segments = [...state.segments, segmentOf(terms, event.effectiveAt, true)];
  const anchor = terms.billingCycle === 'annual' ? charge.to : charge.from;
  // What was scheduled for the end of the period keeps to it.
  const at = charge.to;
  const scheduled = state.scheduled === null ? null : { ...state.scheduled, at };
  const cancellation = state.cancellation === null ? null : { ...state.cancellation, at };
  const open = { status: 'active', pausedAt: null, scheduled, cancellation } as const;
  return { ...state, ...terms, ...open, anchor, charge, segments };
}

function segmentOf(
  { tier, catalogueVersion, contract }: Pick<SubscriptionTerms, 'tier' | 'catalogueVersion' | 'contract'>,
  from: Instant,
  counts: boolean,
): TierSegment {
  return { tier, from, counts, catalogueVersion, contract };
}

/** In the pause of an annual term, whose paid time stands still: its end is not known before it goes on. */
export function isFrozen({ status, charge }: OpenSubscription): boolean {
  return status === 'paused' && charge !== null;
}

/** The Free tier: nothing is charged, and no discount makes a plan free in this sense. */
export function isFree({ listPrice }: Pick<SubscriptionTerms, 'listPrice'>): boolean {
  return listPrice === '0.00';
}
