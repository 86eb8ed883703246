import type { Contract, Cycle, Price, Tier } from './prices.ts';

export type Method = 'card' | 'ach' | 'bank_transfer';

/** What is asked for a customer. Invoices and refunds are picked by their place in the order they came to be. */
export type Command =
  | {
      readonly do: 'signUp';
      readonly tier: Tier;
      readonly cycle: Cycle;
      readonly trialDays: number;
      readonly taxRate: string;
      readonly taxInclusive: boolean;
      readonly paymentMethod: boolean;
      readonly contract?: Contract | null;
    }
  | {
      readonly do: 'subscribe';
      readonly tier: Tier;
      readonly cycle: Cycle;
      readonly trialDays: number;
      readonly contract?: Contract | null;
    }
  | { readonly do: 'attach' }
  | {
      readonly do: 'use';
      readonly id: string;
      readonly meter: string;
      readonly quantity: number;
      /** Seconds before now; negative is ahead, null leaves the time out. */
      readonly ago: number | null;
      readonly key: string;
    }
  | {
      readonly do: 'correct';
      readonly meter: string;
      readonly quantity: number;
      /** Days before now. */
      readonly ago: number;
    }
  /** Lets the quarantined fact with this id count. */
  | { readonly do: 'release'; readonly id: string }
  | {
      readonly do: 'price';
      readonly meter: string;
      readonly price: Price | null;
      /** Months before the running one that it holds from. */
      readonly back: number;
    }
  /** Net a month; null for none. */
  | { readonly do: 'commit'; readonly amount: string | null; readonly back: number }
  | {
      readonly do: 'topUp' | 'grant';
      readonly amount: string;
      readonly priority: number;
      /** Days until it ends; null never. */
      readonly days: number | null;
      readonly method: Method;
    }
  /** Percent of the credit balance. */
  | { readonly do: 'refundCredit'; readonly percent: number }
  | { readonly do: 'settleCreditRefund'; readonly outcome: 'settled' | 'failed' }
  | {
      readonly do: 'change';
      readonly tier: Tier;
      readonly cycle: Cycle | null;
      readonly at: 'now' | 'periodEnd' | null;
      readonly prorate: 'invoice' | 'nextInvoice';
      readonly contract?: Contract | null;
    }
  | {
      readonly do: 'coupon';
      readonly id: string;
      readonly percentOff: string;
      readonly months: number | null;
    }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | { readonly do: 'cancel'; readonly at: 'now' | 'periodEnd'; readonly refund: 'none' | 'unused' }
  /** The month so many months before now. */
  | { readonly do: 'invoice' | 'usageInvoice'; readonly back: number }
  | {
      readonly do: 'pay';
      readonly pick: number;
      readonly how: 'full' | 'part' | 'over';
      readonly method: Method;
    }
  /** Everything that is owed, the oldest invoice first. */
  | { readonly do: 'payAll'; readonly method: Method }
  /** Percent of the invoice's total. */
  | { readonly do: 'credit'; readonly pick: number; readonly percent: number }
  /** Percent of the invoice's total, and of its net what is not delivered. */
  | {
      readonly do: 'refund';
      readonly pick: number;
      readonly percent: number;
      readonly undelivered: number;
      readonly method: Method;
    }
  | { readonly do: 'settleRefund'; readonly pick: number; readonly outcome: 'settled' | 'failed' }
  | { readonly do: 'void'; readonly pick: number }
  | { readonly do: 'writeOff'; readonly pick: number };

export interface Step {
  /** Canonical instant. */
  readonly at: string;
  readonly command: Command;
}

/** All that was asked for one customer, in order; it begins with the sign-up. */
export type History = readonly Step[];

/** A paying customer on Growth, by the month, if nothing else is asked for. */
export const signUp = (asked: Partial<Extract<Command, { do: 'signUp' }>> = {}): Command => ({
  do: 'signUp',
  tier: 'growth',
  cycle: 'monthly',
  trialDays: 0,
  taxRate: '0.08',
  taxInclusive: false,
  paymentMethod: true,
  ...asked,
});
