import type { PaymentMethod } from '../domain/invoicing/decider.ts';
import { centsString, decimal } from '../domain/kernel/money.ts';
import { afterRecorded } from './after-recorded.ts';
import { invoices } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, mintId } from './envelope.ts';
import { settled } from './settled.ts';

export interface PaymentView {
  readonly paymentId: string;
  readonly invoiceId: string;
  readonly customerId: string;
  readonly method: PaymentMethod;
  readonly currency: string;
  readonly amount: string;
  readonly applied: string;
  readonly excess: string;
  /** Of what was written off. */
  readonly recovered: string;
}

export interface Payment {
  readonly invoiceId: string;
  readonly amount: string;
  readonly currency: string;
  readonly method: PaymentMethod;
}

/**
 * Records a receipt, gross of fees. What exceeds the open amount goes to the customer's credit balance; on an
 * invoice that was written off it is a recovery (DUN-4).
 * Refuses: invoice-not-found, invoice-not-final, invoice-already-paid, invoice-void, invalid-amount,
 * currency-mismatch.
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
  const { revision, replayed } = outcome;
  const position = await afterRecorded(() => settled(context, outcome));
  if (event?.type === 'invoice.payment_received') {
    return { result: { ...event.data, recovered: '0.00' }, revision, position, replayed };
  }
  if (event?.type !== 'invoice.payment_recovered') throw new Error('a payment without its event');
  const { net, tax, ...data } = event.data;
  const recovered = centsString(decimal(net).plus(tax));
  return { result: { ...data, applied: '0.00', recovered }, revision, position, replayed };
}
