import { firstCatalogue } from '../../domain/catalogue/catalogue.ts';
import type { Tier } from '../../domain/catalogue/types.ts';
import type { RecommendationInput } from '../../domain/entitlements/recommendation.ts';
import type { UsedMonth } from '../../domain/entitlements/tier-costs.ts';
import { noUsageTerms } from '../../domain/metering/usage-terms.ts';
import { NOW, on } from './support.ts';

export const MARCH_SECONDS = 31 * 86_400;

/** A month that has ended, unless fewer seconds of it are covered. */
export function month(
  of: string,
  quantities: UsedMonth['quantities'],
  coveredSeconds = MARCH_SECONDS,
): UsedMonth {
  return { month: of, quantities, coveredSeconds, wholeSeconds: MARCH_SECONDS };
}

/** A customer in good standing on a tier, with nothing agreed beside its plan. */
export function input(
  tier: Tier,
  months: readonly UsedMonth[],
  more: Partial<RecommendationInput> = {},
): RecommendationInput {
  const price = firstCatalogue.tiers[tier].price.monthly;
  return {
    now: NOW,
    holding: on(tier),
    billingCycle: 'monthly',
    price,
    coupon: null,
    tax: { taxRate: '0', taxInclusive: false },
    contract: null,
    agreed: noUsageTerms,
    paymentMethod: true,
    months,
    counts: {},
    ...more,
  };
}

/** The worked example of the catalogue: $299 turns into $1,924. */
export const worked: UsedMonth['quantities'] = {
  'event.tracked': 25_000_000n,
  'data.exported': 500_000n,
  'api.called': 1_100_000n,
  'email.sent': 350_000n,
  'audience.activated': 350_000n,
  'prediction.scored': 120_000n,
  'profile.enriched': 22_500n,
  'ai.brief_generated': 75n,
  'model.trained': 2n,
};
