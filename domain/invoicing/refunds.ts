import { type Decision, refuse } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import type { InvoiceCommand } from './commands.ts';
import { amountFault, creditUnused, undeliveredLines } from './credit-notes.ts';
import type { InvoiceEvent } from './events.ts';
import { caughtUp, releaseRest, unreleasedTotal } from './release.ts';
import { reversible, type Share, shareOfGross, shareOfNet, spreadOver } from './reversal.ts';
import { amountDue, type FinalInvoice } from './state.ts';

type CommandOf<Type extends InvoiceCommand['type']> = Extract<InvoiceCommand, { type: Type }>;

/** Money goes back: what is not delivered out of the schedules, the rest out of revenue (REF-1). */
export function refundPayment(
  invoice: FinalInvoice,
  command: CommandOf<'refundPayment'>,
): Decision<InvoiceEvent> {
  const { now, amount, currency } = command;
  const fault = amountFault(invoice, amount, currency);
  if (fault !== undefined) return fault;
  const gross = decimal(amount);
  const most = decimal(invoice.refundable).gt(reversible(invoice))
    ? reversible(invoice)
    : decimal(invoice.refundable);
  if (gross.gt(most)) {
    return refuse('refund-exceeds-paid', `at most ${centsString(most)} can be refunded`, 'amount');
  }
  const { events, current } = caughtUp(invoice, now);
  const share = shareOfGross(current, gross);
  const undelivered = decimal(command.undelivered);
  if (undelivered.lt(0) || !toCents(undelivered).eq(undelivered) || undelivered.gt(share.net)) {
    return refuse('invalid-amount', `undelivered is from 0 to the net of ${share.net}`, 'undelivered');
  }
  const left = unreleasedTotal(current);
  if (undelivered.gt(left)) {
    return refuse('invalid-amount', `${left} of the invoice is not delivered yet`, 'undelivered');
  }
  return [...events, refund(current, command, share, centsString(undelivered), now)];
}

/** The end of a charge whose time has not run out: given back, credited or kept (SUB-14, SUB-15, REF-3). */
export function settleCancellation(
  invoice: FinalInvoice,
  command: CommandOf<'settleCancellation'>,
): InvoiceEvent[] {
  const { at, creditNoteId, reason } = command;
  if (decimal(amountDue(invoice)).gt(0)) {
    return creditUnused(invoice, { at, creditNoteId, cause: 'cancellation', reason, replacement: null });
  }
  if (command.refund === 'none') return releaseRest(invoice, at);
  const { events, current } = caughtUp(invoice, at);
  const left = unreleasedTotal(current);
  if (decimal(left).eq(0)) return events;
  const share = shareOfNet(current, decimal(left));
  // What was settled by credit or wallet goes back there, not out as money.
  if (decimal(share.total).gt(current.refundable)) {
    return creditUnused(invoice, { at, creditNoteId, cause: 'cancellation', reason, replacement: null });
  }
  return [...events, refund(current, { ...command, method: 'card' }, share, left, at)];
}

function refund(
  invoice: FinalInvoice,
  { refundId, reason, method }: Pick<CommandOf<'refundPayment'>, 'refundId' | 'reason' | 'method'>,
  { net, tax, total }: Share,
  undelivered: string,
  effectiveAt: string,
): InvoiceEvent {
  const { invoiceId, customerId, currency } = invoice;
  const rests = undeliveredLines(invoice).map((line) => ({ ...line, rest: line.amount }));
  const taken = spreadOver(decimal(undelivered), rests).map(({ line, amount }) => {
    const { lineId, deferredAccount } = line;
    return { lineId, amount: centsString(amount), deferredAccount };
  });
  const delivered = centsString(decimal(net).minus(undelivered));
  const sums = { undelivered: taken, delivered, tax, total };
  const data = { invoiceId, customerId, refundId, reason, currency, method, ...sums };
  return { type: 'refund.created', data, effectiveAt };
}

/** The money has left (REF-2), or it did not or came back (REF-5): a refund that failed can be settled again. */
export function settleRefund(
  invoice: FinalInvoice,
  { now, refundId, outcome, reason }: CommandOf<'settleRefund'>,
): Decision<InvoiceEvent> {
  const found = invoice.refunds.find((one) => one.refundId === refundId);
  if (found === undefined) return refuse('refund-not-found', 'there is no such refund', 'refundId');
  const { invoiceId, customerId, currency } = invoice;
  const { amount, method, status } = found;
  const data = { invoiceId, customerId, refundId, currency, method, amount };
  if (outcome === 'settled') {
    if (status === 'settled') return refuse('refund-settled', 'the refund is settled already', 'refundId');
    return [{ type: 'refund.settled', data, effectiveAt: now }];
  }
  if (status === 'failed') return [];
  const failed = { ...data, reason, hadSettled: status === 'settled' };
  return [{ type: 'refund.failed', data: failed, effectiveAt: now }];
}
