import type { EventData } from '../domain/events.ts';
import type { InvoiceCommand, PaymentMethod } from '../domain/invoicing/decider.ts';
import { amountDue, type FinalInvoice, isFinal } from '../domain/invoicing/state.ts';
import { afterRecorded } from './after-recorded.ts';
import { invoices, monthOfCustomer, ratings } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, following, mintId } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { onInvoice } from './invoicing.ts';
import type { RecordedEvent } from './pipeline.ts';
import { settled } from './settled.ts';

export type CreditNote = EventData<'credit_note.issued'>;
export type CreatedRefund = EventData<'refund.created'>;

export interface RefundOutcome {
  readonly refundId: string;
  /** Null for a refund of the credit balance. */
  readonly invoiceId: string | null;
  readonly customerId: string;
  readonly currency: string;
  readonly amount: string;
  readonly status: 'settled' | 'failed';
}

/** An invoice as a command that ends it left it. */
export interface EndedInvoice {
  readonly invoiceId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly status: FinalInvoice['status'];
  readonly due: string;
  readonly creditNote: CreditNote | null;
  readonly writtenOff: string;
}

export interface CreditNoteRequest {
  readonly invoiceId: string;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string;
}

/**
 * Goodwill: lowers what is owed, the rest goes to the customer's credit (SUB-13).
 * Refuses: invoice-not-found, invoice-not-final, invoice-void, invalid-amount, currency-mismatch,
 * credit-exceeds-invoice.
 */
export function issueCreditNote(
  context: CommandContext,
  { invoiceId, ...asked }: CreditNoteRequest,
  envelope: Envelope,
): Promise<CommandResult<CreditNote>> {
  const creditNoteId = mintId('cn', envelope.commandId);
  const command = { type: 'issueCreditNote', now: context.now(), creditNoteId, ...asked } as const;
  return onRequest(context, invoiceId, command, envelope, 'credit_note.issued');
}

export interface RefundRequest {
  readonly invoiceId: string;
  readonly amount: string;
  readonly undelivered: string;
  readonly currency: string;
  readonly method: PaymentMethod;
  readonly reason: string;
}

/**
 * Approves a refund of what was paid: it is owed until it is settled (REF-1).
 * Refuses: invoice-not-found, invoice-not-final, invoice-void, invalid-amount, currency-mismatch,
 * refund-exceeds-paid.
 */
export function refundPayment(
  context: CommandContext,
  { invoiceId, ...asked }: RefundRequest,
  envelope: Envelope,
): Promise<CommandResult<CreatedRefund>> {
  const refundId = mintId('ref', envelope.commandId);
  const command = { type: 'refundPayment', now: context.now(), refundId, ...asked } as const;
  return onRequest(context, invoiceId, command, envelope, 'refund.created');
}

/** The refund left, or did not. Refuses: refund-not-found, refund-settled. */
export async function settleRefund(
  context: CommandContext,
  asked: {
    readonly invoiceId: string;
    readonly refundId: string;
    readonly outcome: 'settled' | 'failed';
    readonly reason: string;
  },
  envelope: Envelope,
): Promise<CommandResult<RefundOutcome>> {
  const { invoiceId, refundId, outcome: status, reason } = asked;
  const command = { type: 'settleRefund', now: context.now(), refundId, outcome: status, reason } as const;
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, revision, position, replayed } = outcome;
  if (!isFinal(state)) throw new Error('a refund without its invoice');
  const { customerId, currency, refunds } = state;
  const amount = refunds.find((one) => one.refundId === refundId)?.amount ?? '0.00';
  const result = { refundId, invoiceId, customerId, currency, amount, status };
  return { result, revision, position, replayed };
}

/** Takes an invoice back as if it had never been (SUB-16). Refuses: invoice-not-voidable. */
export function voidInvoice(
  context: CommandContext,
  { invoiceId, reason }: { readonly invoiceId: string; readonly reason: string },
  envelope: Envelope,
): Promise<CommandResult<EndedInvoice>> {
  return ending(context, invoiceId, { type: 'voidInvoice', now: context.now(), reason }, envelope);
}

