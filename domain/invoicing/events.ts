import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

const money = {
  /** Net, in cents. */
  amount: field.amount,
  /** Share of the invoice's tax, in cents (largest remainder). */
  tax: field.amount,
};

export const invoiceLineSchema = z.discriminatedUnion('kind', [
  /** Billed in advance and deferred; released to `revenueAccount` over [from, to). */
  z.strictObject({
    kind: z.literal('subscription'),
    lineId: z.string(),
    description: z.string(),
    tier: z.string(),
    billingCycle: z.enum(['monthly', 'annual']),
    from: field.instant,
    to: field.instant,
    deferredAccount: z.string(),
    revenueAccount: z.string(),
    ...money,
  }),
  /** The unearned rest of an earlier invoice, taken over by this one; `amount` is negative. */
  z.strictObject({
    kind: z.literal('credit'),
    lineId: z.string(),
    description: z.string(),
    fromInvoiceId: field.id,
    deferredAccount: z.string(),
    ...money,
  }),
  /** Billed in arrears out of what is accrued. */
  z.strictObject({
    kind: z.literal('usage'),
    lineId: z.string(),
    description: z.string(),
    meter: z.string(),
    month: field.month,
    quantity: field.units,
    included: field.units,
    billable: field.units,
    /** What leaves the contract asset, at 1e-6; `accrued - amount` is the residual. */
    accrued: field.amount,
    ...money,
  }),
]);

const common = { invoiceId: field.id, customerId: field.id };

/** Stream `invoice-{invoiceId}`, which owns the release schedules of its lines. */
export const invoiceEvents = {
  'invoice.finalized': defineEvent(
    1,
    z.strictObject({
      ...common,
      kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal', 'monthly', 'usage']),
      /** The month whose usage a monthly invoice bills; null on others. */
      period: field.month.nullable(),
      currency: field.currency,
      taxRate: field.rate,
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
      method: z.enum(['card', 'ach', 'bank_transfer']),
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
    1,
    z.strictObject({
      ...common,
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
};

export type InvoiceLine = z.infer<typeof invoiceLineSchema>;
export type InvoiceEvent = EventsOf<typeof invoiceEvents>;
