import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

const billingCycle = z.enum(['monthly', 'annual']);

/** A recurring discount that is in a price. */
const discountSchema = z.strictObject({ couponId: field.id, percentOff: field.percent });

/** A stretch of service that is billed in advance, and the invoice whose stream owns its release schedule. */
const chargeSchema = z.strictObject({
  invoiceId: field.id,
  kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal', 'resume']),
  tier: z.string(),
  billingCycle,
  from: field.instant,
  to: field.instant,
  /** Net price of the whole month or term. */
  fullPrice: field.amount,
  /** What is charged for [from, to), in cents, net of tax. */
  amount: field.amount,
  /** The same with its tax, where prices include it; null where tax comes on top. */
  gross: field.amount.nullable(),
  discount: discountSchema.nullable(),
});

/** The unearned rest of an earlier charge, in cents, net of tax: what its invoice has still deferred. */
const creditSchema = z.strictObject({ invoiceId: field.id, amount: field.amount });

/** What an Enterprise customer agreed beside the catalogue. */
export const contractSchema = z.strictObject({
  contractId: field.id,
  /** Of a month or term, by the subscription's billing cycle. */
  price: field.amount,
  /** Units a month by meter; meters that are left out have the plan's. */
  allowances: z.record(z.string(), field.count),
  /** Static limits; those that are left out are the plan's. */
  limits: z.record(z.string(), z.union([field.count, z.literal('unlimited')])),
  /** Usage revenue committed to a month; null for none. */
  commitment: field.amount.nullable(),
});

const common = { customerId: field.id, subscriptionId: field.id };
const terms = {
  tier: z.string(),
  billingCycle,
  catalogueVersion: z.string(),
  /** Price of a month or term as agreed: before a discount, with tax where prices include it. */
  listPrice: field.amount,
  /** The recurring price after discount, net of tax: what MRR counts. */
  price: field.amount,
  currency: field.currency,
  taxRate: field.rate,
  taxInclusive: z.boolean(),
  contract: contractSchema.nullable(),
  discount: discountSchema.nullable(),
};

/** Stream `subscription-{customerId}`. All memos: their money is in the invoices that they cause. */
export const subscriptionEvents = {
  /** Also after a cancellation: the customer comes back. */
  'subscription.started': defineEvent(
    2,
    z.strictObject({
      ...common,
      ...terms,
      trialEndsAt: field.instant.nullable(),
      charge: chargeSchema.nullable(),
    }),
  ),
  'subscription.trial_converted': defineEvent(
    2,
    z.strictObject({ ...common, ...terms, charge: chargeSchema }),
  ),
  'subscription.changed': defineEvent(
    2,
    z.strictObject({
      ...common,
      ...terms,
      fromTier: z.string(),
      charge: chargeSchema.nullable(),
      credit: creditSchema.nullable(),
      /**
       * `invoice`: the charge's own, with the credit on it. `creditNote`: on the invoice of the credit, whose
       * schedule the charge continues. `nextInvoice`: deferred, likewise. `none`: nothing moves.
       */
      settlement: z.enum(['none', 'invoice', 'creditNote', 'nextInvoice']),
    }),
  ),
  'subscription.change_scheduled': defineEvent(
    2,
    z.strictObject({
      ...common,
      fromTier: z.string(),
      toTier: z.string(),
      /** Null: the cycle stays. */
      toBillingCycle: billingCycle.nullable(),
      contract: contractSchema.nullable(),
      at: field.instant,
    }),
  ),
  'subscription.scheduled_change_cancelled': defineEvent(
    1,
    z.strictObject({ ...common, toTier: z.string() }),
  ),
  /** The next month or term begins; a scheduled change has been applied before. */
  'subscription.renewed': defineEvent(2, z.strictObject({ ...common, ...terms, charge: chargeSchema })),
  /** Lowers the price of charges that begin in [from, until). */
  'subscription.coupon_applied': defineEvent(
    2,
    z.strictObject({
      ...common,
      couponId: field.id,
      percentOff: field.percent,
      /** As asked for: of the charges that begin from then on; null is for ever. */
      months: z.int().min(1).nullable(),
      from: field.instant,
      until: field.instant.nullable(),
    }),
  ),
  'subscription.cancellation_scheduled': defineEvent(
    1,
    z.strictObject({ ...common, at: field.instant, reason: z.string() }),
  ),
  'subscription.cancellation_withdrawn': defineEvent(1, z.strictObject({ ...common })),
  'subscription.cancelled': defineEvent(
    1,
    z.strictObject({
      ...common,
      tier: z.string(),
      reason: z.string(),
      /** False: dunning was exhausted. */
      voluntary: z.boolean(),
      /** What becomes of the rest of a charge that is paid. */
      refund: z.enum(['none', 'unused']),
      /** The rest of the running charge; null if it has run out or there is none. */
      credit: creditSchema.nullable(),
      /** Bills all usage that is not billed yet; null where a monthly invoice does it, or on trial. */
      finalInvoiceId: field.id.nullable(),
    }),
  ),
  'subscription.paused': defineEvent(
    1,
    z.strictObject({
      ...common,
      tier: z.string(),
      billingCycle,
      /** The rest of the running charge: credited for a month, frozen for an annual term. */
      credit: creditSchema.nullable(),
    }),
  ),
  'subscription.resumed': defineEvent(
    1,
    z.strictObject({
      ...common,
      ...terms,
      /** A month: charged from now on, like a sign-up. An annual term: its frozen rest on moved dates. */
      charge: chargeSchema,
    }),
  ),
  /** Dunning, day 21: no service, no releases, no next invoice until it is paid. */
  'subscription.suspended': defineEvent(1, z.strictObject({ ...common, invoiceId: field.id })),
  /** An overdue invoice that stopped the service is settled. */
  'subscription.overdue_settled': defineEvent(1, z.strictObject({ ...common, invoiceId: field.id })),
  'subscription.reinstated': defineEvent(1, z.strictObject({ ...common })),
  /** An upgrade to Enterprise: a tenant is to be provisioned. */
  'subscription.tenant_requested': defineEvent(1, z.strictObject({ ...common })),
  /** Deferred prorations go onto an invoice. */
  'subscription.prorations_billed': defineEvent(
    1,
    z.strictObject({
      ...common,
      invoiceId: field.id,
      /** The period of the monthly invoice; null on others. */
      period: field.month.nullable(),
      prorations: z
        .array(z.strictObject({ invoiceId: field.id, description: z.string(), amount: field.amount }))
        .min(1),
    }),
  ),
};

export type Charge = z.infer<typeof chargeSchema>;
export type Credit = z.infer<typeof creditSchema>;
export type Contract = z.infer<typeof contractSchema>;
export type Discount = z.infer<typeof discountSchema>;
export type SubscriptionEvent = EventsOf<typeof subscriptionEvents>;
