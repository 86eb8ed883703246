import { type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import { addMillis, type Instant } from '../kernel/time.ts';
import type { InvoiceEvent, InvoiceLine } from './events.ts';
import { handOver, releaseThrough } from './release.ts';
import { amountDue, evolveInvoice, type FinalInvoice, type InvoiceState, noInvoice } from './state.ts';
import { taxByLine } from './tax.ts';

type Untaxed<Line> = Line extends unknown ? Omit<Line, 'lineId' | 'tax'> : never;

/** A line before the invoice gives it an id and its share of the tax. */
export type DraftLine = Untaxed<InvoiceLine>;

export type InvoiceKind = Extract<InvoiceEvent, { type: 'invoice.finalized' }>['data']['kind'];
export type PaymentMethod = Extract<InvoiceEvent, { type: 'invoice.payment_received' }>['data']['method'];

export type InvoiceCommand =
  | {
      readonly type: 'finalizeInvoice';
      readonly effectiveAt: Instant;
      readonly invoiceId: string;
      readonly customerId: string;
      readonly kind: InvoiceKind;
      readonly period: string | null;
      readonly currency: string;
      readonly taxRate: string;
      readonly lines: readonly DraftLine[];
    }
  | {
      readonly type: 'recordInvoicePayment';
      readonly now: Instant;
      readonly paymentId: string;
      readonly amount: string;
      readonly currency: string;
      readonly method: PaymentMethod;
    }
  | {
      readonly type: 'applyFunds';
      readonly effectiveAt: Instant;
      readonly fundsId: string;
      readonly wallet: string;
      readonly credit: string;
    }
  | { readonly type: 'releaseRevenue'; readonly through: Instant }
  | { readonly type: 'handOverSchedule'; readonly at: Instant; readonly toInvoiceId: string };

const PAYMENT_TERMS_MS = 30 * 86_400_000;

export const invoiceDecider: Decider<InvoiceState, InvoiceCommand, InvoiceEvent> = {
  initialState: noInvoice,
  decide(command, state) {
    if (command.type === 'finalizeInvoice') return finalize(command, state);
    if (state.status === 'none') return refuse('invoice-not-found', 'there is no such invoice', 'invoiceId');
    switch (command.type) {
      case 'recordInvoicePayment':
        return pay(command, state);
      case 'applyFunds':
        return applyFunds(command, state);
      case 'releaseRevenue':
        return releaseThrough(state, command.through);
      case 'handOverSchedule':
        return handOver(state, command.toInvoiceId, command.at).events;
    }
  },
  evolve: evolveInvoice,
};

function finalize(
  command: Extract<InvoiceCommand, { type: 'finalizeInvoice' }>,
  state: InvoiceState,
): Decision<InvoiceEvent> {
  if (state.status !== 'none') return refuse('invoice-exists', 'the invoice is final already', 'invoiceId');
  if (command.lines.length === 0) return refuse('nothing-to-bill', 'there is nothing to invoice');
  const { type: _type, effectiveAt, lines: drafts, ...header } = command;
  const { total: tax, byLine } = taxByLine(
    drafts.map((line) => line.amount),
    command.taxRate,
  );
  const lines = drafts.map(
    (line, index) => ({ ...line, lineId: String(index + 1), tax: byLine[index] ?? '0.00' }) as InvoiceLine,
  );
  const subtotal = drafts.reduce((sum, line) => sum.plus(line.amount), decimal(0));
  const data = {
    ...header,
    lines,
    subtotal: centsString(subtotal),
    tax,
    total: centsString(subtotal.plus(tax)),
    dueAt: addMillis(effectiveAt, PAYMENT_TERMS_MS),
  };
  return [{ type: 'invoice.finalized', data, effectiveAt }];
}

function pay(
  command: Extract<InvoiceCommand, { type: 'recordInvoicePayment' }>,
  invoice: FinalInvoice,
): Decision<InvoiceEvent> {
  const { paymentId, method, currency, now } = command;
  const amount = decimal(command.amount);
  if (currency !== invoice.currency) {
    return refuse('currency-mismatch', `the invoice is in ${invoice.currency}`, 'amount');
  }
  if (amount.lte(0) || !toCents(amount).eq(amount)) {
    return refuse('invalid-amount', 'a payment is above zero and in whole cents', 'amount');
  }
  if (invoice.status === 'paid')
    return refuse('invoice-already-paid', 'nothing is owed on this invoice', 'invoiceId');
  const due = decimal(amountDue(invoice));
  const applied = amount.gt(due) ? due : amount;
  const { invoiceId, customerId } = invoice;
  const data = {
    invoiceId,
    customerId,
    paymentId,
    method,
    currency,
    amount: centsString(amount),
    applied: centsString(applied),
    excess: centsString(amount.minus(applied)),
  };
  return [{ type: 'invoice.payment_received', data, effectiveAt: now }];
}

/** The wallet first, then the credit balance, as far as the invoice is open. */
function applyFunds(
  command: Extract<InvoiceCommand, { type: 'applyFunds' }>,
  invoice: FinalInvoice,
): Decision<InvoiceEvent> {
  const { fundsId, effectiveAt } = command;
  const due = decimal(amountDue(invoice));
  const wallet = due.lt(command.wallet) ? due : decimal(command.wallet);
  const rest = due.minus(wallet);
  const credit = rest.lt(command.credit) ? rest : decimal(command.credit);
  const { invoiceId, customerId, currency } = invoice;
  const data = {
    invoiceId,
    customerId,
    fundsId,
    currency,
    wallet: centsString(wallet),
    credit: centsString(credit),
    walletReturned: centsString(decimal(command.wallet).minus(wallet)),
    creditReturned: centsString(decimal(command.credit).minus(credit)),
  };
  return [{ type: 'invoice.funds_applied', data, effectiveAt }];
}
