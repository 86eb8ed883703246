import type { Tier, TierPlan } from '../types.ts';

/** List prices in USD. An annual term costs twelve months less 20 %. */
export const tiers = {
  free: {
    price: { monthly: '0.00', annual: '0.00' },
    trialDays: 0,
    overage: 'hard_cap_until_payment_method_then_paid_overflow',
    note: 'no trial; card optional',
  },
  starter: {
    price: { monthly: '99.00', annual: '950.40' },
    trialDays: 14,
    overage: 'paid_overflow',
  },
  growth: {
    price: { monthly: '299.00', annual: '2870.40' },
    trialDays: 14,
    overage: 'paid_overflow',
  },
  pro: {
    price: { monthly: '799.00', annual: '7670.40' },
    trialDays: 14,
    overage: 'paid_overflow',
  },
  enterprise: {
    price: { monthly: '2999.00', annual: '28790.40' },
    trialDays: 0,
    overage: 'paid_overflow_with_commit',
    note: '2,999 is the floor; a contract overrides it',
  },
} as const satisfies Record<Tier, TierPlan>;
