import type { InvoiceSource } from '../../api/documents/invoice-model.ts';
import type { Seller } from '../../api/documents/parties.ts';
import { type DraftLine, type InvoiceCommand, invoiceDecider } from '../../domain/invoicing/decider.ts';
import { decimal, toCents } from '../../domain/kernel/money.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { decided, stored } from '../support/events.ts';
import type { ReadModels } from '../support/read-models.ts';

export const FEBRUARY = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };
export const MARCH = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };

export const seller: Seller = {
  party: {
    name: 'Aura Data Ltd',
    lines: ['12 Harbour Street', 'Dublin D02 XY45', 'Ireland', 'Tax ID IE1234567T', 'billing@aura.example'],
  },
  instructions: ['Bank transfer to IE29 AIBK 9311 5212 3456 78, BIC AIBKIE2D', 'or by card on file.'],
  footer: ['Aura Data Ltd, registered in Ireland under 123456.'],
};

export const acme = { name: 'Acme Brands GmbH', email: 'accounts@acme.example', erased: false };

export interface Sample {
  readonly at: Instant;
  readonly kind?: 'signup' | 'monthly' | 'change';
  readonly period?: string;
  readonly currency?: string;
  readonly taxRate?: string;
  readonly lines: readonly DraftLine[];
  readonly later?: readonly InvoiceCommand[];
}

/** Plays an invoice through its decider into the read model, and answers it as a document is made from it. */
export async function sourceOf(models: ReadModels, sample: Sample): Promise<InvoiceSource> {
  const { at: effectiveAt, kind = 'signup', period = null, currency = 'USD', taxRate = '0' } = sample;
  const header = { invoiceId: 'inv-sample', customerId: 'acme', kind, period, currency, taxRate };
  const events = decided(invoiceDecider, [
    { type: 'finalizeInvoice', effectiveAt, ...header, lines: sample.lines },
    ...(sample.later ?? []),
  ]);
  await models.reset(billingProjection);
  await models.apply(billingProjection, stored(events));
  const invoice = await new BillingReads(models.pool).invoiceById('inv-sample');
  if (invoice === undefined) throw new Error('the invoice is not in the read model');
  return { invoice, customer: acme, seller, numbers: new Map([['inv-before', 7]]) };
}

export function subscription(amount: string, { from, to }: { from: Instant; to: Instant }): DraftLine {
  return {
    kind: 'subscription',
    description: 'Growth',
    tier: 'growth',
    billingCycle: 'monthly',
    from,
    to,
    deferredAccount: '2100',
    revenueAccount: '4010',
    amount,
  };
}

export function unused(amount: string): DraftLine {
  return {
    kind: 'credit',
    description: 'Unused',
    fromInvoiceId: 'inv-before',
    deferredAccount: '2100',
    amount,
  };
}

export function usage(
  meter: string,
  [used, included]: readonly [number, number],
  amount: string,
  month = '2026-01',
  accrued = amount,
): DraftLine {
  const counts = {
    quantity: `${used}`,
    included: `${included}`,
    billable: `${Math.max(0, used - included)}`,
  };
  return { kind: 'usage', description: meter, meter, month, ...counts, accrued, amount };
}

export function paid(
  now: Instant,
  amount: string,
  method: 'card' | 'bank_transfer' = 'card',
): InvoiceCommand {
  return { type: 'recordInvoicePayment', now, amount, paymentId: `pay-${now}`, currency: 'USD', method };
}

/** Sign-up on 10 January, 10:15:30, Growth to the end of the month. */
export const signUp: Sample = {
  at: '2026-01-10T10:15:30.000Z',
  taxRate: '0.0825',
  lines: [subscription('208.34', { from: '2026-01-10T10:15:30.000Z', to: FEBRUARY.from })],
};

/** The catalogue's worked example: February's subscription and January's usage, 1,924.00. */
export const workedExample: Sample = {
  at: FEBRUARY.from,
  kind: 'monthly',
  period: '2026-01',
  lines: [
    subscription('299.00', FEBRUARY),
    usage('event.tracked', [25_000_000, 5_000_000], '200.00'),
    usage('api.called', [1_100_000, 1_000_000], '10.00'),
    usage('email.sent', [350_000, 50_000], '240.00'),
    usage('audience.activated', [350_000, 50_000], '300.00'),
    usage('prediction.scored', [120_000, 20_000], '250.00'),
    usage('profile.enriched', [22_500, 2_500], '400.00'),
    usage('ai.brief_generated', [75, 25], '125.00'),
    usage('model.trained', [2, 0], '100.00'),
  ],
};

/** An upgrade: credit for unused time, late usage of December, tax on top, paid in part. */
export const upgrade: Sample = {
  at: '2026-01-20T12:00:00.000Z',
  kind: 'monthly',
  period: '2026-01',
  taxRate: '0.19',
  lines: [
    subscription('799.00', FEBRUARY),
    unused('-113.27'),
    usage('api.called', [1_200, 0], '0.12', '2025-12', '0.120000'),
    usage('email.sent', [40, 0], '0.02', '2025-12', '0.024'),
  ],
  later: [
    paid('2026-01-25T23:30:00.000Z', '500.00'),
    paid('2026-01-26T08:00:00.000Z', '400.00', 'bank_transfer'),
  ],
};

/** An invoice of two hundred lines. */
export const long: Sample = {
  at: FEBRUARY.from,
  kind: 'monthly',
  period: '2026-01',
  taxRate: '0.08',
  lines: Array.from({ length: 200 }, (_, index) => {
    const units = 100 + index;
    const price = decimal('0.012').times(units);
    return usage('sms.sent', [units, 0], toCents(price).toFixed(2), '2026-01', price.toFixed(3));
  }),
};
