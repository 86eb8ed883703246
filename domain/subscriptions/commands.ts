import type { Instant } from '../kernel/time.ts';
import type { Contract } from './events.ts';

type Cycle = 'monthly' | 'annual';

export interface CreateSubscription {
  readonly type: 'createSubscription';
  readonly now: Instant;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly tier: string;
  readonly billingCycle: Cycle;
  readonly trialDays: number;
  /** Enterprise only. */
  readonly contract?: Contract | null;
  readonly currency: string;
  readonly taxRate: string;
  /** Prices include the tax; by default it comes on top. */
  readonly taxInclusive?: boolean;
}

/** What a charge's invoice has still deferred, in cents. */
export interface Unused {
  /** Invoice and start of the charge, which another command may have replaced by now. */
  readonly invoiceId: string;
  readonly from: Instant;
  readonly amount: string;
}

export interface ChangeSubscriptionTier {
  readonly type: 'changeSubscriptionTier';
  readonly now: Instant;
  readonly invoiceId: string;
  readonly newTier: string;
  /** The cycle stays, unless this one is named. */
  readonly billingCycle?: Cycle | null;
  readonly contract?: Contract | null;
  /** Upgrades default to `now`, downgrades to `periodEnd`. */
  readonly effectiveAt: 'now' | 'periodEnd' | null;
  readonly prorate: 'invoice' | 'nextInvoice';
  readonly unused?: Unused | null;
}

export interface ApplyCoupon {
  readonly type: 'applyCoupon';
  readonly now: Instant;
  readonly couponId: string;
  readonly percentOff: string;
  /** Months from the next charge on; null for ever. */
  readonly months: number | null;
}

export interface CancelSubscription {
  readonly type: 'cancelSubscription';
  readonly now: Instant;
  readonly at: 'now' | 'periodEnd';
  readonly reason: string;
  readonly voluntary: boolean;
  readonly refund: 'none' | 'unused';
  readonly finalInvoiceId: string;
  readonly unused?: Unused | null;
}

export type SubscriptionCommand =
  | CreateSubscription
  | { readonly type: 'convertTrial'; readonly now: Instant; readonly invoiceId: string }
  | ChangeSubscriptionTier
  | { readonly type: 'applyScheduledChange'; readonly now: Instant }
  /** Bills the month or term that begins where the latest charge ends, once that is at or before `upTo`. */
  | { readonly type: 'renewSubscription'; readonly upTo: Instant; readonly invoiceId: string }
  | ApplyCoupon
  | CancelSubscription
  | { readonly type: 'applyCancellation'; readonly now: Instant; readonly finalInvoiceId: string }
  | { readonly type: 'pauseSubscription'; readonly now: Instant; readonly unused?: Unused | null }
  | { readonly type: 'resumeSubscription'; readonly now: Instant; readonly invoiceId: string }
  | { readonly type: 'suspendSubscription'; readonly now: Instant; readonly invoiceId: string }
  /** The invoice is no longer overdue; with the last one the subscription goes on. */
  | { readonly type: 'settleOverdue'; readonly now: Instant; readonly invoiceId: string }
  | {
      readonly type: 'billProrations';
      readonly now: Instant;
      readonly invoiceId: string;
      readonly period: string | null;
      /** Those of changes before this instant; null for all. */
      readonly before: Instant | null;
    };
