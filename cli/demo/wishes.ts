import type { BillingCycle, MeterId, Tier } from '../../domain/catalogue/types.ts';
import type { PaymentMethod } from '../../domain/invoicing/decider.ts';
import type { PriceTerms } from '../../domain/metering/price.ts';
import type { Threshold } from '../../domain/metering/usage-terms-events.ts';
import type { Contract } from '../../domain/subscriptions/events.ts';

/** What a customer, or the finance team for it, asks for. Amounts are in USD. */
export type Wish =
  | {
      readonly kind: 'change';
      readonly newTier: Tier;
      readonly billingCycle?: BillingCycle;
      readonly effectiveAt?: 'now' | 'periodEnd';
      readonly prorate?: 'nextInvoice';
      readonly contract?: Contract;
    }
  | {
      readonly kind: 'cancel';
      readonly at: 'now' | 'periodEnd';
      readonly refund: 'none' | 'unused';
      readonly reason: string;
    }
  | { readonly kind: 'pause' }
  /** Ends a pause, or withdraws a scheduled cancellation. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'return'; readonly tier: Tier; readonly billingCycle: BillingCycle }
  | {
      readonly kind: 'coupon';
      readonly couponId: string;
      readonly percentOff: string;
      readonly months: number | null;
    }
  | { readonly kind: 'attachPaymentMethod' }
  | {
      readonly kind: 'topUp';
      readonly amount: string;
      readonly method: PaymentMethod;
      readonly expiresInDays: number | null;
    }
  | {
      readonly kind: 'grantCredit';
      readonly amount: string;
      readonly reason: string;
      readonly expiresInDays: number;
    }
  /** The whole credit balance in cash, if there is one; and what becomes of it. */
  | { readonly kind: 'refundCredit' }
  | { readonly kind: 'settleCreditRefund'; readonly askedOn: number; readonly outcome: 'settled' | 'failed' }
  /** What became of the refunds of a cancellation. */
  | { readonly kind: 'settleRefunds'; readonly outcome: 'settled' | 'failed' }
  | { readonly kind: 'overridePrice'; readonly eventType: MeterId; readonly price: PriceTerms | null }
  | { readonly kind: 'commit'; readonly amount: string }
  | { readonly kind: 'alert'; readonly eventType: MeterId; readonly threshold: Threshold }
  | { readonly kind: 'grantFeature'; readonly featureName: string; readonly days: number }
  | { readonly kind: 'revokeFeature'; readonly featureName: string }
  | { readonly kind: 'overrideFeature'; readonly featureName: string; readonly enabled: boolean }
  /** Corrects the latest fact that was sent up to a working day by a share of its quantity. */
  | { readonly kind: 'correct'; readonly upTo: number; readonly share: number; readonly reason: string }
  /** Usage of the month before in an invoice of its own, ahead of the monthly one. */
  | { readonly kind: 'invoiceUsage' }
  | { readonly kind: 'releaseQuarantined'; readonly eventId: string };

/** A wish on a working day, by its index. */
export type Move = Wish & { readonly day: number };

/** A fact of usage that comes so late, or so far ahead, that it goes to quarantine. */
export interface Stray {
  readonly day: number;
  readonly eventId: string;
  /** Of that day; below zero: ahead of it. */
  readonly daysAgo: number;
}
