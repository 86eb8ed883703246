import type { FlagId } from '../catalogue/catalogue.ts';
import type { LimitId, MeterId } from '../catalogue/types.ts';

/** What using a feature draws on: a meter's monthly allowance, or a limit on how many of a thing there may be. */
export type FeatureUse =
  | { readonly kind: 'metered'; readonly meter: MeterId }
  | { readonly kind: 'static'; readonly limit: LimitId };

const metered = (meter: MeterId): FeatureUse => ({ kind: 'metered', meter });
const fixed = (limit: LimitId): FeatureUse => ({ kind: 'static', limit });

/** Features that draw on something. The rest cost nothing to use. */
const uses: Readonly<Partial<Record<FlagId, FeatureUse>>> = {
  'core.profiles': fixed('profiles'),
  'core.csv_import': fixed('profiles'),
  'core.segments_basic': fixed('segments'),
  'core.segments_realtime': fixed('segments'),
  'core.events': metered('event.tracked'),
  'activation.audience_sync': metered('audience.activated'),
  'activation.realtime_sync': metered('audience.activated'),
  'campaigns.email': metered('email.sent'),
  'campaigns.sms': metered('sms.sent'),
  'ml.ai_briefs': metered('ai.brief_generated'),
  'ml.predictive_scoring': metered('prediction.scored'),
  'ml.churn_prediction': metered('prediction.scored'),
  'ml.purchase_prediction': metered('prediction.scored'),
  'ml.custom_models': metered('model.trained'),
  'integrations.warehouse_sync': metered('data.exported'),
  'developer.api_access': metered('api.called'),
};

export function useOf(feature: FlagId): FeatureUse | null {
  return uses[feature] ?? null;
}
