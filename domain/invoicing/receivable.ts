import { type Decision, refuse } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import { addMonths, type Instant, monthOf } from '../kernel/time.ts';
import type { InvoiceCommand } from './commands.ts';
import { amountFault, creditOwed } from './credit-notes.ts';
import type { InvoiceEvent } from './events.ts';
import { after } from './release.ts';
import { shareOfGross } from './reversal.ts';
import { DUNNING_STEPS } from './schemas.ts';
import { amountDue, type FinalInvoice, type ReleaseSchedule, unreleasedRest } from './state.ts';

type CommandOf<Type extends InvoiceCommand['type']> = Extract<InvoiceCommand, { type: Type }>;

/** An invoice bills usage of its own month and, late, of the two months before. */
const MONTHS_BACK = 2;

/** A receipt settles what is owed (RCV-1, RCV-2), or recovers what was written off (DUN-4). */
export function pay(
  invoice: FinalInvoice,
  command: CommandOf<'recordInvoicePayment'>,
): Decision<InvoiceEvent> {
  const { paymentId, method, currency, now } = command;
  const fault = amountFault(invoice, command.amount, currency);
  if (fault !== undefined) return fault;
  const amount = decimal(command.amount);
  if (invoice.status === 'uncollectible') return recover(invoice, command);
  if (invoice.status === 'paid') {
    return refuse('invoice-already-paid', 'nothing is owed on this invoice', 'invoiceId');
  }
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

/** The tax that the write-off gave up is owed again, by cumulative share. */
function recover(invoice: FinalInvoice, command: CommandOf<'recordInvoicePayment'>): Decision<InvoiceEvent> {
  const { paymentId, method, currency, now } = command;
  const { invoiceId, customerId, writtenOff, writtenOffTax, recovered, recoveredTax } = invoice;
  const open = decimal(writtenOff).minus(recovered);
  if (open.lte(0)) return refuse('invoice-already-paid', 'all that was written off came in', 'invoiceId');
  const amount = decimal(command.amount);
  const applied = amount.gt(open) ? open : amount;
  const taxToDate = toCents(decimal(writtenOffTax).times(applied.plus(recovered)).div(writtenOff));
  const tax = taxToDate.minus(recoveredTax);
  const data = {
    invoiceId,
    customerId,
    paymentId,
    method,
    currency,
    amount: centsString(amount),
    net: centsString(applied.minus(tax)),
    tax: centsString(tax),
    excess: centsString(amount.minus(applied)),
  };
  return [{ type: 'invoice.payment_recovered', data, effectiveAt: now }];
}

/** What the customer's funds set aside, as far as it is still owed (SUB-11, USE-7). */
export function applyFunds(
  invoice: FinalInvoice,
  { effectiveAt, fundsId, wallet, credit }: CommandOf<'applyFunds'>,
): InvoiceEvent[] {
  const due = decimal(invoice.status === 'uncollectible' ? '0.00' : amountDue(invoice));
  const fromWallet = decimal(wallet).gt(due) ? due : decimal(wallet);
  const rest = due.minus(fromWallet);
  const fromCredit = decimal(credit).gt(rest) ? rest : decimal(credit);
  const { invoiceId, customerId, currency } = invoice;
  const data = {
    invoiceId,
    customerId,
    fundsId,
    currency,
    wallet: centsString(fromWallet),
    credit: centsString(fromCredit),
    walletReturned: centsString(decimal(wallet).minus(fromWallet)),
    creditReturned: centsString(decimal(credit).minus(fromCredit)),
  };
  return [{ type: 'invoice.funds_applied', data, effectiveAt }];
}

/** As if it had never been (SUB-16): only while nothing was paid, credited or moved on. */
export function voidInvoice(
  invoice: FinalInvoice,
  { now, reason }: CommandOf<'voidInvoice'>,
): Decision<InvoiceEvent> {
  if (invoice.status === 'void') return [];
  const fault = voidFault(invoice, now);
  if (fault !== undefined) return refuse('invoice-not-voidable', `${fault}; use a credit note`, 'invoiceId');
  const { invoiceId, customerId, currency, tax, total, lines } = invoice;
  const schedules = invoice.schedules.map((line) => {
    const { lineId, deferredAccount, revenueAccount } = line;
    return {
      lineId,
      deferredAccount,
      revenueAccount,
      deferred: unreleasedRest(line),
      released: line.released,
    };
  });
  const usage = lines.flatMap((line) => {
    if (line.kind !== 'usage') return [];
    const { meter, month, accrued, amount } = line;
    return [{ meter, month, accrued, amount }];
  });
  const promotions = lines.reduce(
    (sum, line) => (line.kind === 'promotion' ? sum.minus(line.amount) : sum),
    decimal(0),
  );
  const sums = { tax, total, schedules, usage, promotions: centsString(promotions) };
  return [
    { type: 'invoice.voided', data: { invoiceId, customerId, reason, currency, ...sums }, effectiveAt: now },
  ];
}

function voidFault(invoice: FinalInvoice, now: Instant): string | undefined {
  if (invoice.status === 'uncollectible') return 'the invoice is written off';
  if (!decimal(invoice.paid).eq(0)) return 'the invoice is paid, or partly';
  if (invoice.hasCreditNotes) return 'the invoice was credited';
  if (!invoice.schedules.every((line) => isUntouched(line, invoice))) {
    return 'its service moved on to another invoice or other dates';
  }
  const oldest = addMonths(monthOf(now), -MONTHS_BACK);
  if (invoice.lines.some((line) => line.kind === 'usage' && line.month < oldest)) {
    return 'its usage is too old for the next invoice';
  }
  const moved = invoice.lines.some(({ kind }) => kind === 'credit' || kind === 'proration');
  return moved ? 'it took over service of another invoice' : undefined;
}

function isUntouched(line: ReleaseSchedule, { lines }: FinalInvoice): boolean {
  const billed = lines.find(({ lineId }) => lineId === line.lineId);
  const moved = line.handedOver || line.frozen || line.earlier !== '0.00';
  return !moved && billed?.amount === line.amount;
}

/** Undelivered service is credited (DUN-5), the delivered rest and its tax are given up (DUN-3). */
export function writeOff(
  invoice: FinalInvoice,
  { now, creditNoteId, reason }: CommandOf<'writeOffInvoice'>,
): Decision<InvoiceEvent> {
  if (invoice.status === 'uncollectible') return [];
  if (invoice.status === 'void') return refuse('invoice-void', 'the invoice is void', 'invoiceId');
  if (invoice.status === 'paid') {
    return refuse('invoice-already-paid', 'nothing is owed on this invoice', 'invoiceId');
  }
  const events = creditOwed(invoice, { at: now, creditNoteId, reason });
  const current = after(invoice, events);
  const due = decimal(amountDue(current));
  if (due.lte(0)) return events;
  const { invoiceId, customerId, currency } = current;
  const data = { invoiceId, customerId, reason, currency, ...shareOfGross(current, due) };
  return [...events, { type: 'invoice.written_off', data, effectiveAt: now }];
}

/** The next step of dunning; never back, and nothing while nothing is owed. */
export function advanceDunning(
  invoice: FinalInvoice,
  { now, step }: CommandOf<'advanceDunning'>,
): Decision<InvoiceEvent> {
  if (!isOwed(invoice)) return refuse('not-due', 'nothing is overdue on the invoice');
  if (now < invoice.dueAt) return refuse('not-due', `the invoice is due at ${invoice.dueAt}`);
  const reached = invoice.dunning === null ? -1 : DUNNING_STEPS.indexOf(invoice.dunning);
  if (DUNNING_STEPS.indexOf(step) <= reached) return [];
  const { invoiceId, customerId } = invoice;
  return [{ type: 'dunning.advanced', data: { invoiceId, customerId, step }, effectiveAt: now }];
}

/** Asks for an attempt to collect; a hard decline stops that. */
export function requestPayment(
  invoice: FinalInvoice,
  { now, attempt }: CommandOf<'requestPayment'>,
): Decision<InvoiceEvent> {
  if (!isOwed(invoice) || invoice.declined || attempt <= invoice.requestedAttempts) return [];
  const { invoiceId, customerId, currency } = invoice;
  const data = { invoiceId, customerId, attempt, amount: amountDue(invoice), currency };
  return [{ type: 'payment.requested', data, effectiveAt: now }];
}

/** An attempt to collect failed, for good if `hard` (DUN-1). Refuses: invoice-already-paid. */
export function paymentFailed(
  invoice: FinalInvoice,
  { now, reason, hard }: CommandOf<'recordPaymentFailure'>,
): Decision<InvoiceEvent> {
  if (!isOwed(invoice)) {
    return refuse('invoice-already-paid', 'nothing is owed on this invoice', 'invoiceId');
  }
  const { invoiceId, customerId, failedAttempts } = invoice;
  const data = { invoiceId, customerId, attempt: failedAttempts + 1, reason, hard };
  return [{ type: 'payment.failed', data, effectiveAt: now }];
}

function isOwed({ status }: FinalInvoice): boolean {
  return status === 'finalized' || status === 'past_due';
}
