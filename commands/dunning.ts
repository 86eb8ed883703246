import { nextDunning, nextRetry } from '../domain/invoicing/dunning.ts';
import { type FinalInvoice, isFinal } from '../domain/invoicing/state.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { startOf } from '../domain/subscriptions/state.ts';
import { invoices, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { following, naturalUuid } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { onInvoice } from './invoicing.ts';
import type { RecordedEvent } from './pipeline.ts';
import { settled } from './settled.ts';
import { answer } from './subscription-runs.ts';
import { cancelSubscription } from './subscriptions.ts';

/** The next step of an overdue invoice, by the clock. Refuses: not-due when it is settled by then. */
export async function advanceDunning(
  context: CommandContext,
  invoiceId: string,
  at: Instant,
): Promise<CommandResult<null>> {
  // Another process may have taken the steps before it, or this one.
  const { state } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  const next = isFinal(state) ? nextDunning(state) : undefined;
  const step = next !== undefined && next.at <= at ? next.step : 'past_due';
  const envelope = system('advanceDunning', naturalUuid('advanceDunning', invoiceId, at), at);
  const command = { type: 'advanceDunning', now: at, step } as const;
  return run(context, invoiceId, command, envelope);
}

/** Asks for the payment again: whoever stands behind the payment method collects, without one the customer pays. */
export async function retryPayment(
  context: CommandContext,
  invoiceId: string,
  at: Instant,
): Promise<CommandResult<null>> {
  const { state, revision } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  const nothing = { result: null, revision, position: undefined, replayed: false };
  if (!isFinal(state)) return nothing;
  const next = nextRetry(state);
  if (next === undefined || next.at > at) return nothing;
  const envelope = system('requestPayment', naturalUuid('requestPayment', invoiceId, at), at);
  return run(context, invoiceId, { type: 'requestPayment', now: at, attempt: next.attempt }, envelope);
}

async function run(
  context: CommandContext,
  invoiceId: string,
  command: Parameters<typeof invoices.decider.decide>[0],
  envelope: ReturnType<typeof system>,
): Promise<CommandResult<null>> {
  const outcome = await context.pipeline.execute(invoices, invoiceId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { revision, replayed } = outcome;
  return { result: null, revision, position: await settled(context, outcome), replayed };
}

/** Day 21: no service until the invoice is settled. */
async function suspend(context: CommandContext, event: RecordedEvent, invoiceId: string) {
  const customerId = event.metadata.customerId ?? '';
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none' || (await isSettled(context, invoiceId))) return undefined;
  const cause = { id: event.id, ...event.metadata };
  const command = { type: 'suspendSubscription', now: event.effectiveAt, invoiceId } as const;
  const step = following(cause, 'suspendSubscription');
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, step);
  return outcome.kind === 'accepted' ? outcome.position : undefined;
}

/**
 * Day 45: the customer's subscription ends, whichever it has had by then, and what is still owed is written off. One
 * that began after that day is not touched: this came late.
 */
async function giveUp(context: CommandContext, event: RecordedEvent, invoiceId: string) {
  const customerId = event.metadata.customerId ?? '';
  const { state, commands } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  const step = following({ id: event.id, ...event.metadata }, 'cancelSubscription');
  const isDue =
    state.status !== 'none' && state.status !== 'cancelled' && startOf(state) <= event.effectiveAt;
  // Again after it is done: whoever did it may not have credited the rest yet.
  if (isDue || commands.has(step.commandId)) {
    const asked = { customerId, at: 'now', reason: 'unpaid', refund: 'none' } as const;
    await cancelSubscription(context, asked, step, false);
  }
  return onInvoice(context, event, invoiceId, (creditNoteId) => ({
    type: 'writeOffInvoice',
    now: event.effectiveAt,
    creditNoteId,
    reason: 'dunning exhausted',
  }));
}

/** An invoice that stopped the service and is no longer owed lets it go on. */
async function settleOverdue(context: CommandContext, event: RecordedEvent): Promise<number | undefined> {
  const { invoiceId, customerId } = event.data as { invoiceId: string; customerId: string };
  // Another process may have stopped the service, or settled the invoice.
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none' || !state.overdue.includes(invoiceId)) return undefined;
  if (!(await isSettled(context, invoiceId))) return undefined;
  const cause = { id: event.id, ...event.metadata };
  const command = { type: 'settleOverdue', now: context.now(), invoiceId } as const;
  const step = following(cause, 'settleOverdue');
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, step);
  if (outcome.kind === 'refused' || outcome.events.length === 0) return undefined;
  const result = await answer(context, outcome);
  return 'refused' in result ? undefined : result.position;
}

async function isSettled(context: CommandContext, invoiceId: string): Promise<boolean> {
  const { state } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  return isFinal(state) && !isOwed(state);
}

function isOwed({ status }: FinalInvoice): boolean {
  return status === 'finalized' || status === 'past_due';
}

export const dunningFollowUps: FollowUps = {
  'dunning.advanced': async (event, context) => {
    const { step, invoiceId } = event.data;
    if (step === 'suspended') return suspend(context, event, invoiceId);
    return step === 'cancelled' ? giveUp(context, event, invoiceId) : undefined;
  },
  'invoice.payment_received': (event, context) => settleOverdue(context, event),
  'invoice.funds_applied': (event, context) => settleOverdue(context, event),
  'credit_note.issued': (event, context) => settleOverdue(context, event),
  'invoice.written_off': (event, context) => settleOverdue(context, event),
  'invoice.voided': (event, context) => settleOverdue(context, event),
};
