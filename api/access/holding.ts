import { isTier } from '../../domain/catalogue/catalogue.ts';
import type { Holding, Plan } from '../../domain/entitlements/holding.ts';
import type { SubscriptionState } from '../../domain/subscriptions/state.ts';
import type { KnownHolding } from '../../projections/entitlements/reads.ts';

/** What decides about a customer's access, from what the read models know. */
export function holdingOf({ customerId, subscription, entitlements }: KnownHolding): Holding {
  return {
    customerId,
    status: subscription.status,
    standing: 'good',
    plan: planOf(subscription),
    entitlements,
    addOns: [],
    verticalEditions: [],
  };
}

function planOf(subscription: SubscriptionState): Plan | null {
  if (subscription.status === 'none' || !isTier(subscription.tier)) return null;
  const { tier, catalogueVersion } = subscription;
  return { tier, catalogueVersion, contract: null };
}
