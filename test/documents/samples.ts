import type { CreditNoteSource } from '../../api/documents/credit-note-model.ts';
import type { InvoiceSource } from '../../api/documents/invoice-model.ts';
import type { Seller } from '../../api/documents/parties.ts';
import type { DraftLine, InvoiceCommand } from '../../domain/invoicing/commands.ts';
import { invoiceDecider } from '../../domain/invoicing/decider.ts';
import { decimal, toCents } from '../../domain/kernel/money.ts';
import { addMillis, type Instant, type Interval } from '../../domain/kernel/time.ts';
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
  readonly taxInclusive?: boolean;
  /** None: it stays a draft. */
  readonly lines: readonly DraftLine[];
  readonly later?: readonly InvoiceCommand[];
}

/** Plays an invoice through its decider into the read model, and answers it as a document is made from it. */
export async function sourceOf(models: ReadModels, sample: Sample): Promise<InvoiceSource> {
  const { at: effectiveAt, kind = 'signup', period = null, currency = 'USD', taxRate = '0' } = sample;
  const { lines, taxInclusive = false, later = [] } = sample;
  const header = { invoiceId: 'inv-sample', customerId: 'acme', kind, period, currency, taxRate };
  const opened: InvoiceCommand =
    lines.length === 0
      ? {
          type: 'draftInvoice',
          now: effectiveAt,
          taxInclusive,
          finalizesAt: addMillis(effectiveAt, 86_400_000),
          ...header,
        }
      : { type: 'finalizeInvoice', effectiveAt, taxInclusive, ...header, lines };
  const events = decided(invoiceDecider, [opened, ...later]);
  await models.reset(billingProjection);
  await models.apply(billingProjection, stored(events));
  const invoice = await new BillingReads(models.pool).invoiceById('inv-sample');
  if (invoice === undefined) throw new Error('the invoice is not in the read model');
  return { invoice, customer: acme, seller, numbers: new Map([['inv-before', 7]]) };
}

/** The invoice's last credit note, with the invoice that it corrects. */
export async function creditNoteOf(models: ReadModels, sample: Sample): Promise<CreditNoteSource> {
  const { numbers: _numbers, ...source } = await sourceOf(models, sample);
  const creditNote = source.invoice.creditNotes.at(-1);
  if (creditNote === undefined) throw new Error('the invoice has no credit note');
  return { ...source, creditNote };
}

export function subscription(
  amount: string,
  { from, to }: Interval,
  more: { readonly gross?: string; readonly description?: string } = {},
): DraftLine {
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
    ...more,
  };
}

export function proration(amount: string): DraftLine {
  return { kind: 'proration', description: 'Growth to Pro', forInvoiceId: 'inv-before', amount };
}

export function promotion(amount: string): DraftLine {
  return { kind: 'promotion', description: 'Promotional credit', amount };
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

/** Prices that include 19 % tax: 799.00 for Pro less 20 % stays 639.20, usage has its tax on top of its net. */
export const inclusive: Sample = {
  at: FEBRUARY.from,
  kind: 'monthly',
  period: '2026-01',
  currency: 'EUR',
  taxRate: '0.19',
  taxInclusive: true,
  lines: [
    subscription('537.14', FEBRUARY, {
      gross: '639.20',
      description: 'Growth, monthly, 2026-02-01 to 2026-03-01, less 20 % (SPRING)',
    }),
    usage('email.sent', [350_000, 50_000], '240.00'),
    usage('api.called', [1_100_000, 1_000_000], '10.00'),
  ],
};

/** A deferred change of plan, promotional credit, the customer's own funds, a payment beyond what was due. */
export const settled: Sample = {
  at: FEBRUARY.from,
  kind: 'monthly',
  period: '2026-01',
  taxRate: '0.08',
  lines: [
    subscription('799.00', FEBRUARY),
    proration('161.29'),
    usage('email.sent', [350_000, 50_000], '240.00'),
    promotion('-100.00'),
  ],
  later: [
    { type: 'applyFunds', effectiveAt: FEBRUARY.from, fundsId: 'funds-1', wallet: '150.00', credit: '25.50' },
    paid('2026-02-10T09:00:00.000Z', '1200.00', 'bank_transfer'),
    {
      type: 'refundPayment',
      now: '2026-02-12T09:00:00.000Z',
      refundId: 'refund-1',
      amount: '54.00',
      undelivered: '0.00',
      currency: 'USD',
      method: 'bank_transfer',
      reason: 'agreed on the phone',
    },
  ],
};

/** A credit beyond what is open: part lowers the invoice, the rest goes to the customer's balance. */
export const goodwill: Sample = {
  ...upgrade,
  later: [
    paid('2026-01-25T23:30:00.000Z', '500.00'),
    {
      type: 'issueCreditNote',
      now: '2026-02-15T00:00:00.000Z',
      creditNoteId: 'cn-1',
      amount: '400.00',
      currency: 'USD',
      reason: 'Two days without <exports>',
    },
  ],
};

/** The rest of a plan credited, and a cheaper one in its place. */
export const replaced: Sample = {
  at: FEBRUARY.from,
  taxRate: '0.0825',
  lines: [subscription('799.00', FEBRUARY)],
  later: [
    {
      type: 'creditUnused',
      at: '2026-02-15T00:00:00.000Z',
      creditNoteId: 'cn-2',
      cause: 'change',
      reason: 'Growth to Starter',
      replacement: {
        description: 'Starter, monthly',
        tier: 'starter',
        billingCycle: 'monthly',
        from: '2026-02-15T00:00:00.000Z',
        to: FEBRUARY.to,
        deferredAccount: '2100',
        revenueAccount: '4010',
        amount: '49.50',
      },
    },
  ],
};

/** Usage that came out below what was billed. */
export const usageCredited: Sample = {
  ...workedExample,
  later: [
    {
      type: 'creditUsage',
      at: '2026-02-20T00:00:00.000Z',
      creditNoteId: 'cn-3',
      reason: 'Calls of a test were counted',
      lines: [{ meter: 'api.called', month: '2026-01', quantity: '50000', accrued: '5', amount: '5.00' }],
    },
  ],
};

export const draft: Sample = { at: FEBRUARY.from, kind: 'monthly', period: '2026-01', lines: [] };

export const pastDue: Sample = {
  ...signUp,
  later: [{ type: 'advanceDunning', now: '2026-02-10T00:00:00.000Z', step: 'past_due' }],
};

export const voided: Sample = {
  ...signUp,
  later: [{ type: 'voidInvoice', now: '2026-01-12T00:00:00.000Z', reason: 'entered twice' }],
};

export const writtenOff: Sample = {
  ...signUp,
  later: [
    paid('2026-01-20T00:00:00.000Z', '25.53'),
    {
      type: 'writeOffInvoice',
      now: '2026-05-01T00:00:00.000Z',
      creditNoteId: 'cn-4',
      reason: 'insolvent',
    },
    paid('2026-06-01T00:00:00.000Z', '50.00'),
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
