import type { CreditNote, EndedInvoice } from '../../commands/adjustments.ts';
import type { FinalizedInvoice } from '../../commands/finalized-invoice.ts';
import type { CreditNoteLine, InvoiceLine } from '../../domain/invoicing/schemas.ts';
import type {
  CreditNoteView,
  InvoiceDetails,
  InvoiceView,
  PaymentView,
  RefundView,
} from '../../projections/billing/views.ts';
import { asCount, asMoney } from './schemas.ts';

export function summaryBody(view: InvoiceView) {
  const { revision: _revision, position: _position, openedPosition: _opened, ...rest } = view;
  const { currency } = view;
  return {
    ...rest,
    subtotal: asMoney(view.subtotal, currency),
    tax: asMoney(view.tax, currency),
    total: asMoney(view.total, currency),
    paid: asMoney(view.paid, currency),
    credited: asMoney(view.credited, currency),
    writtenOff: asMoney(view.writtenOff, currency),
    recovered: asMoney(view.recovered, currency),
    due: asMoney(view.due, currency),
  };
}

export function invoiceBody({ lines, payments, creditNotes, refunds, ...view }: InvoiceDetails) {
  return {
    ...summaryBody(view),
    lines: lines.map((line) => lineBody(line, view.currency)),
    payments: payments.map(paymentBody),
    creditNotes: creditNotes.map(issuedCreditNoteBody),
    refunds: refunds.map(refundBody),
  };
}

/** An invoice as its event says. */
export function finalizedBody(invoice: FinalizedInvoice) {
  const { lines, currency } = invoice;
  return {
    ...invoice,
    subtotal: asMoney(invoice.subtotal, currency),
    tax: asMoney(invoice.tax, currency),
    total: asMoney(invoice.total, currency),
    lines: lines.map((line) => lineBody(line, currency)),
  };
}

function paymentBody({ amount, applied, recovered, excess, currency, ...rest }: PaymentView) {
  return {
    ...rest,
    amount: asMoney(amount, currency),
    applied: asMoney(applied, currency),
    recovered: asMoney(recovered, currency),
    excess: asMoney(excess, currency),
  };
}

/** A credit note as its event says. */
export function creditNoteBody(note: CreditNote | CreditNoteView) {
  const { creditNoteId, invoiceId, customerId, cause, reason, currency, replacement } = note;
  return {
    creditNoteId,
    invoiceId,
    customerId,
    cause,
    reason,
    lines: note.lines.map((line) => creditLineBody(line, currency)),
    replacement:
      replacement === null
        ? null
        : {
            description: replacement.description,
            tier: replacement.tier,
            from: replacement.from,
            to: replacement.to,
            amount: asMoney(replacement.amount, currency),
          },
    net: asMoney(note.net, currency),
    tax: asMoney(note.tax, currency),
    total: asMoney(note.total, currency),
    toReceivable: asMoney(note.toReceivable, currency),
    toCredit: asMoney(note.toCredit, currency),
  };
}

function issuedCreditNoteBody(note: CreditNoteView) {
  return { ...creditNoteBody(note), number: note.number, issuedAt: note.issuedAt };
}

function creditLineBody(line: CreditNoteLine, currency: string) {
  const { description } = line;
  const amount = asMoney(line.amount, currency);
  switch (line.kind) {
    case 'delivered':
      return { kind: line.kind, description, amount };
    case 'undelivered':
      return { kind: line.kind, lineId: line.lineId, description, amount };
    case 'usage': {
      const { kind, meter, month, quantity } = line;
      return { kind, description, meter, month, quantity: asCount(quantity), amount };
    }
  }
}

function refundBody({ currency, amount, tax, ...rest }: RefundView) {
  return { ...rest, amount: asMoney(amount, currency), tax: asMoney(tax, currency) };
}

export function endedBody({ currency, due, writtenOff, creditNote, ...rest }: EndedInvoice) {
  return {
    ...rest,
    due: asMoney(due, currency),
    writtenOff: asMoney(writtenOff, currency),
    creditNote: creditNote === null ? null : creditNoteBody(creditNote),
  };
}

function lineBody(line: InvoiceLine, currency: string) {
  const { lineId, description } = line;
  const shared = {
    lineId,
    description,
    amount: asMoney(line.amount, currency),
    tax: asMoney(line.tax, currency),
  };
  switch (line.kind) {
    case 'subscription': {
      const { kind, tier, billingCycle, from, to } = line;
      return { ...shared, kind, tier, billingCycle, from, to };
    }
    case 'credit':
      return { ...shared, kind: line.kind, fromInvoiceId: line.fromInvoiceId };
    case 'proration':
      return { ...shared, kind: line.kind, forInvoiceId: line.forInvoiceId };
    case 'promotion':
      return { ...shared, kind: line.kind };
    case 'usage': {
      const { kind, meter, month, quantity, included, billable, accrued } = line;
      return {
        ...shared,
        kind,
        meter,
        month,
        quantity: asCount(quantity),
        included: asCount(included),
        billable: asCount(billable),
        accrued: asMoney(accrued, currency),
      };
    }
  }
}
