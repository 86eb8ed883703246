import type { AccountCode } from '../chart-of-accounts.ts';
import { cr, dr, type JournalEntry, journalEntry } from '../journal-entry.ts';
import { RECEIPTS } from './receivables.ts';
import { type PostingRule, STREAM } from './rule.ts';

/** A prepayment is a liability, no revenue (USE-6). */
export const postWalletToppedUp: PostingRule<'wallet.topped_up'> = ({ data, effectiveAt }) => {
  const { customerId, currency, topUpId, amount, method } = data;
  return journalEntry({
    template: 'USE-6@1',
    currency,
    effectiveAt,
    description: `Wallet top-up ${topUpId}`,
    postings: [dr(RECEIPTS[method].account, amount, { customerId }), cr('2210', amount, { customerId })],
  });
};

/** What is left of a prepayment at its end is earned (USE-8). */
export const postWalletExpired: PostingRule<'wallet.expired'> = ({ data, effectiveAt }) => {
  const { customerId, currency, topUpId, amount } = data;
  return journalEntry({
    template: 'USE-8@1',
    currency,
    effectiveAt,
    description: `Expiry of wallet top-up ${topUpId}`,
    postings: [
      dr('2210', amount, { customerId }),
      cr('4025', amount, { customerId, revenueStream: STREAM.usage }),
    ],
  });
};

/** Promotional credit takes accrued usage back before it is invoiced: no net revenue, no tax (USE-9). */
export const postPromotionUsed: PostingRule<'promotion.used'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, amount } = data;
  const dimensions = { customerId, revenueStream: STREAM.usage };
  return journalEntry({
    template: 'USE-9@1',
    currency,
    effectiveAt,
    description: `Promotional credit on invoice ${invoiceId}`,
    postings: [dr('4910', amount, dimensions), cr('1210', amount, dimensions)],
  });
};

/** The invoice is void, and its usage is unbilled again, in full. */
export const postPromotionReturned: PostingRule<'promotion.returned'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, amount } = data;
  const dimensions = { customerId, revenueStream: STREAM.usage };
  return journalEntry({
    template: 'USE-9@1',
    currency,
    effectiveAt,
    description: `Promotional credit of void invoice ${invoiceId} returned`,
    postings: [dr('1210', amount, dimensions), cr('4910', amount, dimensions)],
  });
};

/** Credit that the customer wants in cash is payable (REF-4). */
export const postCreditRefundRequested: PostingRule<'credit.refund_requested'> = (event) =>
  refundEntry('REF-4@1', event, `Refund ${event.data.refundId} of the credit balance`, ['2200', '2220']);

/** The money has left (REF-2). */
export const postCreditRefundSettled: PostingRule<'credit.refund_settled'> = (event) =>
  refundEntry('REF-2@1', event, `Refund ${event.data.refundId} settled`, ['2220', '1100']);

/** Money that had left is back (REF-5); a refund that had not settled is still payable, and nothing is posted. */
export const postCreditRefundFailed: PostingRule<'credit.refund_failed'> = (event) =>
  event.data.hadSettled
    ? refundEntry('REF-5@1', event, `Refund ${event.data.refundId} failed`, ['1100', '2220'])
    : undefined;

function refundEntry(
  template: string,
  event: {
    readonly data: { readonly customerId: string; readonly currency: string; readonly amount: string };
    readonly effectiveAt: string;
  },
  description: string,
  [debit, credit]: readonly [AccountCode, AccountCode],
): JournalEntry {
  const { customerId, currency, amount } = event.data;
  const postings = [dr(debit, amount, { customerId }), cr(credit, amount, { customerId })];
  return journalEntry({ template, currency, effectiveAt: event.effectiveAt, description, postings });
}
