import { z } from 'zod';
import { field } from '../kernel/event.ts';

const money = {
  /** Net, in cents. */
  amount: field.amount,
  /** Share of the invoice's tax, in cents (largest remainder). */
  tax: field.amount,
};

/** What is delivered over [from, to), and the accounts that it moves between. */
const service = {
  lineId: z.string(),
  description: z.string(),
  tier: z.string(),
  billingCycle: z.enum(['monthly', 'annual']),
  from: field.instant,
  to: field.instant,
  deferredAccount: z.string(),
  revenueAccount: z.string(),
};

export const invoiceLineSchema = z.discriminatedUnion('kind', [
  /** Billed in advance and deferred; released to `revenueAccount` over [from, to). */
  z.strictObject({
    kind: z.literal('subscription'),
    ...service,
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
  /** A deferred proration (SUB-18): leaves the contract asset; `forInvoiceId` earns it. */
  z.strictObject({
    kind: z.literal('proration'),
    lineId: z.string(),
    description: z.string(),
    forInvoiceId: field.id,
    ...money,
  }),
  /** Promotional credit used against usage, before tax (USE-9); `amount` is negative. */
  z.strictObject({
    kind: z.literal('promotion'),
    lineId: z.string(),
    description: z.string(),
    ...money,
  }),
]);

export const paymentMethodSchema = z.enum(['card', 'ach', 'bank_transfer']);

export const DUNNING_STEPS = ['past_due', 'grace', 'restricted', 'suspended', 'cancelled'] as const;

export const invoiceKindSchema = z.enum([
  'signup',
  'trial-conversion',
  'change',
  'renewal',
  'resume',
  'monthly',
  'usage',
  'cancellation',
]);

export const creditNoteLineSchema = z.discriminatedUnion('kind', [
  /** What is delivered already: a reduction of revenue, goodwill (SUB-13). Below zero: a reduction taken back. */
  z.strictObject({ kind: z.literal('delivered'), description: z.string(), amount: field.amount }),
  /** What is not: it leaves the schedule of the line, whose rest goes on from here. */
  z.strictObject({
    kind: z.literal('undelivered'),
    lineId: z.string(),
    description: z.string(),
    amount: field.amount,
    deferredAccount: z.string(),
  }),
  /** Billed beyond what is accrued (USE-5). */
  z.strictObject({
    kind: z.literal('usage'),
    description: z.string(),
    meter: z.string(),
    month: field.month,
    quantity: field.units,
    /** What goes back to the contract asset, at 1e-6; `accrued - amount` is the residual. */
    accrued: field.amount,
    amount: field.amount,
  }),
]);

/** The service that takes the place of what is credited (SUB-10); its schedule begins in the same stream. */
export const replacementLineSchema = z.strictObject({
  ...service,
  amount: field.amount,
});

export type InvoiceLine = z.infer<typeof invoiceLineSchema>;
export type CreditNoteLine = z.infer<typeof creditNoteLineSchema>;
export type ReplacementLine = z.infer<typeof replacementLineSchema>;
export type PaymentMethod = z.infer<typeof paymentMethodSchema>;
export type InvoiceKind = z.infer<typeof invoiceKindSchema>;
export type DunningStep = (typeof DUNNING_STEPS)[number];
