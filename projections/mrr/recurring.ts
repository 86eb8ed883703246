import { isTier, tierRank } from '../../domain/catalogue/catalogue.ts';
import { decimal, roundHalfEven } from '../../domain/kernel/money.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import type { SubscriptionRecord } from '../recorded.ts';
import type { MovementKind, MovementSubKind } from './tables.ts';

const CENTS = 100;
const MONTHS = 12;

const EARNING: ReadonlySet<string> = new Set(['active', 'suspended']);

/** A suspended customer is behind with its payments and still counts, until dunning has failed for good. */
export function isEarning({ status }: Pick<OpenSubscription, 'status'>): boolean {
  return EARNING.has(status);
}

/** Recurring amount of a year in cents: monthly prices twelvefold, annual ones once. Exact, net of tax. */
export function annualised(price: string, billingCycle: OpenSubscription['billingCycle']): bigint {
  const cents = decimal(price).times(CENTS);
  return BigInt(roundHalfEven(billingCycle === 'monthly' ? cents.times(MONTHS) : cents, 0).toFixed(0));
}

/** What a subscription recurs at. Trials, pauses, Free and what has ended have nothing. */
export function arrMinor(state: OpenSubscription): bigint {
  return isEarning(state) ? annualised(state.price, state.billingCycle) : 0n;
}

export function kindOf(was: bigint, is: bigint, never: boolean): MovementKind {
  if (was === 0n) return never ? 'new' : 'reactivation';
  if (is === 0n) return 'churn';
  return is > was ? 'expansion' : 'contraction';
}

/** Why the recurring amount moved, from the event and what it changed. */
export function subKindOf(
  before: OpenSubscription | undefined,
  after: OpenSubscription,
  event: SubscriptionRecord,
): MovementSubKind {
  switch (event.type) {
    case 'subscription.paused':
      return 'pause';
    case 'subscription.resumed':
      return 'resume';
    case 'subscription.cancelled':
      return event.data.voluntary ? 'voluntary' : 'involuntary';
    case 'subscription.trial_converted':
      return 'trial-conversion';
    case 'subscription.started':
      return before === undefined ? 'signup' : 'return';
    default:
      return before === undefined ? 'signup' : changeOf(before, after);
  }
}

function changeOf(before: OpenSubscription, after: OpenSubscription): MovementSubKind {
  if (before.tier !== after.tier) {
    if (rankOf(after.tier) > rankOf(before.tier)) return 'upgrade';
    return after.tier === 'free' ? 'voluntary' : 'downgrade';
  }
  if (before.contract?.contractId !== after.contract?.contractId) return 'contract';
  if (before.billingCycle !== after.billingCycle) return 'billing-cycle';
  const [was, is] = [before, after].map(({ discount }) => decimal(discount?.percentOff ?? 0));
  if (was !== undefined && is !== undefined && !was.eq(is)) return is.gt(was) ? 'discount' : 'discount-ended';
  return 'price';
}

function rankOf(tier: string): number {
  return isTier(tier) ? tierRank(tier) : -1;
}
