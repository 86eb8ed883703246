import { decimal } from '../kernel/money.ts';
import type { Month } from '../kernel/time.ts';
import type { BilledLine } from '../metering/events.ts';
import { MINIMUM_COMMITMENT } from '../metering/rating-decider.ts';
import type { Charge, Credit } from '../subscriptions/events.ts';
import type { DraftLine } from './decider.ts';

const DEFERRED_SUBSCRIPTIONS = '2100';
const SUBSCRIPTION_REVENUE = '4010';

/** The invoice line of a stretch billed in advance. Tier plans defer to 2100 and earn 4010 (billing rules). */
export function subscriptionLine(charge: Charge): DraftLine {
  const { tier, billingCycle, from, to, amount } = charge;
  const name = tier.charAt(0).toUpperCase() + tier.slice(1);
  return {
    kind: 'subscription',
    description: `${name}, ${billingCycle}, ${from.slice(0, 10)} to ${to.slice(0, 10)}`,
    tier,
    billingCycle,
    from,
    to,
    deferredAccount: DEFERRED_SUBSCRIPTIONS,
    revenueAccount: SUBSCRIPTION_REVENUE,
    amount,
  };
}

/** The unearned rest of an earlier charge, taken over by the invoice that this line is on; negative. */
export function creditLine({ invoiceId, amount }: Credit): DraftLine {
  return {
    kind: 'credit',
    description: `Unused time of invoice ${invoiceId}`,
    fromInvoiceId: invoiceId,
    deferredAccount: DEFERRED_SUBSCRIPTIONS,
    amount: decimal(amount).neg().toFixed(2),
  };
}

/** The usage that a month's rating stream has reserved for the invoice, one line for each meter. */
export function usageLine(line: BilledLine, month: Month): DraftLine {
  const { meter, quantity, included, billable, accrued, billed } = line;
  const description =
    meter === MINIMUM_COMMITMENT
      ? `Minimum commitment, ${month}: what usage left of it`
      : `${meter}, ${month}: ${billable} of ${quantity} above the allowance of ${included}`;
  return { kind: 'usage', description, meter, month, quantity, included, billable, accrued, amount: billed };
}
