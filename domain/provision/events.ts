import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

export const AGEING_BUCKETS = ['current', '1-30', '31-60', '61-90', '90+'] as const;

/** Stream `provision-{month}`: expected loss on receivables, once for each month. */
export const provisionEvents = {
  'provision.posted': defineEvent(
    1,
    z.strictObject({
      month: field.month,
      currency: field.currency,
      buckets: z.array(
        z.strictObject({
          bucket: z.enum(AGEING_BUCKETS),
          /** Owed for service that was delivered, net of tax, in cents. */
          receivable: field.amount,
          /** Expected loss as a fraction. */
          rate: field.rate,
          /** In cents, half-even. */
          required: field.amount,
        }),
      ),
      required: field.amount,
      /** What account 1205 held before, as a credit balance; negative where write-offs exceeded it. */
      existing: field.amount,
      /** `required` less `existing`. */
      change: field.amount,
    }),
  ),
};

export type ProvisionEvent = EventsOf<typeof provisionEvents>;
export type AgeingBucket = (typeof AGEING_BUCKETS)[number];
