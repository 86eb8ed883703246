import type { InvoiceCommand } from '../domain/invoicing/decider.ts';
import { chargeInvoice } from '../domain/invoicing/lines.ts';
import { centsString, decimal } from '../domain/kernel/money.ts';
import type { Instant } from '../domain/kernel/time.ts';
import type { Charge, Credit } from '../domain/subscriptions/events.ts';
import { invoices, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, following, mintId, naturalUuid } from './envelope.ts';
import { type Outcome, type RecordedEvent, recordedFrom } from './pipeline.ts';
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
  const at = event.effectiveAt;
  const unused = credit === null ? null : await handedOver(context, event, credit, charge.invoiceId);
  const customerId = event.metadata.customerId ?? '';
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (state.status === 'none') throw new Error(`a charge without a subscription: ${event.stream}`);
  const { currency, taxRate, taxInclusive } = state;
  const command = chargeInvoice({ customerId, currency, taxRate, taxInclusive }, charge, unused, at);
  const step = following(cause, 'finalizeInvoice');
  return finalizeInvoice(context, { ...command, issuedAt: event.metadata.recordedAt }, step);
}

/** Makes an invoice final, and what follows from that. */
export async function finalizeInvoice(
  context: CommandContext,
  command: Extract<InvoiceCommand, { type: 'finalizeInvoice' }>,
  step: Envelope,
): Promise<number | undefined> {
  const outcome = await context.pipeline.execute(invoices, command.invoiceId, command, step);
  if (outcome.kind === 'refused') return undefined;
  return settled(context, outcome);
}

/** Runs a step on an invoice that follows from an event; ids that it needs derive from the event. */
export async function onInvoice(
  context: CommandContext,
  event: RecordedEvent,
  invoiceId: string,
  command: InvoiceCommand | ((creditNoteId: string, refundId: string) => InvoiceCommand),
): Promise<number | undefined> {
  const cause = { id: event.id, ...event.metadata };
  const ids = [mintId('cn', event.id), mintId('ref', event.id)] as const;
  const asked = typeof command === 'function' ? command(...ids) : command;
  const outcome = await onceCut(context, event, invoiceId, () =>
    context.pipeline.execute(invoices, invoiceId, asked, following(cause, asked.type)),
  );
  if (outcome.kind === 'refused') return undefined;
  return settled(context, outcome);
}

/**
 * Runs a command on an invoice. If that is not cut yet, because who charged for it is still at it or broke off, it is
 * cut first.
 */
async function onceCut<State>(
  context: CommandContext,
  { stream, revision }: RecordedEvent,
  invoiceId: string,
  execute: () => Promise<Outcome<State>>,
): Promise<Outcome<State>> {
  const outcome = await execute();
  if (outcome.kind === 'accepted' || outcome.refusal.code !== 'invoice-not-found') return outcome;
  const before = await context.store.readStream(stream, 0, revision);
  const charged = before
    .map(recordedFrom)
    .filter(({ data }) => 'charge' in data && data.charge?.invoiceId === invoiceId);
  if (charged.length === 0) return outcome;
  await context.settle(charged);
  return execute();
}

/** What was really left, as the earlier invoice's stream hands it over. */
async function handedOver(
  context: CommandContext,
  event: RecordedEvent,
  { invoiceId }: Credit,
  toInvoiceId: string,
): Promise<Credit> {
  const command = { type: 'handOverSchedule', at: event.effectiveAt, toInvoiceId } as const;
  const step = following({ id: event.id, ...event.metadata }, 'handOverSchedule');
  const outcome = await onceCut(context, event, invoiceId, () =>
    context.pipeline.execute(invoices, invoiceId, command, step),
  );
  // Without its rest the new invoice would charge twice: the reactor comes here again once the earlier one is final.
  if (outcome.kind === 'refused') throw new Error(`${invoiceId} hands nothing over: ${outcome.refusal.code}`);
  const rests = outcome.events.map((one) =>
    one.type === 'schedule.handed_over' ? one.data.remainder : '0.00',
  );
  return { invoiceId, amount: centsString(rests.reduce((sum, rest) => sum.plus(rest), decimal(0))) };
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
