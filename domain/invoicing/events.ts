import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';
import {
  creditNoteLineSchema,
  DUNNING_STEPS,
  invoiceKindSchema,
  invoiceLineSchema,
  paymentMethodSchema,
  replacementLineSchema,
} from './schemas.ts';

const common = { invoiceId: field.id, customerId: field.id };

/** Stream `invoice-{invoiceId}`, which owns the release schedules of its lines. */
export const invoiceEvents = {
  /** A month has ended: its invoice gathers late facts for a day, then it is final. Moves no money. */
  'invoice.drafted': defineEvent(
    2,
    z.strictObject({
      ...common,
      kind: invoiceKindSchema,
      period: field.month.nullable(),
      currency: field.currency,
      taxRate: field.rate,
      /** The prices of its plan include tax. */
      taxInclusive: z.boolean(),
      finalizesAt: field.instant,
    }),
  ),
  /** At the end of its day there was nothing to bill. Moves no money; a later invoice of the month may still come. */
  'invoice.draft_discarded': defineEvent(1, z.strictObject({ ...common })),
  'invoice.finalized': defineEvent(
    2,
    z.strictObject({
      ...common,
      kind: invoiceKindSchema,
      /** The month whose usage a monthly invoice bills; null on others. */
      period: field.month.nullable(),
      currency: field.currency,
      taxRate: field.rate,
      /** The prices of its plan include tax. */
      taxInclusive: z.boolean(),
      lines: z.array(invoiceLineSchema).min(1),
      subtotal: field.amount,
      tax: field.amount,
      total: field.amount,
      dueAt: field.instant,
    }),
  ),
  'invoice.payment_received': defineEvent(
    1,
    z.strictObject({
      ...common,
      paymentId: field.id,
      method: paymentMethodSchema,
      currency: field.currency,
      amount: field.amount,
      /** Settles the receivable. */
      applied: field.amount,
      /** Beyond what was open: goes to the customer's credit balance. */
      excess: field.amount,
    }),
  ),
  /** Earned to date less what was released before, by line, in cents. */
  'revenue.released': defineEvent(
    2,
    z.strictObject({
      ...common,
      /** `cancellation`: the service ended early and what was left is earned at once. */
      cause: z.enum(['time', 'cancellation']),
      currency: field.currency,
      through: field.instant,
      /** The service month that the release falls into. */
      servicePeriod: field.month,
      lines: z
        .array(
          z.strictObject({
            lineId: z.string(),
            amount: field.amount,
            deferredAccount: z.string(),
            revenueAccount: z.string(),
          }),
        )
        .min(1),
    }),
  ),
  /** The unearned rest goes to another invoice; unreleased until that invoice's entry moves it. */
  'schedule.handed_over': defineEvent(
    1,
    z.strictObject({ ...common, lineId: z.string(), toInvoiceId: field.id, remainder: field.amount }),
  ),
  /** The unreleased rest of a line is earned over other dates; frozen while `from` is null (a pause). */
  'schedule.rescheduled': defineEvent(
    1,
    z.strictObject({
      ...common,
      lineId: z.string(),
      amount: field.amount,
      from: field.instant.nullable(),
      to: field.instant,
    }),
  ),
  /** An upgrade kept for the next invoice (SUB-18): the old rest gives way to a new line, the difference is owed. */
  'proration.deferred': defineEvent(
    1,
    z.strictObject({
      ...common,
      currency: field.currency,
      /** The schedules that end, with what they had left. */
      undelivered: z.array(
        z.strictObject({ lineId: z.string(), amount: field.amount, deferredAccount: z.string() }),
      ),
      replacement: replacementLineSchema,
      /** Replacement less undelivered, net. */
      amount: field.amount,
    }),
  ),
  /** Customer credit and wallet settle the receivable, as the stream `credits-…` set them aside. */
  'invoice.funds_applied': defineEvent(
    1,
    z.strictObject({
      ...common,
      fundsId: field.id,
      currency: field.currency,
      wallet: field.amount,
      credit: field.amount,
      /** Set aside, but no longer owed here: goes back to the customer's funds. */
      walletReturned: field.amount,
      creditReturned: field.amount,
    }),
  ),
  'credit_note.issued': defineEvent(
    1,
    z.strictObject({
      ...common,
      creditNoteId: field.id,
      cause: z.enum(['goodwill', 'change', 'pause', 'cancellation', 'usage', 'write-off']),
      reason: z.string(),
      currency: field.currency,
      lines: z.array(creditNoteLineSchema).min(1),
      replacement: replacementLineSchema.nullable(),
      /** Lines less replacement. */
      net: field.amount,
      /** The invoice's tax by cumulative share of its net. */
      tax: field.amount,
      total: field.amount,
      /** Lowers what is owed on the invoice. */
      toReceivable: field.amount,
      /** Beyond that: goes to the customer's credit balance. */
      toCredit: field.amount,
    }),
  ),
  'refund.created': defineEvent(
    1,
    z.strictObject({
      ...common,
      refundId: field.id,
      reason: z.string(),
      currency: field.currency,
      method: paymentMethodSchema,
      /** What leaves the schedules, by line. */
      undelivered: z.array(
        z.strictObject({ lineId: z.string(), amount: field.amount, deferredAccount: z.string() }),
      ),
      /** The rest of the net: a reduction of revenue. */
      delivered: field.amount,
      tax: field.amount,
      total: field.amount,
    }),
  ),
  'refund.settled': defineEvent(
    1,
    z.strictObject({
      ...common,
      refundId: field.id,
      currency: field.currency,
      method: paymentMethodSchema,
      amount: field.amount,
    }),
  ),
  'refund.failed': defineEvent(
    1,
    z.strictObject({
      ...common,
      refundId: field.id,
      currency: field.currency,
      method: paymentMethodSchema,
      amount: field.amount,
      reason: z.string(),
      /** The money had left and came back. */
      hadSettled: z.boolean(),
    }),
  ),
  'invoice.voided': defineEvent(
    1,
    z.strictObject({
      ...common,
      reason: z.string(),
      currency: field.currency,
      tax: field.amount,
      total: field.amount,
      /** By line: what was deferred and what had been released. */
      schedules: z.array(
        z.strictObject({
          lineId: z.string(),
          deferredAccount: z.string(),
          revenueAccount: z.string(),
          deferred: field.amount,
          released: field.amount,
        }),
      ),
      usage: z.array(
        z.strictObject({
          meter: z.string(),
          month: field.month,
          accrued: field.amount,
          amount: field.amount,
        }),
      ),
      /** Promotional credit that was used, positive. */
      promotions: field.amount,
    }),
  ),
  'invoice.written_off': defineEvent(
    1,
    z.strictObject({
      ...common,
      reason: z.string(),
      currency: field.currency,
      net: field.amount,
      tax: field.amount,
      total: field.amount,
    }),
  ),
  /** Money for an invoice that was written off (DUN-4). */
  'invoice.payment_recovered': defineEvent(
    1,
    z.strictObject({
      ...common,
      paymentId: field.id,
      method: paymentMethodSchema,
      currency: field.currency,
      amount: field.amount,
      net: field.amount,
      tax: field.amount,
      excess: field.amount,
    }),
  ),
  /** An attempt to collect failed. No entry: the receivable stays (DUN-1). */
  'payment.failed': defineEvent(
    1,
    z.strictObject({
      ...common,
      attempt: z.int().min(1),
      reason: z.string(),
      /** A hard decline: nothing is tried again by itself. */
      hard: z.boolean(),
    }),
  ),
  /** The payment is asked for again: whoever stands behind the payment method takes it up, else the customer. */
  'payment.requested': defineEvent(
    1,
    z.strictObject({ ...common, attempt: z.int().min(1), amount: field.amount, currency: field.currency }),
  ),
  'dunning.advanced': defineEvent(1, z.strictObject({ ...common, step: z.enum(DUNNING_STEPS) })),
};

export type InvoiceEvent = EventsOf<typeof invoiceEvents>;
