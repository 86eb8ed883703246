import type { EventData } from '../domain/events.ts';
import type { InvoiceCommand } from '../domain/invoicing/decider.ts';
import { isFinal } from '../domain/invoicing/state.ts';
import type { Refusal } from '../domain/kernel/decider.ts';
import { afterRecorded } from './after-recorded.ts';
import { invoices } from './aggregate.ts';
import { system } from './clock.ts';
import type { Accepted, CommandContext, CommandResult } from './context.ts';
import { type Envelope, naturalUuid } from './envelope.ts';
import { type RecordedEvent, recordedFrom } from './pipeline.ts';
import { settled } from './settled.ts';

/** The invoice as it became final. */
export type FinalizedInvoice = EventData<'invoice.finalized'>;

type FinalizedEvent = Extract<RecordedEvent, { type: 'invoice.finalized' }>;

/** The event that made an invoice final: its first, or the one after its draft. Undefined if it is not final. */
export async function finalizedEvent(
  context: CommandContext,
  invoiceId: string,
): Promise<{ readonly event: FinalizedEvent; readonly position: number } | undefined> {
  for (const stored of await context.store.readStream(invoices.stream(invoiceId), 0, 2)) {
    const event = recordedFrom(stored);
    if (event.type === 'invoice.finalized') return { event, position: stored.position };
  }
  return undefined;
}

/**
 * An invoice that was there before it was asked for.
 * @param revision of its stream
 */
export async function existingInvoice(
  context: CommandContext,
  invoiceId: string,
  revision: number,
): Promise<Accepted<FinalizedInvoice>> {
  const found = await finalizedEvent(context, invoiceId);
  if (found === undefined) throw new Error(`${invoiceId} was never made final`);
  return { result: found.event.data, revision, position: found.position, replayed: true };
}

/**
 * Makes an invoice final, with what follows; if somebody else has done so meanwhile, the invoice that is there.
 * Refuses: nothing-to-bill.
 * @param envelope of the caller; of the step itself, which there is once for an invoice, unless given
 */
export async function finalizeOrExisting(
  context: CommandContext,
  command: Extract<InvoiceCommand, { type: 'finalizeInvoice' }>,
  envelope?: Envelope,
): Promise<CommandResult<FinalizedInvoice>> {
  const { invoiceId } = command;
  const step = system('finalizeInvoice', naturalUuid('finalizeInvoice', invoiceId), invoiceId);
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope ?? step);
  if (outcome.kind === 'refused') return finalizedMeanwhile(context, invoiceId, outcome.refusal);
  const [event] = outcome.events;
  if (event?.type !== 'invoice.finalized') throw new Error('a final invoice without its event');
  const { revision, replayed } = outcome;
  const position = await afterRecorded(() => settled(context, outcome));
  return { result: event.data, revision, position, replayed };
}

async function finalizedMeanwhile(
  context: CommandContext,
  invoiceId: string,
  refusal: Refusal,
): Promise<CommandResult<FinalizedInvoice>> {
  if (refusal.code !== 'invoice-exists') return refusal;
  const { state, revision } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  return isFinal(state) ? existingInvoice(context, invoiceId, revision) : refusal;
}
