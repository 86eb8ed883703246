import { isTier } from '../../domain/catalogue/catalogue.ts';
import type { Holding, Plan, Standing } from '../../domain/entitlements/holding.ts';
import type { DunningStep } from '../../domain/invoicing/schemas.ts';
import type { SubscriptionState } from '../../domain/subscriptions/state.ts';
import type { KnownHolding } from '../../projections/entitlements/reads.ts';

/** What decides about a customer's access, from what the read models know. */
export function holdingOf(known: Omit<KnownHolding, 'paymentMethod'>): Holding {
  const { customerId, subscription, dunning, entitlements } = known;
  return {
    customerId,
    status: subscription.status,
    standing: standingOf(dunning),
    plan: planOf(subscription),
    entitlements,
    addOns: [],
    verticalEditions: [],
  };
}

/** Dunning that has come to its end has ended the subscription too. */
function standingOf(dunning: DunningStep | null): Standing {
  if (dunning === null) return 'good';
  return dunning === 'cancelled' ? 'suspended' : dunning;
}

function planOf(subscription: SubscriptionState): Plan | null {
  if (subscription.status === 'none' || !isTier(subscription.tier)) return null;
  const { tier, catalogueVersion, contract } = subscription;
  return { tier, catalogueVersion, contract };
}
