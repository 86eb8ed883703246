import { type Decision, refuse } from '../kernel/decider.ts';
import { centsString, type Decimal, decimal, toCents } from '../kernel/money.ts';
import type { InvoiceCommand } from './commands.ts';
import { amountFault, creditUnused, undeliveredPart } from './credit-notes.ts';
import type { InvoiceEvent } from './events.ts';
import { after, caughtUp, releaseRest, unreleasedTotal } from './release.ts';
import { creditable, reversible, type Share, shareOfGross, shareOfNet } from './reversal.ts';
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
  const most = atMost(decimal(invoice.refundable), reversible(invoice));
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

/**
 * The end of a charge whose time has not run out: credited while anything is owed (SUB-15), else given back or kept as
 * asked (REF-3, SUB-14). What is credited beyond the debt is the customer's credit.
 */
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
  const refunded = unusedRefund(current, command);
  // What was settled by credit or wallet, or on an earlier invoice, goes to the customer's credit.
  const note = { at, creditNoteId, cause: 'cancellation', reason, replacement: null } as const;
  return [...events, ...refunded, ...creditUnused(after(current, refunded), note)];
}

/** The unused part with its tax, as far as money came for this invoice. */
function unusedRefund(
  invoice: FinalInvoice,
  command: Pick<CommandOf<'settleCancellation'>, 'at' | 'refundId' | 'reason'>,
): InvoiceEvent[] {
  const unused = atMost(decimal(unreleasedTotal(invoice)), creditable(invoice));
  const whole = shareOfNet(invoice, unused);
  const money = decimal(invoice.refundable);
  const share = money.lt(whole.total) ? shareOfGross(invoice, money) : whole;
  if (decimal(share.net).lte(0)) return [];
  const method = invoice.method ?? 'card';
  return [refund(invoice, { ...command, method }, share, share.net, command.at)];
}

function atMost(amount: Decimal, most: Decimal): Decimal {
  return amount.gt(most) ? most : amount;
}

function refund(
  invoice: FinalInvoice,
  { refundId, reason, method }: Pick<CommandOf<'refundPayment'>, 'refundId' | 'reason' | 'method'>,
  { net, tax, total }: Share,
  undelivered: string,
  effectiveAt: string,
): InvoiceEvent {
  const { invoiceId, customerId, currency } = invoice;
  const taken = undeliveredPart(invoice, decimal(undelivered)).map(({ lineId, amount, deferredAccount }) => ({
    lineId,
    amount,
    deferredAccount,
  }));
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
