import { z } from 'zod';
import { DUNNING_STEPS, invoiceKindSchema, paymentMethodSchema } from '../../domain/invoicing/schemas.ts';

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

const MAX_TRIAL_DAYS = 90;
export const tier = z.string().min(1).max(40).describe('free, starter, growth, pro or enterprise.');
export const trialDays = z
  .int()
  .min(0)
  .max(MAX_TRIAL_DAYS)
  .default(0)
  .describe(
    'Days of trial, each of 24 hours; 0 for none. The catalogue offers 14 on starter, growth and pro.',
  );
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

const discount = z.strictObject({ couponId: id, percentOff: z.string() }).nullable();

const charge = z
  .strictObject({
    invoiceId: id,
    kind: z.enum(['signup', 'trial-conversion', 'change', 'renewal', 'resume']),
    tier: z.string(),
    billingCycle,
    from: instant,
    to: instant,
    fullPrice: money.describe('Net price of the whole month or term.'),
    amount: money.describe('Charged for [from, to), net of tax.'),
    gross: money.nullable().describe('The same with tax, where prices include it.'),
    discount,
  })
  .meta({ id: 'Charge' });

/** A contract as a caller gives it. */
export const contractInput = z
  .strictObject({
    contractId: id,
    price: moneyInput.describe('Of a month or term, by billingCycle. Overrides the list price.'),
    allowances: z
      .record(z.string().max(40), z.int().min(0))
      .default({})
      .describe('Units a month by event type; others have the plan’s.'),
    limits: z
      .record(z.string().max(40), z.union([z.int().min(0), z.literal('unlimited')]))
      .default({})
      .describe('Static limits; others are the plan’s.'),
    commitment: moneyInput.nullable().default(null).describe('Usage revenue committed to a month.'),
  })
  .meta({ id: 'ContractInput' });

const contract = z
  .strictObject({
    contractId: id,
    price: money,
    allowances: z.record(z.string(), count),
    limits: z.record(z.string(), z.union([count, z.literal('unlimited')])),
    commitment: money.nullable(),
  })
  .meta({ id: 'Contract' });

export const subscriptionStatus = z.enum(['trialing', 'active', 'paused', 'suspended', 'cancelled']);

/** A subscription as it stands. */
export const subscriptionState = z
  .strictObject({
    customerId: id,
    subscriptionId: id,
    status: subscriptionStatus.describe('`suspended`: an invoice is overdue, the service has stopped.'),
    tier: z.string(),
    billingCycle,
    price: money.describe('Recurring price of a month or term, after discount, net of tax.'),
    listPrice: money.describe('As agreed: before discount, with tax where prices include it.'),
    taxInclusive: z.boolean(),
    catalogueVersion: z
      .string()
      .describe('The plan version that was bought: its price, limits and flags stay.'),
    contract: contract.nullable(),
    discount: discount.describe('Of the running price; a coupon comes with the next charge.'),
    coupon: z
      .strictObject({
        couponId: id,
        percentOff: z.string(),
        months: z.int().nullable().describe('As asked for; null is for ever.'),
        from: instant,
        until: instant.nullable(),
      })
      .nullable()
      .describe('The latest coupon: lowers the charges that begin in [from, until).'),
    trialEndsAt: instant.nullable(),
    scheduledChange: z.strictObject({ tier: z.string(), billingCycle, at: instant }).nullable(),
    endsAt: instant.nullable().describe('When it ends, if a cancellation is scheduled.'),
    pausedAt: instant.nullable(),
    paidThrough: instant.nullable(),
    deferred: z
      .array(z.strictObject({ description: z.string(), amount: money }))
      .describe('Prorations kept for the next invoice, net.'),
  })
  .meta({ id: 'SubscriptionState' });

export const subscription = z
  .strictObject({
    ...subscriptionState.shape,
    charge: charge.nullable().describe('What this change charges.'),
    credit: z
      .strictObject({ invoiceId: id, amount: money })
      .nullable()
      .describe('The unearned rest of the charge before.'),
    settlement: z
      .enum(['none', 'invoice', 'creditNote', 'nextInvoice'])
      .describe('Where charge and credit go.'),
  })
  .meta({ id: 'Subscription' });

const line = {
  lineId: z.string(),
  description: z.string(),
  amount: money.describe('Net.'),
  tax: money,
};

