import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

const fact = z.strictObject({
  customerId: field.id,
  eventType: z.string(),
  eventId: z.string().min(1).max(128),
  occurredAt: field.instant,
  /** Units as a decimal integer; COUNT and SUM meters add it up. */
  quantity: field.count,
  /** The distinct key of a UNIQUE_COUNT meter. */
  uniqueKey: z.string().nullable(),
  metadata: z.record(z.string(), z.json()),
});

const quarantineReason = z.enum(['too-old', 'in-the-future']);

/** Stream `usage-{customerId}.{month of occurredAt}`: facts without money. */
export const usageEvents = {
  'usage.recorded': defineEvent(1, fact),
  /** Outside the acceptance window: kept, visible, not counted until released. */
  'usage.quarantined': defineEvent(1, fact.extend({ reason: quarantineReason })),
  /** A quarantined fact counts from here on, in the month that it happened in. */
  'usage.released': defineEvent(
    1,
    fact.omit({ metadata: true }).extend({
      /** Why it was quarantined. */
      reason: quarantineReason,
      /** Id of the event that quarantined it. */
      quarantinedEvent: z.uuid(),
    }),
  ),
  /** Added to what a meter counted, also on a meter of distinct things. Names no fact: the sum was wrong. */
  'usage.corrected': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      eventType: z.string(),
      correctionId: field.id,
      occurredAt: field.instant,
      /** Signed, not zero. */
      quantity: field.units,
      reason: z.string().min(1).max(500),
    }),
  ),
};

const accruedLine = z.strictObject({
  /** A meter, or `minimum.commitment`. */
  meter: z.string(),
  /** Below zero where corrections outweigh what was counted. */
  quantity: field.units,
  included: field.count,
  billable: field.count,
  /** Rated total of the month to date, at 1e-6. */
  amount: field.amount,
  /** `amount` less what was accrued before; may be negative. */
  delta: field.amount,
});

const billedLine = z.strictObject({
  meter: z.string(),
  /** Counts since the last billing of this month. */
  quantity: field.units,
  included: field.units,
  billable: field.units,
  /** Accrued and not billed until now, at 1e-6. */
  accrued: field.amount,
  /** The same, half-even in cents: what the invoice line says. */
  billed: field.amount,
});

const creditedLine = z.strictObject({
  meter: z.string(),
  /** By how much the billed counts go down; below zero where more was counted at a lower price. */
  quantity: field.units,
  included: field.units,
  billable: field.units,
  /** What was billed beyond what is accrued, above zero, at 1e-6. */
  accrued: field.amount,
  /** By how much the invoice's line goes down in cents: what stays billed is what stays accrued, half-even. */
  credited: field.amount,
});

/** Stream `rating-{customerId}.{month}`. */
export const ratingEvents = {
  'usage.accrued': defineEvent(
    2,
    z.strictObject({
      customerId: field.id,
      month: field.month,
      currency: field.currency,
      /** Log position up to which usage facts are counted. */
      countedThrough: z.int(),
      /** The month's invoice was already final: a late fact (USE-4). */
      late: z.boolean(),
      lines: z.array(accruedLine),
    }),
  ),
  /**
   * Reserves what is accrued for one invoice, so that usage is billed once, whoever asks. The same lines negated
   * give the reservation back: the invoice became final without them.
   */
  'usage.billed': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      month: field.month,
      invoiceId: field.id,
      /** The period of the monthly invoice that bills it; the usage may be of an earlier month. */
      period: field.month,
      lines: z.array(billedLine).min(1),
    }),
  ),
  /** The month came out below what this final invoice billed of it: the difference is owed back. */
  'usage.credited': defineEvent(
    1,
    z.strictObject({
      customerId: field.id,
      month: field.month,
      invoiceId: field.id,
      currency: field.currency,
      lines: z.array(creditedLine).min(1),
    }),
  ),
};

export type AccruedLine = z.infer<typeof accruedLine>;
export type BilledLine = z.infer<typeof billedLine>;
export type CreditedLine = z.infer<typeof creditedLine>;
export type UsageEvent = EventsOf<typeof usageEvents>;
export type RatingEvent = EventsOf<typeof ratingEvents>;
