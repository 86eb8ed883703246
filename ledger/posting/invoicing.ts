import type { InvoiceLine } from '../../domain/invoicing/events.ts';
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
    template: `${templateOf(lines)}@1`,
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
  }
}

/** A month's fee belongs to that month, and so does the unused rest that it takes over; an annual term has none. */
function deferralOf(lines: readonly InvoiceLine[], customerId: string): Deferral {
  const dimensions = { customerId, revenueStream: STREAM.subscriptions };
  const fee = lines.find((line) => line.kind === 'subscription');
  return fee?.billingCycle === 'monthly' ? { ...dimensions, servicePeriod: monthOf(fee.from) } : dimensions;
}

function templateOf(lines: readonly InvoiceLine[]): string {
  const kinds = new Set(lines.map((line) => line.kind));
  if (kinds.has('credit')) return 'SUB-9';
  if (kinds.has('usage')) return kinds.has('subscription') ? 'INV-1' : 'USE-2';
  return lines.some((line) => line.kind === 'subscription' && line.billingCycle === 'annual')
    ? 'SUB-6'
    : 'SUB-1';
}

const RECEIPTS = {
  card: { account: '1110', template: 'SUB-3' },
  ach: { account: '1130', template: 'SUB-3' },
  bank_transfer: { account: '1010', template: 'RCV-1' },
} as const;

/** A receipt settles the receivable, gross of processor fees; what exceeds it is owed back as credit (RCV-2). */
export const postPaymentReceived: PostingRule<'invoice.payment_received'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, amount, applied, excess, method } = data;
  const { account, template } = RECEIPTS[method];
  return journalEntry({
    template: decimal(excess).gt(0) ? 'RCV-2@1' : `${template}@1`,
    currency,
    effectiveAt,
    description: `Payment of invoice ${invoiceId}`,
    postings: nonZero([
      dr(account, amount, { customerId }),
      cr('1200', applied, { customerId }),
      cr('2200', excess, { customerId }),
    ]),
  });
};

/** Credit balance and prepaid wallet pay an invoice: one entry composed of SUB-11 and USE-7. */
export const postFundsApplied: PostingRule<'invoice.funds_applied'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, wallet, credit } = data;
  const applied = decimal(wallet).plus(credit);
  if (applied.eq(0)) return undefined;
  return journalEntry({
    template: decimal(wallet).gt(0) ? 'USE-7@1' : 'SUB-11@1',
    currency,
    effectiveAt,
    description: `Funds applied to invoice ${invoiceId}`,
    postings: nonZero([
      dr('2210', wallet, { customerId }),
      dr('2200', credit, { customerId }),
      cr('1200', applied, { customerId }),
    ]),
  });
};

/** Deferred becomes earned, cumulative to the second (SUB-2, ASC 606-10-25-31 over time); or goes back. */
export const postRevenueReleased: PostingRule<'revenue.released'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, servicePeriod, lines } = data;
  const dimensions = { customerId, revenueStream: STREAM.subscriptions, servicePeriod };
  return journalEntry({
    template: 'SUB-2@1',
    currency,
    effectiveAt,
    description: `Release of invoice ${invoiceId}`,
    postings: lines.flatMap((line) => [
      drOrCr(code(line.deferredAccount), line.amount, dimensions),
      drOrCr(code(line.revenueAccount), decimal(line.amount).neg(), dimensions),
    ]),
  });
};

function code(account: string): AccountCode {
  return accountOf(account).code;
}
