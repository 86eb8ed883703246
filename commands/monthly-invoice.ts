import type { DraftLine } from '../domain/invoicing/decider.ts';
import { subscriptionLine } from '../domain/invoicing/lines.ts';
import { isFinal } from '../domain/invoicing/state.ts';
import { refuse } from '../domain/kernel/decider.ts';
import { addMillis, addMonths, DAY_MS, type Month, monthEnd } from '../domain/kernel/time.ts';
import { isGivenBack } from '../domain/metering/rating-decider.ts';
import { invoices, monthOfCustomer, ratings, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import { type CommandContext, type CommandResult, wasRefused } from './context.ts';
import { type Envelope, following, naturalUuid } from './envelope.ts';
import {
  existingInvoice,
  type FinalizedInvoice,
  finalizedEvent,
  finalizeOrExisting,
} from './finalized-invoice.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { requirePreconditions } from './preconditions.ts';
import { prorationLines } from './prorations.ts';
import { billUsageOfMonths, monthlyInvoiceId } from './rating.ts';
import { usageLines } from './usage-lines.ts';

/** A month's invoice is final 24 hours after its end: late facts still reach it. */
export const INVOICE_GRACE_MS = DAY_MS;

/**
 * One invoice for a closed month: its usage, late and released usage of any month before, and the next month's
 * subscription (INV-1). Every step has an id of its own nature, so that whoever asks, and however often,
 * there is one invoice; a sequence broken by a crash is completed by asking again, which the reactor does.
 * Refuses: customer-not-found, period-not-ended, nothing-to-bill, subscription-suspended.
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

interface BilledCustomer {
  readonly customerId: string;
  readonly currency: string;
  readonly taxRate: string;
  readonly taxInclusive: boolean;
}

async function billMonth(
  context: CommandContext,
  customer: BilledCustomer,
  period: Month,
  envelope: Envelope | undefined,
): Promise<CommandResult<FinalizedInvoice>> {
  const { customerId } = customer;
  const invoiceId = monthlyInvoiceId(customerId, period);
  if (envelope !== undefined) await requirePreconditions(context, invoices, invoiceId, envelope);
  const existing = await context.pipeline.state(invoices, invoiceId);
  if (isFinal(existing.state)) return existingInvoice(context, invoiceId, existing.revision);
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'suspended') {
    return refuse('subscription-suspended', 'an invoice is overdue; the next one waits', 'customerId');
  }

  await billEarlierMonths(context, customerId, period);
  const usage = await usageOf(context, customerId, period, invoiceId);
  const charge = await renewFor(context, customerId, period, invoiceId);
  const prorations = await prorationLines(context, customerId, invoiceId, period);
  const lines = [...(charge === undefined ? [] : [charge]), ...prorations, ...usage];
  return finalizeOrExisting(
    context,
    {
      type: 'finalizeInvoice',
      effectiveAt: monthEnd(period),
      issuedAt: context.now(),
      invoiceId,
      customerId,
      kind: 'monthly',
      period,
      currency: customer.currency,
      taxRate: customer.taxRate,
      taxInclusive: customer.taxInclusive,
      lines,
    },
    envelope,
  );
}

/** Months are billed in order: a subscription whose charge ends earlier is renewed month by month. */
async function billEarlierMonths(context: CommandContext, customerId: string, period: Month): Promise<void> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status !== 'active' || state.charge === null || state.billingCycle === 'annual') return;
  if (state.charge.to > monthEnd(addMonths(period, -1))) return;
  await generateMonthlyInvoice(context, customerId, addMonths(period, -1));
}

async function usageOf(
  context: CommandContext,
  customerId: string,
  period: Month,
  invoiceId: string,
): Promise<DraftLine[]> {
  const billed = await billUsageOfMonths(context, customerId, { invoiceId, period });
  return usageLines(context, billed, { customerId, invoiceId, at: monthEnd(period) });
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

/** The month has ended: its invoice gathers late facts until it is final. Nothing if it is there already. */
export async function draftMonthlyInvoice(
  context: CommandContext,
  customerId: string,
  period: Month,
): Promise<void> {
  const customer = await registeredCustomer(context, customerId);
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (customer === undefined || state.status === 'suspended') return;
  const { currency, taxRate, taxInclusive } = customer;
  const invoiceId = monthlyInvoiceId(customerId, period);
  const now = monthEnd(period);
  const finalizesAt = addMillis(now, INVOICE_GRACE_MS);
  const terms = { currency, taxRate, taxInclusive };
  const invoice = { invoiceId, customerId, kind: 'monthly', period, ...terms } as const;
  const step = system('draftInvoice', naturalUuid('draftInvoice', invoiceId), invoiceId);
  const command = { type: 'draftInvoice', now, finalizesAt, ...invoice } as const;
  await context.pipeline.execute(invoices, invoiceId, command, step);
}

/** There was nothing to bill for the month: its draft goes. Nothing if there is none. */
export async function discardDraft(
  context: CommandContext,
  customerId: string,
  period: Month,
): Promise<void> {
  const invoiceId = monthlyInvoiceId(customerId, period);
  const step = system('discardDraft', naturalUuid('discardDraft', invoiceId), invoiceId);
  await context.pipeline.execute(invoices, invoiceId, { type: 'discardDraft', at: context.now() }, step);
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
  if (isFinal(state)) return undefined;
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
  const invoice = (await finalizedEvent(context, invoiceId))?.event;
  if (invoice === undefined) return undefined;
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
    const { customerId, invoiceId, period } = event.data;
    const isMonthly = invoiceId === monthlyInvoiceId(customerId, period);
    const position = isMonthly ? await completeMonthlyInvoice(context, customerId, period) : undefined;
    return (await giveBackUnlessInvoiced(context, event)) ?? position;
  },
};
