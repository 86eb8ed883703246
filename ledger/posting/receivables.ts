import { decimal } from '../../domain/kernel/money.ts';
import { cr, dr, drOrCr, journalEntry, nonZero } from '../journal-entry.ts';
import { code } from './invoicing.ts';
import { type PostingRule, STREAM } from './rule.ts';

/** Where money of a payment method arrives first. */
export const RECEIPTS = {
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

/** Where a refund of a payment method leaves from. */
const REFUNDED_FROM = { card: '1100', ach: '1130', bank_transfer: '1010' } as const;

/** Money for what was written off: the allowance and the tax are there again (DUN-4). */
export const postPaymentRecovered: PostingRule<'invoice.payment_recovered'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, amount, net, tax, excess, method } = data;
  return journalEntry({
    template: 'DUN-4@1',
    currency,
    effectiveAt,
    description: `Recovery of invoice ${invoiceId}`,
    postings: nonZero([
      dr(RECEIPTS[method].account, amount, { customerId }),
      cr('1205', net, { customerId }),
      cr('2300', tax, { customerId }),
      cr('2200', excess, { customerId }),
    ]),
  });
};

/** The customer's own money settles a receivable: credit balance SUB-11, wallet USE-7. */
export const postFundsApplied: PostingRule<'invoice.funds_applied'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, wallet, credit } = data;
  const applied = decimal(wallet).plus(credit);
  if (applied.eq(0)) return undefined;
  return journalEntry({
    template: decimal(wallet).eq(0) ? 'SUB-11@1' : 'USE-7@1',
    currency,
    effectiveAt,
    description: `Customer funds applied to invoice ${invoiceId}`,
    postings: nonZero([
      dr('2210', wallet, { customerId }),
      dr('2200', credit, { customerId }),
      cr('1200', applied, { customerId }),
    ]),
  });
};

/** Refund approved: out of what is deferred, out of revenue (contra), with its tax (REF-1, REF-3). */
export const postRefundCreated: PostingRule<'refund.created'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, undelivered, delivered, tax, total } = data;
  const dimensions = { customerId, revenueStream: STREAM.subscriptions };
  return journalEntry({
    template: decimal(delivered).eq(0) ? 'REF-3@1' : 'REF-1@1',
    currency,
    effectiveAt,
    description: `Refund on invoice ${invoiceId}`,
    postings: nonZero([
      ...undelivered.map((line) => dr(code(line.deferredAccount), line.amount, dimensions)),
      dr('4900', delivered, { customerId }),
      drOrCr('2300', tax, { customerId }),
      cr('2220', total, { customerId }),
    ]),
  });
};

export const postRefundSettled: PostingRule<'refund.settled'> = ({ data, effectiveAt }) => {
  const { customerId, currency, refundId, amount, method } = data;
  return journalEntry({
    template: 'REF-2@1',
    currency,
    effectiveAt,
    description: `Refund ${refundId} paid out`,
    postings: [dr('2220', amount, { customerId }), cr(REFUNDED_FROM[method], amount, { customerId })],
  });
};

/** Money that had left came back and is owed again (REF-5); one that never left moved nothing. */
export const postRefundFailed: PostingRule<'refund.failed'> = ({ data, effectiveAt }) => {
  const { customerId, currency, refundId, amount, method, hadSettled } = data;
  if (!hadSettled) return undefined;
  return journalEntry({
    template: 'REF-5@1',
    currency,
    effectiveAt,
    description: `Refund ${refundId} came back`,
    postings: [dr(REFUNDED_FROM[method], amount, { customerId }), cr('2220', amount, { customerId })],
  });
};

/** The delivered part goes against the allowance, its tax is relieved (DUN-3). */
export const postWrittenOff: PostingRule<'invoice.written_off'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, net, tax, total } = data;
  return journalEntry({
    template: 'DUN-3@1',
    currency,
    effectiveAt,
    description: `Write-off of invoice ${invoiceId}`,
    postings: nonZero([
      dr('1205', net, { customerId }),
      drOrCr('2300', tax, { customerId }),
      cr('1200', total, { customerId }),
    ]),
  });
};
