import { z } from 'zod';

/** `[A-Za-z0-9_.:-]`, at most 64: ids that callers choose and ids that we mint. */
export const id = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . : -');

/** Years that stay four digits in UTC, whatever the offset, and that a catalogue is in force in. */
const IN_RANGE = /^(197[1-9]|19[89]\d|2\d{3})-/;

export const instant = z.iso
  .datetime({ offset: true })
  .regex(IN_RANGE, 'must lie in the years 1971 to 2999')
  .describe('RFC 3339 timestamp; answers are in UTC with milliseconds.');

export const date = z.iso.date().regex(IN_RANGE, 'must lie in the years 1971 to 2999');

export const period = z
  .string()
  .regex(/^(197[1-9]|19[89]\d|2\d{3})-(0[1-9]|1[0-2])$/, 'must be a calendar month, such as 2026-01')
  .describe('Calendar month, UTC: `2026-01`.');

/** Answers: any decimals the ledger can carry. */
export const money = z
  .strictObject({
    amount: z.string().describe('Decimal string.'),
    currency: z.string().describe('ISO 4217 code.'),
  })
  .meta({ id: 'Money' });

/** Requests: whole cents are checked by the command. */
export const moneyInput = z
  .strictObject({
    amount: z.string().regex(/^\d{1,12}(\.\d{1,6})?$/, 'must be a decimal string, such as "299.00"'),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
  })
  .meta({ id: 'MoneyInput' });

export const billingCycle = z.enum(['monthly', 'annual']);
export const count = z.int();

/** Units as a JSON number. Throws RangeError beyond 2^53: nine million facts of the largest quantity in a month. */
export function asCount(units: bigint | string): number {
  const value = Number(units);
  if (!Number.isSafeInteger(value)) throw new RangeError(`a count beyond 2^53: ${units}`);
  return value;
}
export const customerParams = z.strictObject({ customerId: id });

export function asMoney(amount: string, currency: string) {
  return { amount, currency };
}

export const charge = z
  .strictObject({
    invoiceId: id,
    kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal']),
    tier: z.string(),
    billingCycle,
    from: instant,
    to: instant,
    fullPrice: money.describe('Price of the whole month or term.'),
    amount: money.describe('Charged for [from, to), net of tax.'),
  })
  .meta({ id: 'Charge' });

export const subscription = z
  .strictObject({
    customerId: id,
    subscriptionId: id,
    status: z.enum(['trialing', 'active']),
    tier: z.string(),
    billingCycle,
    price: money.describe('Full price of a month or term, net of tax.'),
    trialEndsAt: instant.nullable(),
    scheduledChange: z.strictObject({ tier: z.string(), at: instant }).nullable(),
    charge: charge.nullable().describe('What this change charges.'),
    credit: z
      .strictObject({ invoiceId: id, amount: money })
      .nullable()
      .describe('The unearned rest of the charge before, taken over by the new invoice.'),
  })
  .meta({ id: 'Subscription' });

const line = {
  lineId: z.string(),
  description: z.string(),
  amount: money.describe('Net.'),
  tax: money,
};

export const invoiceLine = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...line,
      kind: z.literal('subscription'),
      tier: z.string(),
      billingCycle,
      from: instant,
      to: instant,
    }),
    z.strictObject({ ...line, kind: z.literal('credit'), fromInvoiceId: id }),
    z.strictObject({
      ...line,
      kind: z.literal('usage'),
      meter: z.string(),
      month: period,
      quantity: count,
      included: count,
      billable: count,
      accrued: money.describe('What was accrued, to six decimals; the rest of a cent is posted.'),
    }),
  ])
  .meta({ id: 'InvoiceLine' });

const invoiceHeader = {
  invoiceId: id,
  customerId: id,
  kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal', 'monthly', 'usage']),
  period: period.nullable().describe('The month whose usage it bills; null on others.'),
  currency: z.string(),
  taxRate: z.string(),
  subtotal: money,
  tax: money,
  total: money,
  effectiveAt: instant,
  dueAt: instant,
};

export const finalizedInvoice = z
  .strictObject({ ...invoiceHeader, lines: z.array(invoiceLine) })
  .omit({ effectiveAt: true })
  .meta({ id: 'FinalizedInvoice' });

export const invoiceSummary = z
  .strictObject({
    ...invoiceHeader,
    number: z.int().describe('Contiguous, in the order of the log.'),
    status: z.enum(['finalized', 'paid']),
    paid: money,
    due: money,
  })
  .meta({ id: 'InvoiceSummary' });

export const payment = z
  .strictObject({
    paymentId: id,
    method: z.enum(['card', 'ach', 'bank_transfer']),
    amount: money,
    applied: money,
    excess: money.describe('Goes to the customer credit balance.'),
    receivedAt: instant,
  })
  .meta({ id: 'Payment' });

export const invoice = z
  .strictObject({ ...invoiceSummary.shape, lines: z.array(invoiceLine), payments: z.array(payment) })
  .meta({ id: 'Invoice' });
