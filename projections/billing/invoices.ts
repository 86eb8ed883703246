import type { invoiceEvents } from '../../domain/invoicing/events.ts';
import {
  evolveInvoice,
  type FinalInvoice,
  noInvoice,
  type ReleaseSchedule,
} from '../../domain/invoicing/state.ts';
import type { Recorded } from '../recorded.ts';
import type { RowFold } from '../runtime/rows.ts';
import type { InvoiceLineRow, InvoiceRow, PaymentRow } from './tables.ts';

type InvoiceRecord = Recorded<keyof typeof invoiceEvents>;

/** @param last the highest number given so far; each new invoice takes the next one, in log order */
export function invoiceFold(last: bigint): RowFold<InvoiceRecord, InvoiceRow> {
  let number = last;
  return {
    table: 'invoices',
    keyColumns: ['customer_id', 'invoice_id'],
    keyOf: ({ data }) => ({ customer_id: data.customerId, invoice_id: data.invoiceId }),
    evolve(row, event) {
      if (event.type === 'invoice.finalized') {
        if (row !== undefined) throw new Error(`invoice ${row.invoice_id} is final twice`);
        number += 1n;
        return finalized(event, number);
      }
      if (row === undefined) {
        throw new Error(`${event.type} at ${event.position}: no invoice ${event.data.invoiceId}`);
      }
      const state = evolveInvoice(row.state, event) as FinalInvoice;
      return { ...row, ...moving(state, event) };
    },
  };
}

function finalized(event: Recorded<'invoice.finalized'>, number: bigint): InvoiceRow {
  const { data, effectiveAt } = event;
  return {
    customer_id: data.customerId,
    invoice_id: data.invoiceId,
    number: String(number),
    kind: data.kind,
    period: data.period,
    currency: data.currency,
    tax_rate: data.taxRate,
    subtotal: data.subtotal,
    tax: data.tax,
    total: data.total,
    effective_at: effectiveAt,
    due_at: data.dueAt,
    ...moving(evolveInvoice(noInvoice, event) as FinalInvoice, event),
  };
}

/** The columns that change in the life of an invoice. */
function moving(state: FinalInvoice, { revision, position }: InvoiceRecord) {
  const { status, paid, schedules } = state;
  const dueFrom = releaseDueFrom(schedules);
  return {
    paid,
    status,
    deferred_open: dueFrom !== null,
    release_due_from: dueFrom,
    state,
    revision,
    position: String(position),
  };
}

function releaseDueFrom(schedules: readonly ReleaseSchedule[]): string | null {
  const open = schedules.filter(({ handedOver, released, amount }) => !handedOver && released !== amount);
  return open.map(({ releasedThrough }) => releasedThrough).sort()[0] ?? null;
}

export function lineRows({ data }: Recorded<'invoice.finalized'>): InvoiceLineRow[] {
  const { customerId, invoiceId, lines } = data;
  return lines.map((line, index) => ({
    customer_id: customerId,
    invoice_id: invoiceId,
    line_id: line.lineId,
    ordinal: index + 1,
    kind: line.kind,
    amount: line.amount,
    tax: line.tax,
    line,
  }));
}

export function paymentRow(event: Recorded<'invoice.payment_received'>): PaymentRow {
  const { customerId, invoiceId, paymentId, amount, applied, excess, currency, method } = event.data;
  return {
    customer_id: customerId,
    invoice_id: invoiceId,
    payment_id: paymentId,
    amount,
    applied,
    excess,
    currency,
    method,
    received_at: event.effectiveAt,
    position: String(event.position),
  };
}
