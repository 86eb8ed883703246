import { catalogueAt, type FlagId, hasFlag } from '../catalogue/catalogue.ts';
import { TIERS, type Tier } from '../catalogue/types.ts';
import type { Instant } from '../kernel/time.ts';
import type { FeatureReason } from './feature-reasons.ts';
import type { Holding } from './holding.ts';
import type { LimitCheck, LimitReason } from './limit-check.ts';

interface Case {
  readonly holding: Holding;
  readonly feature: FlagId;
  readonly limit: LimitCheck | null;
  readonly now: Instant;
}

const byAccess = {
  'payment-past-due': 'Pay the invoices that are overdue; access is restricted if they stay open.',
  'payment-grace': 'Pay the invoices that are overdue; access is about to be restricted.',
  'payment-restricted':
    'Pay the invoices that are overdue; until then what is there can be read and nothing new is made.',
  'payment-suspended': 'Pay the invoices that are overdue; access comes back with the payment.',
  'no-subscription': 'Give the customer a subscription with createSubscription.',
  'subscription-paused': 'Resume the subscription with resumeSubscription.',
  'subscription-cancelled': 'Start a subscription again with createSubscription.',
} as const;

/** What can be done about the answer to a feature check; null where nothing needs to be. */
export function featureRemedy(reason: FeatureReason, given: Case): string | null {
  switch (reason) {
    case 'ok':
      return null;
    case 'feature-disabled':
      return 'It was switched off for this customer; setFeatureOverride with null gives it back to its plan.';
    case 'feature-not-included':
      return tierRemedy(tierWith(given));
    case 'limit-reached':
    case 'allowance-used-up':
    case 'trial-allowance-used-up':
      return roomRemedy(reason, given.limit);
    default:
      return byAccess[reason];
  }
}

/** The same for a limit. */
export function limitRemedy(check: LimitCheck): string | null {
  const { reason } = check;
  switch (reason) {
    case 'within-limit':
    case 'paid-overflow':
      return null;
    case 'limit-reached':
    case 'allowance-used-up':
    case 'trial-allowance-used-up':
      return roomRemedy(reason, check);
    default:
      return byAccess[reason];
  }
}

function tierRemedy(tier: Tier | undefined): string {
  return tier === undefined
    ? 'No tier on sale has this feature; it can be granted with grantFeature.'
    : `The tier ${tier} has this feature: change to it with changeSubscriptionTier.`;
}

/** The lowest tier on sale above the customer's own that has the feature: nobody changes to the tier they are on. */
function tierWith({ holding, feature, now }: Case): Tier | undefined {
  const from = holding.plan === null ? 0 : TIERS.indexOf(holding.plan.tier) + 1;
  return TIERS.slice(from).find((tier) => hasFlag(catalogueAt(now), tier, feature));
}

function roomRemedy(
  reason: Extract<LimitReason, 'limit-reached' | 'allowance-used-up' | 'trial-allowance-used-up'>,
  limit: LimitCheck | null,
): string {
  const tier = limit?.upgrade?.tier;
  const change =
    tier === undefined ? 'agree on more in a contract' : `change to ${tier} with changeSubscriptionTier`;
  switch (reason) {
    case 'limit-reached':
      return `Remove some, or ${change}; what is there above the limit stays.`;
    case 'allowance-used-up':
      return `Attach a payment method, so that what is above the allowance is paid for, or ${change}.`;
    case 'trial-allowance-used-up':
      return `Wait for the trial to end, or ${change}; on trial nothing above the allowance is sold.`;
  }
}
