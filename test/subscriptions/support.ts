import type { CreateSubscription, Unused } from '../../domain/subscriptions/commands.ts';
import { subscriptionDecider } from '../../domain/subscriptions/decider.ts';
import type { Charge, SubscriptionEvent } from '../../domain/subscriptions/events.ts';
import { specification } from '../support/decider-spec.ts';
import { type SignUp, subscribed } from '../support/events.ts';

export type Changed = Extract<SubscriptionEvent, { type: 'subscription.changed' }>;

export const spec = specification(subscriptionDecider);

/** The subscription of `acme` as a specification's history. */
export function given(signUp: SignUp, ...later: Parameters<typeof subscribed>[2] & object) {
  return spec.given(...subscribed('acme', signUp, later));
}

const LIST = {
  free: { monthly: '0.00', annual: '0.00' },
  starter: { monthly: '99.00', annual: '950.40' },
  growth: { monthly: '299.00', annual: '2870.40' },
  pro: { monthly: '799.00', annual: '7670.40' },
  enterprise: { monthly: '2999.00', annual: '28790.40' },
} as const;

export type Tier = keyof typeof LIST;
export const PAID = ['starter', 'growth', 'pro', 'enterprise'] as const;

/** Terms as every event of `acme` states them. */
export function terms(tier: Tier, billingCycle: 'monthly' | 'annual' = 'monthly') {
  const party = { customerId: 'acme', subscriptionId: 'sub-acme', currency: 'USD', taxRate: '0.08' };
  const price = LIST[tier][billingCycle];
  const agreed = { taxInclusive: false, contract: null, discount: null, listPrice: price, price };
  return { ...party, tier, billingCycle, catalogueVersion: '2026-01', ...agreed };
}

export function charge(
  tier: Tier,
  stretch: Pick<Charge, 'from' | 'to' | 'amount' | 'invoiceId' | 'kind'>,
  billingCycle: 'monthly' | 'annual' = 'monthly',
): Charge {
  const fullPrice = LIST[tier][billingCycle];
  return { ...stretch, tier, billingCycle, fullPrice, gross: null, discount: null };
}

export const renew = (upTo: string, invoiceId = 'inv-next') =>
  ({ type: 'renewSubscription', upTo, invoiceId }) as const;

export const applyScheduled = (now: string) => ({ type: 'applyScheduledChange', now }) as const;

export const convert = (now: string) => ({ type: 'convertTrial', now, invoiceId: 'inv-conversion' }) as const;

export const change = (
  now: string,
  newTier: string,
  effectiveAt: 'now' | 'periodEnd' | null = null,
  invoiceId = 'inv-change',
) => ({ type: 'changeSubscriptionTier', now, newTier, invoiceId, effectiveAt, prorate: 'invoice' }) as const;

/** Cents of a decimal amount with two places. */
export const cents = (amount: string): bigint => BigInt(amount.replace('.', ''));

/** `amount × part ÷ whole` half-even in cents, on whole numbers alone. */
export function share(amount: bigint, part: bigint, whole: bigint): bigint {
  const floor = (amount * part) / whole;
  const twice = 2n * ((amount * part) % whole);
  return twice > whole || (twice === whole && floor % 2n === 1n) ? floor + 1n : floor;
}

export const cancel = (
  now: string,
  at: 'now' | 'periodEnd' = 'now',
  refund: 'none' | 'unused' = 'none',
  unused: Unused | null = null,
) => {
  const asked = { at, reason: 'too dear', voluntary: true, refund, finalInvoiceId: 'inv-final' } as const;
  return { type: 'cancelSubscription', now, ...asked, unused } as const;
};

export const applyCancellation = (now: string) =>
  ({ type: 'applyCancellation', now, finalInvoiceId: 'inv-final' }) as const;

export const pause = (now: string) => ({ type: 'pauseSubscription', now }) as const;

export const resume = (now: string, invoiceId = 'inv-resume') =>
  ({ type: 'resumeSubscription', now, invoiceId }) as const;

export const coupon = (now: string, percentOff: string, months: number | null, couponId = 'SPRING') =>
  ({ type: 'applyCoupon', now, couponId, percentOff, months }) as const;

export const suspend = (now: string, invoiceId = 'inv-acme-1') =>
  ({ type: 'suspendSubscription', now, invoiceId }) as const;

export const settleOverdue = (now: string, invoiceId = 'inv-acme-1') =>
  ({ type: 'settleOverdue', now, invoiceId }) as const;

/** The sign-up of a customer that came back. */
export function create(
  now: string,
  tier: string,
  over: Partial<CreateSubscription> = {},
): CreateSubscription {
  const own = { customerId: 'acme', subscriptionId: 'sub-acme-2', invoiceId: 'inv-acme-2' };
  const party = { currency: 'USD', taxRate: '0.08' };
  const plan = { tier, billingCycle: 'monthly', trialDays: 0 } as const;
  return { type: 'createSubscription', now, ...own, ...plan, ...party, ...over };
}

/** What every event of `acme` says first. */
export const ids = { customerId: 'acme', subscriptionId: 'sub-acme' };
