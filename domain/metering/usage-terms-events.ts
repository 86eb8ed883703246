import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';
import { priceSchema } from './price.ts';

/** A share of the month's allowance, or a count. Both are whole numbers above zero. */
export const thresholdSchema = z.strictObject({ unit: z.enum(['percent', 'units']), value: field.count });

/** Stream `usage-terms-{customerId}`: what was agreed with one customer about its usage, by whole months. */
export const usageTermsEvents = {
  /** A price of one's own for a meter from a month on; null: the plan's price again. */
  'usage.price_overridden': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      eventType: z.string(),
      price: priceSchema.nullable(),
      from: field.month,
    }),
  ),
  /** What a month's usage costs at least, from a month on; null: no commitment of its own any more. */
  'usage.commitment_set': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      /** A month, net, in cents. */
      amount: field.amount.nullable(),
      currency: field.currency,
      from: field.month,
    }),
  ),
  /** The customer's own alert threshold on a meter, beside the standing ones; null: none. */
  'usage.alert_set': defineEvent(
    1,
    z.strictObject({ customerId: field.id, eventType: z.string(), threshold: thresholdSchema.nullable() }),
  ),
};

export type Threshold = z.infer<typeof thresholdSchema>;
export type UsageTermsEvent = EventsOf<typeof usageTermsEvents>;
