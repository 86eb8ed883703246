import type { invoiceEvents } from '../../domain/invoicing/events.ts';
import type { Recorded } from '../recorded.ts';
import type { RowFold } from '../runtime/rows.ts';
import type { CreditNoteRow, RefundRow } from './tables.ts';

type InvoiceRecord = Recorded<keyof typeof invoiceEvents>;

/** @param last the highest number given so far; each credit note takes the next one, in log order */
export function creditNoteFold(last: bigint): RowFold<InvoiceRecord, CreditNoteRow> {
  let number = last;
  return {
    table: 'credit_notes',
    keyColumns: ['customer_id', 'credit_note_id'],
    keyOf: ({ type, data }) =>
      type === 'credit_note.issued'
        ? { customer_id: data.customerId, credit_note_id: data.creditNoteId }
        : undefined,
    evolve(row, { type, data, effectiveAt, position }) {
      if (type !== 'credit_note.issued') return row;
      number += 1n;
      return {
        customer_id: data.customerId,
        credit_note_id: data.creditNoteId,
        invoice_id: data.invoiceId,
        number: String(number),
        cause: data.cause,
        reason: data.reason,
        currency: data.currency,
        net: data.net,
        tax: data.tax,
        total: data.total,
        to_receivable: data.toReceivable,
        to_credit: data.toCredit,
        issued_at: effectiveAt,
        lines: data.lines,
        replacement: data.replacement,
        position: String(position),
      };
    },
  };
}

export const refundFold: RowFold<InvoiceRecord, RefundRow> = {
  table: 'refunds',
  keyColumns: ['customer_id', 'refund_id'],
  keyOf: ({ type, data }) =>
    type === 'refund.created' || type === 'refund.settled' || type === 'refund.failed'
      ? { customer_id: data.customerId, refund_id: data.refundId }
      : undefined,
  evolve(row, { type, data, effectiveAt, position }) {
    if (type === 'refund.created') {
      return {
        customer_id: data.customerId,
        refund_id: data.refundId,
        invoice_id: data.invoiceId,
        amount: data.total,
        tax: data.tax,
        currency: data.currency,
        method: data.method,
        status: 'pending',
        reason: data.reason,
        created_at: effectiveAt,
        settled_at: null,
        position: String(position),
      };
    }
    if (row === undefined) throw new Error(`${type} at ${position}: there is no such refund`);
    const settled = type === 'refund.settled';
    const status = settled ? 'settled' : 'failed';
    return { ...row, status, settled_at: settled ? effectiveAt : null, position: String(position) };
  },
};
