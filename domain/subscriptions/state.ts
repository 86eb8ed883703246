import type { Instant } from '../kernel/time.ts';
import type { Charge, SubscriptionEvent } from './events.ts';

/** A stretch of time on one tier; trials and the time before sign-up give no allowance. */
export interface TierSegment {
  readonly tier: string;
  readonly from: Instant;
  readonly counts: boolean;
}

export interface SubscriptionTerms {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  readonly catalogueVersion: string;
  readonly price: string;
  readonly currency: string;
  readonly taxRate: string;
}

export type SubscriptionState =
  | { readonly status: 'none' }
  | (SubscriptionTerms & {
      readonly status: 'trialing' | 'active';
      readonly trialEndsAt: Instant | null;
      /** Where paid annual terms count from; the start of the first charge. */
      readonly anchor: Instant | null;
      /** The latest stretch billed in advance. */
      readonly charge: Charge | null;
      readonly scheduled: { readonly toTier: string; readonly at: Instant } | null;
      readonly segments: readonly TierSegment[];
    });

export type OpenSubscription = Exclude<SubscriptionState, { status: 'none' }>;

export const noSubscription: SubscriptionState = { status: 'none' };

export function evolveSubscription(state: SubscriptionState, event: SubscriptionEvent): SubscriptionState {
  if (event.type === 'subscription.started') {
    const { trialEndsAt, charge, ...terms } = event.data;
    return {
      ...terms,
      status: trialEndsAt === null ? 'active' : 'trialing',
      trialEndsAt,
      anchor: charge?.from ?? null,
      charge,
      scheduled: null,
      segments: [{ tier: terms.tier, from: event.effectiveAt, counts: trialEndsAt === null }],
    };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'subscription.trial_converted': {
      const { charge, ...terms } = event.data;
      const segments = [...state.segments, { tier: terms.tier, from: event.effectiveAt, counts: true }];
      return {
        ...state,
        ...terms,
        status: 'active',
        trialEndsAt: null,
        anchor: charge.from,
        charge,
        segments,
      };
    }
    case 'subscription.changed': {
      const { charge, credit: _credit, fromTier: _fromTier, ...terms } = event.data;
      const free = terms.price === '0.00';
      const status = free ? 'active' : state.status;
      const counts = status === 'active';
      return {
        ...state,
        ...terms,
        status,
        trialEndsAt: status === 'active' ? null : state.trialEndsAt,
        anchor: free ? null : (state.anchor ?? charge?.from ?? null),
        charge: free ? null : (charge ?? state.charge),
        scheduled: null,
        segments: [...state.segments, { tier: terms.tier, from: event.effectiveAt, counts }],
      };
    }
    case 'subscription.change_scheduled':
      return { ...state, scheduled: { toTier: event.data.toTier, at: event.data.at } };
    case 'subscription.scheduled_change_cancelled':
      return { ...state, scheduled: null };
    case 'subscription.renewed': {
      const { charge, ...terms } = event.data;
      return { ...state, ...terms, charge };
    }
  }
}
