import type { EventData } from '../domain/events.ts';
import type { DraftLine } from '../domain/invoicing/decider.ts';
import { subscriptionLine, usageLine } from '../domain/invoicing/lines.ts';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { addMonths, type Month, monthEnd } from '../domain/kernel/time.ts';
import { isGivenBack } from '../domain/metering/rating-decider.ts';
import { PreconditionFailedError } from '../platform/errors.ts';
import { invoices, monthOfCustomer, ratings, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import { type CommandContext, type CommandResult, wasRefused } from './context.ts';
import { type Envelope, following, naturalUuid } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { recordedFrom } from './pipeline.ts';
import { billUsageOfMonths, creditUsage, monthlyInvoiceId } from './rating.ts';
import type { FoldedStream } from './stream-cache.ts';
import { completeUsageInvoice, usageInvoiceId } from './usage-invoice.ts';

/** The invoice as it became final. */
export type FinalizedInvoice = EventData<'invoice.finalized'>;

/**
 * One invoice for a closed month: its usage, late and released usage of any month before, and the next month's
 * subscription (INV-1). Every step has an id of its own nature, so that whoever asks, and however often,
 * there is one invoice; a sequence broken by a crash is completed by asking again, which the reactor does.
 * Refuses: customer-not-found, period-not-ended, nothing-to-bill.
 */
export async function generateMonthlyInvoice(
  context: CommandContext,
  customerId: string,
  period: Month,
  envelope?: Envelope,
): Promise<CommandResult<FinalizedInvoice>> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  if (context.now() < monthEnd(period)) {
    return refuse('period-not-ended', `${period} ends at ${monthEnd(period)}`, 'period');
  }
  // Two runs side by side could reserve usage for an invoice that the other has just made final.
  return context.exclusive(`monthly-invoice ${customerId} ${period}`, () =>
    billMonth(context, customer, period, envelope),
  );
}

async function billMonth(
  context: CommandContext,
  customer: { readonly customerId: string; readonly currency: string; readonly taxRate: string },
  period: Month,
  envelope: Envelope | undefined,
): Promise<CommandResult<FinalizedInvoice>> {
  const { customerId } = customer;
  const invoiceId = monthlyInvoiceId(customerId, period);
  const existing = await context.pipeline.state(invoices, invoiceId);
  requireMatch(envelope, existing);
  if (envelope !== undefined) await context.pipeline.requireOwnKey(invoices, invoiceId, envelope);
  if (existing.state.status !== 'none') return existingInvoice(context, invoiceId, existing.revision);

  await billEarlierMonths(context, customerId, period);
  const usage = await usageLines(context, customerId, period, invoiceId);
  const charge = await renewFor(context, customerId, period, invoiceId);
  const lines = charge === undefined ? usage : [charge, ...usage];
  const step = system('finalizeInvoice', naturalUuid('finalizeInvoice', invoiceId), invoiceId);
  const outcome = await context.pipeline.execute(
    invoices,
    invoiceId,
    {
      type: 'finalizeInvoice',
      effectiveAt: monthEnd(period),
      invoiceId,
      customerId,
      kind: 'monthly',
      period,
      currency: customer.currency,
      taxRate: customer.taxRate,
      lines,
    },
    envelope ?? step,
  );
  if (outcome.kind === 'refused') return finalizedMeanwhile(context, invoiceId, outcome.refusal);
  const [event] = outcome.events;
  if (event?.type !== 'invoice.finalized') throw new Error('a final invoice without its event');
  const { revision, position, replayed } = outcome;
  return { result: event.data, revision, position, replayed };
}

/** `If-Match` speaks of the invoice, whose append is the last step: by then the others would be in the log. */
function requireMatch(envelope: Envelope | undefined, invoice: FoldedStream): void {
  const { commandId = '', ifMatch } = envelope ?? {};
  if (ifMatch === undefined || invoice.commands.has(commandId)) return;
  if (invoice.revision !== (ifMatch === 'none' ? -1 : ifMatch)) {
    throw new PreconditionFailedError(invoice.revision);
  }
}

async function finalizedMeanwhile(
  context: CommandContext,
  invoiceId: string,
  refusal: Refusal,
): Promise<CommandResult<FinalizedInvoice>> {
  if (refusal.code !== 'invoice-exists') return refusal;
  const { state, revision } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  return state.status === 'none' ? refusal : existingInvoice(context, invoiceId, revision);
}

