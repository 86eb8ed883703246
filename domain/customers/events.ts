import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';
import { contractSchema } from '../subscriptions/events.ts';

/** What the sign-up asked for; the subscription follows from it, also after a crash in between. */
const signupSchema = z.strictObject({
  tier: z.string(),
  billingCycle: z.enum(['monthly', 'annual']),
  trialDays: z.int().min(0),
  contract: contractSchema.nullable(),
});

/** Stream `customer-{customerId}`. Name and e-mail are in the vault under `subjectId`, never here. */
export const customerEvents = {
  'customer.registered': defineEvent(
    2,
    z.strictObject({
      customerId: field.id,
      subjectId: z.string(),
      currency: field.currency,
      /** Sales tax as a fraction: `0.08`. */
      taxRate: field.rate,
      /** Prices include the tax; else it comes on top. */
      taxInclusive: z.boolean(),
      paymentMethod: z.boolean(),
      signup: signupSchema,
    }),
  ),
  /** A payment method is on file: usage of the Free tier may overflow into paid. */
  'customer.payment_method_attached': defineEvent(1, z.strictObject({ customerId: field.id })),
};

export type CustomerEvent = EventsOf<typeof customerEvents>;
