import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

/** A stretch of service that is billed in advance, and the invoice whose stream owns its release schedule. */
export const chargeSchema = z.strictObject({
  invoiceId: field.id,
  kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal']),
  tier: z.string(),
  billingCycle: z.enum(['monthly', 'annual']),
  from: field.instant,
  to: field.instant,
  /** Price of the whole month or term. */
  fullPrice: field.amount,
  /** What is charged for [from, to), in cents, net of tax. */
  amount: field.amount,
});

/** The unearned rest of an earlier charge, in cents, net of tax; it moves to the new charge's invoice. */
export const creditSchema = z.strictObject({ invoiceId: field.id, amount: field.amount });

const common = { customerId: field.id, subscriptionId: field.id };
const terms = {
  tier: z.string(),
  billingCycle: z.enum(['monthly', 'annual']),
  catalogueVersion: z.string(),
  /** Full price of a month or term, net of tax. */
  price: field.amount,
  currency: field.currency,
  taxRate: field.rate,
};

/** Stream `subscription-{customerId}`. All memos: their money is in the invoices that they cause. */
export const subscriptionEvents = {
  'subscription.started': defineEvent(
    1,
    z.strictObject({
      ...common,
      ...terms,
      trialEndsAt: field.instant.nullable(),
      charge: chargeSchema.nullable(),
    }),
  ),
  'subscription.trial_converted': defineEvent(
    1,
    z.strictObject({ ...common, ...terms, charge: chargeSchema }),
  ),
  'subscription.changed': defineEvent(
    1,
    z.strictObject({
      ...common,
      ...terms,
      fromTier: z.string(),
      charge: chargeSchema.nullable(),
      credit: creditSchema.nullable(),
    }),
  ),
  'subscription.change_scheduled': defineEvent(
    1,
    z.strictObject({ ...common, fromTier: z.string(), toTier: z.string(), at: field.instant }),
  ),
  'subscription.scheduled_change_cancelled': defineEvent(
    1,
    z.strictObject({ ...common, toTier: z.string() }),
  ),
  /** The next month or term begins; a scheduled change has been applied before. */
  'subscription.renewed': defineEvent(1, z.strictObject({ ...common, ...terms, charge: chargeSchema })),
};

export type Charge = z.infer<typeof chargeSchema>;
export type Credit = z.infer<typeof creditSchema>;
export type SubscriptionEvent = EventsOf<typeof subscriptionEvents>;