const invoiceLine = z
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
    z
      .strictObject({ ...line, kind: z.literal('proration'), forInvoiceId: id })
      .describe('A change that was kept for this invoice.'),
    z
      .strictObject({ ...line, kind: z.literal('promotion') })
      .describe('Promotional credit used against usage, before tax; negative.'),
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

export const invoiceKind = invoiceKindSchema;
export const invoiceStatus = z.enum(['draft', 'finalized', 'paid', 'past_due', 'uncollectible', 'void']);

const invoiceHeader = {
  invoiceId: id,
  customerId: id,
  kind: invoiceKind,
  period: period.nullable().describe('The month whose usage it bills; null on others.'),
  currency: z.string(),
  taxRate: z.string(),
  taxInclusive: z.boolean(),
  subtotal: money,
  tax: money,
  total: money,
};

export const finalizedInvoice = z
  .strictObject({ ...invoiceHeader, dueAt: instant, lines: z.array(invoiceLine) })
  .meta({ id: 'FinalizedInvoice' });

export const invoiceSummary = z
  .strictObject({
    ...invoiceHeader,
    number: z.int().nullable().describe('Contiguous, in the order of the log; null while it is a draft.'),
    status: invoiceStatus,
    dunning: z.enum(DUNNING_STEPS).nullable(),
    paid: money.describe('By payments and by the customer’s own funds.'),
    credited: money.describe('By credit notes.'),
    writtenOff: money,
    recovered: money.describe('Of what was written off.'),
    due: money,
    effectiveAt: instant,
    dueAt: instant.nullable(),
    finalizesAt: instant.nullable().describe('When a draft becomes final by itself.'),
  })
  .meta({ id: 'InvoiceSummary' });

export const paymentMethod = paymentMethodSchema;

const payment = z
  .strictObject({
    paymentId: id,
    method: z.enum([...paymentMethodSchema.options, 'wallet', 'credit']),
    amount: money,
    applied: money,
    recovered: money.describe('Of what was written off.'),
    excess: money.describe('Goes to the customer credit balance.'),
    receivedAt: instant,
  })
  .meta({ id: 'Payment' });

const creditNoteLine = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('delivered'), description: z.string(), amount: money })
    .describe(
      'For service that was given: lowers revenue. Below zero on a note for usage: what was discounted before.',
    ),
  z
    .strictObject({
      kind: z.literal('undelivered'),
      lineId: z.string(),
      description: z.string(),
      amount: money,
    })
    .describe('For service that was not.'),
  z.strictObject({
    kind: z.literal('usage'),
    description: z.string(),
    meter: z.string(),
    month: period,
    quantity: count,
    amount: money,
  }),
]);

export const creditNote = z
  .strictObject({
    creditNoteId: id,
    invoiceId: id,
    customerId: id,
    cause: z.enum(['goodwill', 'change', 'pause', 'cancellation', 'usage', 'write-off']),
    reason: z.string(),
    lines: z.array(creditNoteLine),
    replacement: z
      .strictObject({ description: z.string(), tier: z.string(), from: instant, to: instant, amount: money })
      .nullable()
      .describe('Service that takes the place of what is credited.'),
    net: money,
    tax: money,
    total: money,
    toReceivable: money.describe('Lowers what is owed on the invoice.'),
    toCredit: money.describe('Goes to the customer’s credit balance.'),
  })
  .meta({ id: 'CreditNote' });

const issuedCreditNote = z
  .strictObject({
    ...creditNote.shape,
    number: z.int().describe('Contiguous, in the order of the log.'),
    issuedAt: instant,
  })
  .meta({ id: 'IssuedCreditNote' });

const refund = z
  .strictObject({
    refundId: id,
    invoiceId: id,
    customerId: id,
    amount: money.describe('Gross.'),
    tax: money,
    method: paymentMethod,
    status: z.enum(['pending', 'settled', 'failed']),
    reason: z.string(),
    createdAt: instant,
    settledAt: instant.nullable(),
  })
  .meta({ id: 'Refund' });

export const invoice = z
  .strictObject({
    ...invoiceSummary.shape,
    lines: z.array(invoiceLine),
    payments: z.array(payment),
    creditNotes: z.array(issuedCreditNote),
    refunds: z.array(refund),
  })
  .meta({ id: 'Invoice' });
