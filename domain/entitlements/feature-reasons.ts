export const FEATURE_REASONS = [
  'ok',
  'payment-past-due',
  'payment-grace',
  'payment-restricted',
  'payment-suspended',
  'no-subscription',
  'subscription-paused',
  'subscription-cancelled',
  'feature-disabled',
  'feature-not-included',
  'limit-reached',
  'allowance-used-up',
  'trial-allowance-used-up',
] as const;
export type FeatureReason = (typeof FEATURE_REASONS)[number];
