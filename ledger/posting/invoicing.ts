import type { InvoiceLine } from '../../domain/invoicing/schemas.ts';
import { decimal } from '../../domain/kernel/money.ts';
import { monthOf } from '../../domain/kernel/time.ts';
import { type AccountCode, accountOf } from '../chart-of-accounts.ts';
import { cr, dr, drOrCr, journalEntry, nonZero, type Posting } from '../journal-entry.ts';
import { type PostingRule, STREAM } from './rule.ts';

/** An invoice posts once: one entry composed of what its lines are (INV-1). */
export const postInvoiceFinalized: PostingRule<'invoice.finalized'> = ({ data, effectiveAt }) => {
  const { customerId, currency, lines, tax, total, invoiceId } = data;
  const postings = nonZero([
    dr('1200', total, { customerId }),
    ...lines.flatMap((line) => postLine(line, deferralOf(lines, customerId))),
    drOrCr('2300', decimal(tax).neg(), { customerId }),
  ]);
  if (postings.length === 0) return undefined;
  return journalEntry({
    template: `${templateOf(lines, data.taxInclusive)}@1`,
    currency,
    effectiveAt,
    description: `Invoice ${invoiceId}`,
    postings,
  });
};

type Deferral = Pick<Posting, 'customerId' | 'revenueStream' | 'servicePeriod'>;

function postLine(line: InvoiceLine, deferral: Deferral): Posting[] {
  switch (line.kind) {
    case 'subscription':
      return [cr(code(line.deferredAccount), line.amount, deferral)];
    case 'credit':
      return [dr(code(line.deferredAccount), decimal(line.amount).neg(), deferral)];
    case 'usage': {
      const { customerId } = deferral;
      const usage = { customerId, revenueStream: STREAM.usage, meter: line.meter, servicePeriod: line.month };
      const residual = decimal(line.accrued).minus(line.amount);
      return [cr('1210', line.accrued, usage), drOrCr('4990', residual, usage)];
    }
    case 'proration':
      return [drOrCr('1210', decimal(line.amount).neg(), deferral)];
    case 'promotion': {
      const { customerId } = deferral;
      return [drOrCr('1210', decimal(line.amount).neg(), { customerId, revenueStream: STREAM.usage })];
    }
  }
}

/** A month's fee belongs to that month, and so does the unused rest that it takes over; an annual term has none. */
function deferralOf(lines: readonly InvoiceLine[], customerId: string): Deferral {
  const dimensions = { customerId, revenueStream: STREAM.subscriptions };
  const fee = lines.find((line) => line.kind === 'subscription');
  return fee?.billingCycle === 'monthly' ? { ...dimensions, servicePeriod: monthOf(fee.from) } : dimensions;
}

function templateOf(lines: readonly InvoiceLine[], taxInclusive: boolean): string {
  const kinds = new Set(lines.map((line) => line.kind));
  if (kinds.has('credit')) return 'SUB-9';
  if (kinds.has('usage')) return kinds.has('subscription') ? 'INV-1' : 'USE-2';
  if (kinds.has('proration')) return 'SUB-18';
  if (taxInclusive) return 'SUB-17';
  return lines.some((line) => line.kind === 'subscription' && line.billingCycle === 'annual')
    ? 'SUB-6'
    : 'SUB-1';
}

/** Deferred becomes earned, cumulative to the second (SUB-2, ASC 606-10-25-31 over time); or goes back. */
export const postRevenueReleased: PostingRule<'revenue.released'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, servicePeriod, lines } = data;
  const dimensions = { customerId, revenueStream: STREAM.subscriptions, servicePeriod };
  return journalEntry({
    template: data.cause === 'cancellation' ? 'SUB-14@1' : 'SUB-2@1',
    currency,
    effectiveAt,
    description: `Release of invoice ${invoiceId}`,
    postings: lines.flatMap((line) => [
      drOrCr(code(line.deferredAccount), line.amount, dimensions),
      drOrCr(code(line.revenueAccount), decimal(line.amount).neg(), dimensions),
    ]),
  });
};

/** A dearer plan is earned from now on and billed later: the difference is a contract asset (SUB-18). */
export const postProrationDeferred: PostingRule<'proration.deferred'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, undelivered, replacement, amount } = data;
  const dimensions = { customerId, revenueStream: STREAM.subscriptions };
  const postings = nonZero([
    ...undelivered.map((line) => dr(code(line.deferredAccount), line.amount, dimensions)),
    drOrCr('1210', amount, dimensions),
    cr(code(replacement.deferredAccount), replacement.amount, dimensions),
  ]);
  if (postings.length === 0) return undefined;
  return journalEntry({
    template: 'SUB-18@1',
    currency,
    effectiveAt,
    description: `Change kept for the next invoice, service of invoice ${invoiceId}`,
    postings,
  });
};

export function code(account: string): AccountCode {
  return accountOf(account).code;
}