/** Gives up what is owed (DUN-5, DUN-3). Refuses: invoice-already-paid, invoice-void. */
export function writeOffInvoice(
  context: CommandContext,
  { invoiceId, reason }: { readonly invoiceId: string; readonly reason: string },
  envelope: Envelope,
): Promise<CommandResult<EndedInvoice>> {
  const creditNoteId = mintId('cn', envelope.commandId);
  const command = { type: 'writeOffInvoice', now: context.now(), creditNoteId, reason } as const;
  return ending(context, invoiceId, command, envelope);
}

/** An attempt to collect failed (DUN-1). Refuses: invoice-already-paid. */
export function recordPaymentFailure(
  context: CommandContext,
  {
    invoiceId,
    reason,
    hard,
  }: { readonly invoiceId: string; readonly reason: string; readonly hard: boolean },
  envelope: Envelope,
): Promise<CommandResult<EventData<'payment.failed'>>> {
  const command = { type: 'recordPaymentFailure', now: context.now(), reason, hard } as const;
  return onRequest(context, invoiceId, command, envelope, 'payment.failed');
}

type Asked = 'credit_note.issued' | 'refund.created' | 'payment.failed';

async function onRequest<Type extends Asked>(
  context: CommandContext,
  invoiceId: string,
  command: InvoiceCommand,
  envelope: Envelope,
  type: Type,
): Promise<CommandResult<EventData<Type>>> {
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const event = outcome.events.find((one) => one.type === type);
  if (event === undefined) throw new Error(`${command.type} without its event`);
  const { revision, replayed } = outcome;
  const position = await afterRecorded(() => settled(context, outcome));
  const result = event.data as EventData<Type>;
  return { result, revision, position, replayed } as CommandResult<EventData<Type>>;
}

async function ending(
  context: CommandContext,
  invoiceId: string,
  command: InvoiceCommand,
  envelope: Envelope,
): Promise<CommandResult<EndedInvoice>> {
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, events, revision, replayed } = outcome;
  if (!isFinal(state)) throw new Error('an ended invoice that is not final');
  const { customerId, currency, status, writtenOff } = state;
  const note = events.find((event) => event.type === 'credit_note.issued');
  const creditNote = note?.type === 'credit_note.issued' ? note.data : null;
  const result = { invoiceId, customerId, currency, status, due: amountDue(state), creditNote, writtenOff };
  const position = await afterRecorded(() => settled(context, outcome));
  return { result, revision, position, replayed };
}

/** Usage of a voided invoice is unbilled again, and goes onto the next one. */
async function giveUsageBack(
  context: CommandContext,
  event: Extract<RecordedEvent, { type: 'invoice.voided' }>,
): Promise<number | undefined> {
  const { customerId, invoiceId, usage } = event.data;
  let last: number | undefined;
  for (const month of new Set(usage.map((line) => line.month))) {
    const command = { type: 'giveBackUsage', now: context.now(), customerId, month, invoiceId } as const;
    const step = following({ id: event.id, ...event.metadata }, 'giveBackUsage', month);
    const id = monthOfCustomer(customerId, month);
    const outcome = await context.pipeline.execute(ratings, id, { ...command, period: month }, step);
    if (outcome.kind === 'accepted') last = outcome.position ?? last;
  }
  return last;
}

/** Usage came out below what an invoice billed: the difference is credited at once (USE-5). */
function creditBilledUsage(
  context: CommandContext,
  event: Extract<RecordedEvent, { type: 'usage.credited' }>,
): Promise<number | undefined> {
  const { invoiceId, month, lines } = event.data;
  const credits = lines.map(({ meter, quantity, accrued, credited }) => ({
    meter,
    month,
    quantity,
    accrued,
    amount: credited,
  }));
  return onInvoice(context, event, invoiceId, (creditNoteId) => ({
    type: 'creditUsage',
    at: event.effectiveAt,
    creditNoteId,
    reason: `usage of ${month} came out lower`,
    lines: credits,
  }));
}

export const adjustmentFollowUps: FollowUps = {
  'usage.credited': (event, context) => creditBilledUsage(context, event),
  'invoice.voided': (event, context) => giveUsageBack(context, event),
};
