import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

/** What the sign-up asked for; the subscription follows from it, also after a crash in between. */
export const signupSchema = z.strictObject({
  tier: z.string(),
  billingCycle: z.enum(['monthly', 'annual']),
  trialDays: z.int().min(0),
});

/** Stream `customer-{customerId}`. Name and e-mail are in the vault under `subjectId`, never here. */
export const customerEvents = {
  'customer.registered': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      subjectId: z.string(),
      currency: field.currency,
      /** Sales tax on top of net prices, as a fraction: `0.08`. */
      taxRate: field.rate,
      paymentMethod: z.boolean(),
      signup: signupSchema,
    }),
  ),
};

export type CustomerEvent = EventsOf<typeof customerEvents>;