/** Months are billed in order: a subscription whose charge ends earlier is renewed month by month. */
async function billEarlierMonths(context: CommandContext, customerId: string, period: Month): Promise<void> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status !== 'active' || state.charge === null || state.billingCycle === 'annual') return;
  if (state.charge.to > monthEnd(addMonths(period, -1))) return;
  await generateMonthlyInvoice(context, customerId, addMonths(period, -1));
}

async function usageLines(
  context: CommandContext,
  customerId: string,
  period: Month,
  invoiceId: string,
): Promise<DraftLine[]> {
  const billed = await billUsageOfMonths(context, customerId, { invoiceId, period });
  return billed.flatMap(({ month, lines }) => lines.map((line) => usageLine(line, month)));
}

/** Renews the subscription into the month after the billed one; undefined if there is nothing to renew. */
async function renewFor(
  context: CommandContext,
  customerId: string,
  period: Month,
  invoiceId: string,
): Promise<DraftLine | undefined> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none' || state.billingCycle === 'annual') return undefined;
  const command = { type: 'renewSubscription', upTo: monthEnd(period), invoiceId } as const;
  const envelope = system('renewSubscription', naturalUuid('renewMonthly', customerId, period), invoiceId);
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, envelope);
  if (outcome.kind === 'refused') return undefined;
  const renewed = outcome.events.find((event) => event.type === 'subscription.renewed');
  return renewed?.type === 'subscription.renewed' && renewed.data.charge.invoiceId === invoiceId
    ? subscriptionLine(renewed.data.charge)
    : undefined;
}

async function existingInvoice(
  context: CommandContext,
  invoiceId: string,
  revision: number,
): Promise<CommandResult<FinalizedInvoice>> {
  const [stored] = await context.store.readEvents([{ stream: invoices.stream(invoiceId), revision: 0 }]);
  const event = stored === undefined ? undefined : recordedFrom(stored);
  if (event?.type !== 'invoice.finalized') throw new Error(`${invoiceId} does not begin with its invoice`);
  return { result: event.data, revision, position: stored?.position, replayed: true };
}

/**
 * Finishes a month's invoice that was begun; nothing to do if it is final.
 * @returns its log position if it was made final now
 */
export async function completeMonthlyInvoice(
  context: CommandContext,
  customerId: string,
  period: Month,
): Promise<number | undefined> {
  const { state } = await context.pipeline.state(invoices, monthlyInvoiceId(customerId, period));
  if (state.status !== 'none') return undefined;
  const result = await generateMonthlyInvoice(context, customerId, period);
  return wasRefused(result) ? undefined : result.position;
}

type BilledEvent = Parameters<NonNullable<FollowUps['usage.billed']>>[0];

/**
 * Two processes may run the same month side by side, and one reserve what the other's invoice, final by then, does
 * not have: that is unbilled again, and goes to the next invoice.
 */
async function giveBackUnlessInvoiced(
  context: CommandContext,
  event: BilledEvent,
): Promise<number | undefined> {
  const { customerId, month, invoiceId, period } = event.data;
  const [stored] = await context.store.readEvents([{ stream: invoices.stream(invoiceId), revision: 0 }]);
  const invoice = stored === undefined ? undefined : recordedFrom(stored);
  if (invoice?.type !== 'invoice.finalized') return undefined;
  if (invoice.data.lines.some((line) => line.kind === 'usage' && line.month === month)) return undefined;
  const command = {
    type: 'giveBackUsage',
    now: context.now(),
    customerId,
    month,
    invoiceId,
    period,
  } as const;
  const step = following({ id: event.id, ...event.metadata }, 'giveBackUsage');
  const outcome = await context.pipeline.execute(ratings, monthOfCustomer(customerId, month), command, step);
  return outcome.kind === 'accepted' ? outcome.position : undefined;
}

export const monthlyInvoiceFollowUps: FollowUps = {
  async 'usage.billed'(event, context) {
    if (isGivenBack(event.data.lines)) return undefined;
    const { customerId, month, invoiceId, period } = event.data;
    const position =
      invoiceId === usageInvoiceId(customerId, period)
        ? await completeUsageInvoice(context, customerId, period)
        : await completeMonthlyInvoice(context, customerId, period);
    const givenBack = await giveBackUnlessInvoiced(context, event);
    // A correction may have come between the reservation and the invoice.
    const { state } = await context.pipeline.state(ratings, monthOfCustomer(customerId, month));
    return (await creditUsage(context, customerId, month, state)) ?? givenBack ?? position;
  },
};
