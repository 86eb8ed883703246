import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

const common = { customerId: field.id, currency: field.currency };
/** Lower priorities are burnt first; null never expires. */
const terms = { priority: z.int().min(0).max(100), expiresAt: field.instant.nullable() };
/** What each top-up gives, in the order in which they were burnt. */
const walletParts = z.array(z.strictObject({ topUpId: field.id, amount: field.amount }));
const grantParts = z.array(z.strictObject({ grantId: field.id, amount: field.amount })).min(1);

const funds = {
  ...common,
  /** Names this use for an invoice. */
  fundsId: field.id,
  invoiceId: field.id,
  /** From the prepaid wallet; the sum of `parts`. */
  wallet: field.amount,
  /** From the credit balance. */
  credit: field.amount,
  parts: walletParts,
};

const refund = { ...common, refundId: field.id, amount: field.amount };

/** Stream `credits-{customerId}`: all that is held for a customer, and what becomes of it. Amounts in cents. */
export const creditEvents = {
  /** Money received into the prepaid usage wallet: a liability until usage is paid with it. */
  'wallet.topped_up': defineEvent(
    1,
    z.strictObject({
      ...common,
      topUpId: field.id,
      amount: field.amount,
      method: z.enum(['card', 'ach', 'bank_transfer']),
      ...terms,
    }),
  ),
  /** What was left of a top-up at its end: breakage. */
  'wallet.expired': defineEvent(1, z.strictObject({ ...common, topUpId: field.id, amount: field.amount })),
  /** Promotional credit: a promise to lower usage to come, no liability. */
  'credit.granted': defineEvent(
    1,
    z.strictObject({
      ...common,
      grantId: field.id,
      amount: field.amount,
      /** Declared free of personal data. */
      reason: z.string().min(1).max(200),
      ...terms,
    }),
  ),
  'grant.expired': defineEvent(1, z.strictObject({ ...common, grantId: field.id, amount: field.amount })),
  /** Owed to the customer since the event that `source` names, which has the entry. */
  'credit.added': defineEvent(
    1,
    z.strictObject({
      ...common,
      amount: field.amount,
      source: z.enum(['payment', 'credit-note', 'recovery']),
      invoiceId: field.id,
      /** The payment or credit note. */
      sourceId: field.id,
    }),
  ),
  /** Set aside for an invoice that has become final; the invoice's own event has the entry. */
  'funds.used': defineEvent(1, z.strictObject(funds)),
  /** Set aside and not needed. */
  'funds.returned': defineEvent(1, z.strictObject(funds)),
  /** Promotional credit lowers the usage of an invoice, before tax. */
  'promotion.used': defineEvent(
    1,
    z.strictObject({ ...common, invoiceId: field.id, amount: field.amount, parts: grantParts }),
  ),
  /** The invoice was voided. */
  'promotion.returned': defineEvent(
    1,
    z.strictObject({ ...common, invoiceId: field.id, amount: field.amount, parts: grantParts }),
  ),
  /** The customer asks for its credit balance in cash. */
  'credit.refund_requested': defineEvent(1, z.strictObject(refund)),
  'credit.refund_settled': defineEvent(1, z.strictObject(refund)),
  'credit.refund_failed': defineEvent(
    1,
    z.strictObject({
      ...refund,
      /** Declared free of personal data; may be empty. */
      reason: z.string().max(500),
      /** The money had left and came back. */
      hadSettled: z.boolean(),
    }),
  ),
};

export type CreditEvent = EventsOf<typeof creditEvents>;
