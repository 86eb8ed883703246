import type { CreditNoteLine } from '../../domain/invoicing/schemas.ts';
import { decimal } from '../../domain/kernel/money.ts';
import { cr, dr, drOrCr, journalEntry, nonZero, type Posting } from '../journal-entry.ts';
import { code } from './invoicing.ts';
import { type PostingRule, STREAM } from './rule.ts';

const TEMPLATES = {
  goodwill: 'SUB-13',
  change: 'SUB-10',
  pause: 'SUB-12',
  cancellation: 'SUB-15',
  usage: 'USE-5',
  'write-off': 'DUN-5',
} as const;

/** A credit note posts once: what it takes back, its tax, and where the money goes. */
export const postCreditNote: PostingRule<'credit_note.issued'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, cause, lines, replacement, tax, toReceivable, toCredit } = data;
  const deferral = { customerId, revenueStream: STREAM.subscriptions };
  const postings = nonZero([
    ...lines.flatMap((line) => postLine(line, customerId)),
    drOrCr('2300', tax, { customerId }),
    ...(replacement === null ? [] : [cr(code(replacement.deferredAccount), replacement.amount, deferral)]),
    cr('1200', toReceivable, { customerId }),
    cr('2200', toCredit, { customerId }),
  ]);
  if (postings.length === 0) return undefined;
  return journalEntry({
    template: `${TEMPLATES[cause]}@1`,
    currency,
    effectiveAt,
    description: `Credit note on invoice ${invoiceId}`,
    postings,
  });
};

function postLine(line: CreditNoteLine, customerId: string): Posting[] {
  switch (line.kind) {
    case 'delivered':
      return [drOrCr('4910', line.amount, { customerId })];
    case 'undelivered':
      return [
        dr(code(line.deferredAccount), line.amount, { customerId, revenueStream: STREAM.subscriptions }),
      ];
    case 'usage': {
      const { meter, month: servicePeriod } = line;
      const usage = { customerId, revenueStream: STREAM.usage, meter, servicePeriod };
      const residual = decimal(line.amount).minus(line.accrued);
      return [dr('1210', line.accrued, usage), drOrCr('4990', residual, usage)];
    }
  }
}

/** The invoice as if it had never been: deferred and earned revenue, usage and tax go back (SUB-16). */
export const postInvoiceVoided: PostingRule<'invoice.voided'> = ({ data, effectiveAt }) => {
  const { customerId, currency, invoiceId, schedules, usage, promotions, tax, total } = data;
  const fee = { customerId, revenueStream: STREAM.subscriptions };
  const used = { customerId, revenueStream: STREAM.usage };
  const postings = nonZero([
    ...schedules.flatMap((line) => [
      dr(code(line.deferredAccount), line.deferred, fee),
      dr(code(line.revenueAccount), line.released, fee),
    ]),
    ...usage.flatMap(({ meter, month, accrued, amount }) => {
      const dimensions = { ...used, meter, servicePeriod: month };
      return [dr('1210', accrued, dimensions), drOrCr('4990', decimal(amount).minus(accrued), dimensions)];
    }),
    cr('1210', promotions, used),
    drOrCr('2300', tax, { customerId }),
    cr('1200', total, { customerId }),
  ]);
  if (postings.length === 0) return undefined;
  return journalEntry({
    template: 'SUB-16@1',
    currency,
    effectiveAt,
    description: `Invoice ${invoiceId} voided`,
    postings,
  });
};
