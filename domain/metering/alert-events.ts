import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';
import { thresholdSchema } from './usage-terms-events.ts';

/** Stream `usage-alerts-{customerId}.{month}`. */
export const alertEvents = {
  /** A month's rated usage of a meter rose to a threshold, or fell below it again: once for each direction. */
  'usage.alert_raised': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      month: field.month,
      meter: z.string(),
      threshold: thresholdSchema,
      direction: z.enum(['up', 'down']),
      /** Rated units of the month when it was noticed. */
      quantity: field.units,
      included: field.count,
      tier: z.string().nullable(),
      /** A higher tier may be the better deal: `generateUpgradeRecommendation` says. */
      upgradeHint: z.boolean(),
    }),
  ),
};

export type AlertEvent = EventsOf<typeof alertEvents>;
