import { handOver } from '../domain/invoicing/release.ts';
import { isFinal } from '../domain/invoicing/state.ts';
import { addMonths, type Instant, monthOf, monthStart } from '../domain/kernel/time.ts';
import type { Unused } from '../domain/subscriptions/commands.ts';
import { invoices, subscriptions } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import { mintId, naturalId, naturalUuid } from './envelope.ts';
import { releaseRevenue } from './invoicing.ts';
import { generateMonthlyInvoice } from './monthly-invoice.ts';
import { byClock } from './subscription-runs.ts';

/** What has fallen due, a trial's end or a month or term that has begun, comes before any change after it. */
export async function billWhatIsDue(context: CommandContext, customerId: string): Promise<void> {
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (state.status === 'none') return;
  const now = context.now();
  if (state.status === 'trialing' && state.trialEndsAt !== null && state.trialEndsAt <= now) {
    await convertTrial(context, customerId, state.trialEndsAt);
    return billWhatIsDue(context, customerId);
  }
  if (state.status === 'active' && state.charge === null && isDue(state.scheduled, now)) {
    await applyScheduledChange(context, customerId, state.scheduled.at);
    return billWhatIsDue(context, customerId);
  }
  if (state.status !== 'active' || state.charge === null || state.charge.to > now) return;
  const { to } = state.charge;
  if (state.cancellation !== null && state.cancellation.at <= to) {
    await applyScheduledCancellation(context, customerId, to);
  } else if (state.billingCycle === 'annual' || !isMonthStart(to)) {
    await renewTerm(context, customerId, to);
    return billWhatIsDue(context, customerId);
  } else await generateMonthlyInvoice(context, customerId, addMonths(monthOf(now), -1));
}

function isDue<Scheduled extends { readonly at: Instant }>(
  scheduled: Scheduled | null,
  now: Instant,
): scheduled is Scheduled {
  return scheduled !== null && scheduled.at <= now;
}

/** A suspension is over: what stood still is released up to the last month end, and what waited is invoiced. */
export async function catchUp(context: CommandContext, customerId: string): Promise<void> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none') return;
  const closed = monthStart(monthOf(context.now()));
  if (state.charge !== null) await releaseRevenue(context, state.charge.invoiceId, closed);
  await billWhatIsDue(context, customerId);
}

function isMonthStart(at: Instant): boolean {
  return at.endsWith('-01T00:00:00.000Z');
}

/** What the running charge's invoice has still deferred at an instant; null without a running charge. */
export async function unusedRest(
  context: Pick<CommandContext, 'pipeline'>,
  customerId: string,
  at: Instant,
): Promise<Unused | null> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none' || state.charge === null) return null;
  if (state.charge.to <= at && state.status !== 'paused') return null;
  const { invoiceId, from } = state.charge;
  const { state: invoice } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  return isFinal(invoice) ? { invoiceId, from, amount: handOver(invoice, '', at).remainder } : null;
}

/** The trial ends: it converts by itself and cuts its invoice at that instant. Refuses: not-due. */
export function convertTrial(context: CommandContext, customerId: string, at: Instant) {
  const commandId = naturalUuid('convertTrial', customerId, at);
  const command = { type: 'convertTrial', now: at, invoiceId: mintId('inv', commandId) } as const;
  return byClock(context, customerId, command, commandId);
}

/** A scheduled change takes effect. Refuses: not-due. */
export function applyScheduledChange(context: CommandContext, customerId: string, at: Instant) {
  const commandId = naturalUuid('applyScheduledChange', customerId, at);
  return byClock(context, customerId, { type: 'applyScheduledChange', now: at } as const, commandId);
}

/** A scheduled cancellation takes effect. Refuses: not-due. */
export function applyScheduledCancellation(context: CommandContext, customerId: string, at: Instant) {
  const commandId = naturalUuid('applyCancellation', customerId, at);
  const finalInvoiceId = mintId('inv', commandId);
  return byClock(context, customerId, { type: 'applyCancellation', now: at, finalInvoiceId }, commandId);
}

/** A term ends within a month and the next one begins, with an invoice of its own. */
export function renewTerm(context: CommandContext, customerId: string, at: Instant) {
  const commandId = naturalUuid('renewSubscription', customerId, at);
  const invoiceId = naturalId('inv', 'renewal', customerId, at);
  return byClock(context, customerId, { type: 'renewSubscription', upTo: at, invoiceId } as const, commandId);
}
