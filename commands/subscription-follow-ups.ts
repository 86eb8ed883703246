import { serviceOf } from '../domain/invoicing/lines.ts';
import { addMonths, type Instant, monthOf } from '../domain/kernel/time.ts';
import type { Credit } from '../domain/subscriptions/events.ts';
import { prorationOf } from '../domain/subscriptions/state.ts';
import type { CommandContext } from './context.ts';
import { catchUp } from './due-billing.ts';
import { cutFinalInvoice } from './final-invoice.ts';
import type { FollowUps } from './follow-ups.ts';
import { invoiceCharge, onInvoice } from './invoicing.ts';
import { completeMonthlyInvoice } from './monthly-invoice.ts';
import { monthlyInvoiceId } from './rating.ts';
import { isNewCharge } from './subscription-views.ts';

/** The bill run may have renewed the month a moment ago and not made its invoice final yet. */
async function finishInvoiceOf(
  context: CommandContext,
  {
    data: { customerId },
    effectiveAt,
  }: { readonly data: { readonly customerId: string }; readonly effectiveAt: Instant },
  credit: Credit | null,
): Promise<void> {
  const period = addMonths(monthOf(effectiveAt), -1);
  if (credit?.invoiceId !== monthlyInvoiceId(customerId, period)) return;
  await completeMonthlyInvoice(context, customerId, period);
}

/** The money of what happened to a subscription: in invoices and credit notes (billing rule 3). */
export const subscriptionFollowUps: FollowUps = {
  'subscription.started': (event, context) => invoiceCharge(context, event, event.data.charge, null),
  'subscription.trial_converted': (event, context) => invoiceCharge(context, event, event.data.charge, null),
  'subscription.changed': async (event, context) => {
    const { charge, credit, settlement } = event.data;
    await finishInvoiceOf(context, event, credit);
    if (settlement === 'invoice') return invoiceCharge(context, event, charge, credit);
    if (settlement === 'none' || credit === null) return undefined;
    const at = event.effectiveAt;
    const replacement = charge === null ? null : serviceOf(charge);
    if (settlement === 'nextInvoice' && charge !== null && replacement !== null) {
      return onInvoice(context, event, credit.invoiceId, {
        type: 'deferProration',
        at,
        owed: prorationOf(charge, credit.amount).amount,
        replacement,
      });
    }
    const { fromTier, tier, billingCycle } = event.data;
    const reason =
      fromTier === tier ? `change to ${billingCycle} billing` : `change from ${fromTier} to ${tier}`;
    return onInvoice(context, event, credit.invoiceId, (creditNoteId) => ({
      type: 'creditUnused',
      at,
      creditNoteId,
      cause: 'change',
      reason,
      replacement,
    }));
  },
  'subscription.renewed': async (event, context) => {
    const { charge, customerId } = event.data;
    const period = addMonths(monthOf(charge.from), -1);
    if (charge.invoiceId !== monthlyInvoiceId(customerId, period)) {
      return invoiceCharge(context, event, charge, null);
    }
    return completeMonthlyInvoice(context, customerId, period);
  },
  'subscription.paused': async (event, context) => {
    const { credit, billingCycle } = event.data;
    if (credit === null) return undefined;
    await finishInvoiceOf(context, event, credit);
    const at = event.effectiveAt;
    if (billingCycle === 'annual') {
      return onInvoice(context, event, credit.invoiceId, { type: 'freezeSchedules', at });
    }
    return onInvoice(context, event, credit.invoiceId, (creditNoteId) => ({
      type: 'creditUnused',
      at,
      creditNoteId,
      cause: 'pause',
      reason: 'pause',
      replacement: null,
    }));
  },
  'subscription.resumed': async (event, context) => {
    const { charge } = event.data;
    if (isNewCharge(event)) return invoiceCharge(context, event, charge, null);
    const { invoiceId, to } = charge;
    return onInvoice(context, event, invoiceId, { type: 'unfreezeSchedules', at: event.effectiveAt, to });
  },
  'subscription.cancelled': async (event, context) => {
    const { credit, refund, reason } = event.data;
    await finishInvoiceOf(context, event, credit);
    const settled =
      credit === null
        ? undefined
        : await onInvoice(context, event, credit.invoiceId, (creditNoteId, refundId) => ({
            type: 'settleCancellation',
            at: event.effectiveAt,
            creditNoteId,
            refundId,
            refund,
            reason,
          }));
    return (await cutFinalInvoice(context, event)) ?? settled;
  },
  'subscription.reinstated': async (event, context) => {
    await catchUp(context, event.data.customerId);
    return undefined;
  },
  'subscription.prorations_billed': async (event, context) => {
    const { customerId, period } = event.data;
    return period === null ? undefined : completeMonthlyInvoice(context, customerId, period);
  },
};
