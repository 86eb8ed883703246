import { tierName } from '../catalogue/catalogue.ts';
import { decimal } from '../kernel/money.ts';
import type { Instant, Month } from '../kernel/time.ts';
import type { BilledLine } from '../metering/events.ts';
import { MINIMUM_COMMITMENT } from '../metering/rating-decider.ts';
import type { Charge, Credit } from '../subscriptions/events.ts';
import type { DeferredProration } from '../subscriptions/state.ts';
import type { DraftLine, InvoiceCommand } from './commands.ts';
import type { ReplacementLine } from './schemas.ts';

const DEFERRED_SUBSCRIPTIONS = '2100';
const SUBSCRIPTION_REVENUE = '4010';

/** Service billed in advance. Tier plans defer to 2100 and earn 4010 (billing rules). */
export function serviceOf(charge: Charge): Omit<ReplacementLine, 'lineId'> {
  const { tier, billingCycle, from, to, amount, discount } = charge;
  const less = discount === null ? '' : `, less ${discount.percentOff} % (${discount.couponId})`;
  return {
    description: `${tierName(tier)}, ${billingCycle}, ${from.slice(0, 10)} to ${to.slice(0, 10)}${less}`,
    tier,
    billingCycle,
    from,
    to,
    deferredAccount: DEFERRED_SUBSCRIPTIONS,
    revenueAccount: SUBSCRIPTION_REVENUE,
    amount,
  };
}

/** The invoice line of a stretch billed in advance. */
export function subscriptionLine(charge: Charge): DraftLine {
  return { kind: 'subscription', ...serviceOf(charge), gross: charge.gross };
}

/** The unearned rest of an earlier charge, taken over by the invoice that this line is on; negative. */
function creditLine({ invoiceId, amount }: Credit): DraftLine {
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

/** What a change cost that was kept for this invoice. */
export function prorationLine({ invoiceId, description, amount }: Omit<DeferredProration, 'at'>): DraftLine {
  return { kind: 'proration', description, forInvoiceId: invoiceId, amount };
}

/** Promotional credit used for the usage on this invoice; `amount` in cents, positive. */
export function promotionLine(amount: string): DraftLine {
  return {
    kind: 'promotion',
    description: 'Promotional credit',
    amount: decimal(amount).neg().toFixed(2),
  };
}

/** The invoice of a charge, with the unused rest that it takes over. Without a rest there is no such line. */
export function chargeInvoice(
  party: {
    readonly customerId: string;
    readonly currency: string;
    readonly taxRate: string;
    readonly taxInclusive: boolean;
  },
  charge: Charge,
  unused: Credit | null,
  effectiveAt: Instant,
): Extract<InvoiceCommand, { type: 'finalizeInvoice' }> {
  const credit = unused === null || decimal(unused.amount).eq(0) ? [] : [creditLine(unused)];
  return {
    type: 'finalizeInvoice',
    effectiveAt,
    invoiceId: charge.invoiceId,
    ...party,
    kind: charge.kind,
    period: null,
    lines: [subscriptionLine(charge), ...credit],
  };
}
