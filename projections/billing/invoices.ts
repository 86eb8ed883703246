import { nextDunning, nextRetry } from '../../domain/invoicing/dunning.ts';
import type { invoiceEvents } from '../../domain/invoicing/events.ts';
import {
  amountDue,
  type DraftInvoice,
  evolveInvoice,
  type FinalInvoice,
  isFinal,
  noInvoice,
  type ReleaseSchedule,
} from '../../domain/invoicing/state.ts';
import { centsString, decimal } from '../../domain/kernel/money.ts';
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
      if (event.type === 'invoice.drafted') {
        if (row !== undefined) throw new Error(`invoice ${row.invoice_id} is drafted twice`);
        return drafted(event);
      }
      if (event.type === 'invoice.draft_discarded') return undefined;
      if (event.type === 'invoice.finalized') {
        if (row !== undefined && isFinal(row.state))
          throw new Error(`invoice ${row.invoice_id} is final twice`);
        number += 1n;
        return finalized(event, number, row?.opened_position ?? String(event.position));
      }
      if (row === undefined) {
        throw new Error(`${event.type} at ${event.position}: no invoice ${event.data.invoiceId}`);
      }
      const state = evolveInvoice(row.state, event) as FinalInvoice;
      return { ...row, ...moving(state, event) };
    },
  };
}

function drafted(event: Recorded<'invoice.drafted'>): InvoiceRow {
  const { data, effectiveAt, revision, position } = event;
  const none = '0.00';
  return {
    customer_id: data.customerId,
    invoice_id: data.invoiceId,
    number: null,
    kind: data.kind,
    period: data.period,
    currency: data.currency,
    tax_rate: data.taxRate,
    tax_inclusive: data.taxInclusive,
    subtotal: none,
    tax: none,
    total: none,
    paid: none,
    credited: none,
    written_off: none,
    recovered: none,
    due: none,
    status: 'draft',
    dunning_step: null,
    effective_at: effectiveAt,
    due_at: null,
    finalizes_at: data.finalizesAt,
    dunning_due_at: null,
    retry_due_at: null,
    deferred_open: false,
    release_due_from: null,
    state: evolveInvoice(noInvoice, event) as DraftInvoice,
    revision,
    opened_position: String(position),
    position: String(position),
  };
}

function finalized(event: Recorded<'invoice.finalized'>, number: bigint, openedPosition: string): InvoiceRow {
  const { data, effectiveAt } = event;
  return {
    customer_id: data.customerId,
    invoice_id: data.invoiceId,
    number: String(number),
    kind: data.kind,
    period: data.period,
    currency: data.currency,
    tax_rate: data.taxRate,
    tax_inclusive: data.taxInclusive,
    subtotal: data.subtotal,
    tax: data.tax,
    total: data.total,
    effective_at: effectiveAt,
    due_at: data.dueAt,
    finalizes_at: null,
    opened_position: openedPosition,
    ...moving(evolveInvoice(noInvoice, event) as FinalInvoice, event),
  };
}

/** The columns that change in the life of an invoice. */
function moving(state: FinalInvoice, { revision, position }: InvoiceRecord) {
  const { status, paid, credited, writtenOff, recovered, dunning, schedules } = state;
  const dueFrom = releaseDueFrom(schedules);
  return {
    paid,
    credited,
    written_off: writtenOff,
    recovered,
    due: amountDue(state),
    status,
    dunning_step: dunning,
    dunning_due_at: nextDunning(state)?.at ?? null,
    retry_due_at: nextRetry(state)?.at ?? null,
    deferred_open: dueFrom !== null,
    release_due_from: dueFrom,
    state,
    revision,
    position: String(position),
  };
}

function releaseDueFrom(schedules: readonly ReleaseSchedule[]): string | null {
  const open = schedules.filter(
    ({ handedOver, frozen, released, amount }) => !handedOver && !frozen && released !== amount,
  );
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

/** Payments, and the customer's own funds, that an event brought to an invoice. */
export function paymentRows(event: InvoiceRecord): PaymentRow[] {
  switch (event.type) {
    case 'invoice.payment_received': {
      const { paymentId, amount, applied, excess, method } = event.data;
      return [
        paymentRow(event, { payment_id: paymentId, amount, applied, recovered: '0.00', excess, method }),
      ];
    }
    case 'invoice.payment_recovered': {
      const { paymentId, amount, net, tax, excess, method } = event.data;
      const recovered = centsString(decimal(net).plus(tax));
      return [
        paymentRow(event, { payment_id: paymentId, amount, applied: '0.00', recovered, excess, method }),
      ];
    }
    case 'invoice.funds_applied': {
      const { fundsId, wallet, credit } = event.data;
      const funds = { wallet, credit };
      return (['wallet', 'credit'] as const).flatMap((method) => {
        const amount = funds[method];
        if (decimal(amount).eq(0)) return [];
        const moved = { amount, applied: amount, recovered: '0.00', excess: '0.00' };
        return [paymentRow(event, { payment_id: `${fundsId}.${method}`, ...moved, method })];
      });
    }
    default:
      return [];
  }
}

type Moved = Pick<PaymentRow, 'payment_id' | 'amount' | 'applied' | 'recovered' | 'excess' | 'method'>;

function paymentRow(
  {
    data,
    effectiveAt,
    position,
  }: Recorded<'invoice.payment_received' | 'invoice.payment_recovered' | 'invoice.funds_applied'>,
  moved: Moved,
): PaymentRow {
  return {
    customer_id: data.customerId,
    invoice_id: data.invoiceId,
    ...moved,
    currency: data.currency,
    received_at: effectiveAt,
    position: String(position),
  };
}
