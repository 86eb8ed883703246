import type { PaymentMethod } from '../domain/invoicing/decider.ts';
import { creditLine, subscriptionLine } from '../domain/invoicing/lines.ts';
import type { Instant } from '../domain/kernel/time.ts';
import type { Charge, Credit } from '../domain/subscriptions/events.ts';
import { afterRecorded } from './after-recorded.ts';
import { invoices, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, following, mintId, naturalUuid } from './envelope.ts';
import type { RecordedEvent } from './pipeline.ts';
import { settled } from './settled.ts';

/** Cuts the invoice of a charge; what an earlier invoice has not earned is handed over to it first. */
export async function invoiceCharge(
  context: CommandContext,
  event: RecordedEvent,
  charge: Charge | null,
  credit: Credit | null,
): Promise<number | undefined> {
  if (charge === null) return undefined;
  const cause = { id: event.id, ...event.metadata };
  if (credit !== null) {
    const command = {
      type: 'handOverSchedule',
      at: event.effectiveAt,
      toInvoiceId: charge.invoiceId,
    } as const;
    await context.pipeline.execute(invoices, credit.invoiceId, command, following(cause, 'handOverSchedule'));
  }
  const customerId = event.metadata.customerId ?? '';
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (state.status === 'none') throw new Error(`a charge without a subscription: ${event.stream}`);
  const outcome = await context.pipeline.execute(
    invoices,
    charge.invoiceId,
    {
      type: 'finalizeInvoice',
      effectiveAt: event.effectiveAt,
      invoiceId: charge.invoiceId,
      customerId,
      kind: charge.kind,
      period: null,
      currency: state.currency,
      taxRate: state.taxRate,
      lines: [subscriptionLine(charge), ...(credit === null ? [] : [creditLine(credit)])],
    },
    following(cause, 'finalizeInvoice'),
  );
  return outcome.kind === 'accepted' ? settled(context, outcome) : undefined;
}

export interface PaymentView {
  readonly paymentId: string;
  readonly invoiceId: string;
  readonly customerId: string;
  readonly method: PaymentMethod;
  readonly currency: string;
  readonly amount: string;
  readonly applied: string;
  readonly excess: string;
}

export interface Payment {
  readonly invoiceId: string;
  readonly amount: string;
  readonly currency: string;
  readonly method: PaymentMethod;
}

/**
 * Records a receipt, gross of fees. What exceeds the open amount goes to the customer's credit balance.
 * Refuses: invoice-not-found, invoice-already-paid, invalid-amount, currency-mismatch.
 */
export async function recordInvoicePayment(
  context: CommandContext,
  { invoiceId, amount, currency, method }: Payment,
  envelope: Envelope,
): Promise<CommandResult<PaymentView>> {
  const paymentId = mintId('pay', envelope.commandId);
  const command = {
    type: 'recordInvoicePayment',
    now: context.now(),
    paymentId,
    amount,
    currency,
    method,
  } as const;
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const [event] = outcome.events;
  if (event?.type !== 'invoice.payment_received') throw new Error('a payment without its event');
  const { revision, replayed } = outcome;
  const position = await afterRecorded(() => settled(context, outcome));
  return { result: event.data, revision, position, replayed };
}

/** Releases what an invoice's schedules have earned through an instant; nothing if that is done. */
export async function releaseRevenue(
  context: CommandContext,
  invoiceId: string,
  through: Instant,
): Promise<CommandResult<null>> {
  const envelope = system('releaseRevenue', naturalUuid('releaseRevenue', invoiceId, through), through);
  const command = { type: 'releaseRevenue', through } as const;
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { revision, position, replayed } = outcome;
  return { result: null, revision, position, replayed };
}
