import { isRefusal } from '../domain/kernel/decider.ts';
import { addMonths, monthOf } from '../domain/kernel/time.ts';
import type { Charge, Credit } from '../domain/subscriptions/events.ts';
import type { OpenSubscription } from '../domain/subscriptions/state.ts';
import { afterRecorded } from './after-recorded.ts';
import { subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, mintId, naturalId, naturalUuid } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { invoiceCharge } from './invoicing.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { completeMonthlyInvoice, generateMonthlyInvoice } from './monthly-invoice.ts';
import type { Outcome, RecordedEvent } from './pipeline.ts';

export interface SubscriptionView {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly status: 'trialing' | 'active';
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  /** Full price of a month or term, net. */
  readonly price: string;
  readonly currency: string;
  readonly trialEndsAt: string | null;
  readonly scheduledChange: { readonly tier: string; readonly at: string } | null;
  /** What this command charges and credits, if it moves money. */
  readonly charge: Charge | null;
  readonly credit: Credit | null;
}

export interface NewSubscription {
  readonly customerId: string;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  readonly trialDays: number;
  /** Business time of the sign-up that it follows from; now, if it is asked for by itself. */
  readonly startAt?: string;
}

/** Refuses: customer-not-found, subscription-exists, unknown-tier, trial-not-available. */
export async function createSubscription(
  context: CommandContext,
  input: NewSubscription,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  const { customerId, tier, billingCycle, trialDays } = input;
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  const { currency, taxRate } = customer;
  const outcome = await context.pipeline.execute(
    subscriptions,
    customerId,
    {
      type: 'createSubscription',
      now: input.startAt ?? context.now(),
      customerId,
      subscriptionId: mintId('sub', envelope.commandId),
      invoiceId: mintId('inv', envelope.commandId),
      tier,
      billingCycle,
      trialDays,
      currency,
      taxRate,
    },
    envelope,
  );
  return answer(context, outcome);
}

export interface TierChange {
  readonly customerId: string;
  readonly newTier: string;
  readonly effectiveAt: 'now' | 'periodEnd' | null;
  readonly prorate: 'invoice' | 'nextInvoice';
}

/**
 * Upgrades at once, with the unused rest credited and the new price charged to the second; schedules the rest.
 * Refuses: subscription-not-found, unknown-tier, downgrade-not-immediate, proration-mode-not-available.
 */
export async function changeSubscriptionTier(
  context: CommandContext,
  { customerId, newTier, effectiveAt, prorate }: TierChange,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  const command = {
    type: 'changeSubscriptionTier',
    now: context.now(),
    invoiceId: mintId('inv', envelope.commandId),
    newTier,
    effectiveAt,
    prorate,
  } as const;
  const { state, commands } = await context.pipeline.state(subscriptions, customerId);
  // A change that is refused for a reason of its own, and a retry, leave what is due to its own time.
  const decision = subscriptions.decider.decide(command, state);
  if (!commands.has(envelope.commandId) && isRefusal(decision) && decision.code === 'not-due') {
    await billWhatIsDue(context, customerId);
  }
  return answer(context, await context.pipeline.execute(subscriptions, customerId, command, envelope));
}

/** What has fallen due, a trial's end or a month or term that has begun, comes before any change after it. */
async function billWhatIsDue(context: CommandContext, customerId: string): Promise<void> {
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (state.status === 'none') return;
  const now = context.now();
  if (state.status === 'trialing' && state.trialEndsAt !== null && state.trialEndsAt <= now) {
    await convertTrial(context, customerId, state.trialEndsAt);
    return billWhatIsDue(context, customerId);
  }
  if (state.status !== 'active' || state.charge === null || state.charge.to > now) return;
  if (state.billingCycle === 'annual') await renewAnnualTerm(context, customerId, state.charge.to);
  else await generateMonthlyInvoice(context, customerId, addMonths(monthOf(now), -1));
}

/** The trial ends: it converts by itself and cuts its invoice at that instant. Refuses: not-due. */
export function convertTrial(context: CommandContext, customerId: string, at: string) {
  const commandId = naturalUuid('convertTrial', customerId, at);
  const command = { type: 'convertTrial', now: at, invoiceId: mintId('inv', commandId) } as const;
  return byClock(context, customerId, command, commandId);
}

/** A scheduled change takes effect. Refuses: not-due. */
export function applyScheduledChange(context: CommandContext, customerId: string, at: string) {
  const commandId = naturalUuid('applyScheduledChange', customerId, at);
  return byClock(context, customerId, { type: 'applyScheduledChange', now: at } as const, commandId);
}

/** An annual term ends and the next one begins, with an invoice of its own. */
export function renewAnnualTerm(context: CommandContext, customerId: string, at: string) {
  const commandId = naturalUuid('renewSubscription', customerId, at);
  const invoiceId = naturalId('inv', 'renewal', customerId, at);
  return byClock(context, customerId, { type: 'renewSubscription', upTo: at, invoiceId } as const, commandId);
}

async function byClock(
  context: CommandContext,
  customerId: string,
  command: Parameters<typeof subscriptions.decider.decide>[0],
  commandId: string,
): Promise<CommandResult<SubscriptionView | null>> {
  const envelope = system(command.type, commandId, commandId);
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, envelope);
  if (outcome.kind === 'accepted' && outcome.events.length === 0) {
    return { result: null, revision: outcome.revision, position: undefined, replayed: false };
  }
  return answer(context, outcome);
}

async function answer(
  context: CommandContext,
  outcome: Outcome<Parameters<typeof subscriptions.decider.evolve>[0]>,
): Promise<CommandResult<SubscriptionView>> {
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, events, revision, replayed } = outcome;
  if (state.status === 'none') throw new Error('an accepted command left no subscription');
  const settled = await afterRecorded(() => context.settle(events));
  const position = outcome.position === undefined ? undefined : Math.max(outcome.position, settled);
  return { result: viewOf(state, events), revision, position, replayed };
}

/** The subscription as this command left it: its events say more than the state, which may have moved on. */
function viewOf(state: OpenSubscription, events: readonly RecordedEvent[]): SubscriptionView {
  const { customerId, subscriptionId, status, tier, billingCycle, price, currency, trialEndsAt, scheduled } =
    state;
  const view: SubscriptionView = {
    customerId,
    subscriptionId,
    status,
    tier,
    billingCycle,
    price,
    currency,
    trialEndsAt,
    scheduledChange: scheduled === null ? null : { tier: scheduled.toTier, at: scheduled.at },
    charge: null,
    credit: null,
  };
  return events.reduce(applyToView, view);
}

function applyToView(view: SubscriptionView, event: RecordedEvent): SubscriptionView {
  switch (event.type) {
    case 'subscription.started': {
      const { tier, billingCycle, price, trialEndsAt, charge } = event.data;
      const status = trialEndsAt === null ? 'active' : 'trialing';
      return { ...view, status, tier, billingCycle, price, trialEndsAt, charge, scheduledChange: null };
    }
    case 'subscription.changed': {
      const { tier, price, charge, credit } = event.data;
      return { ...view, tier, price, charge, credit, scheduledChange: null };
    }
    case 'subscription.trial_converted':
    case 'subscription.renewed': {
      const { tier, price, charge } = event.data;
      return { ...view, status: 'active', tier, price, charge };
    }
    case 'subscription.change_scheduled': {
      const { fromTier, toTier, at } = event.data;
      return { ...view, tier: fromTier, scheduledChange: { tier: toTier, at } };
    }
    default:
      return view;
  }
}

export const subscriptionFollowUps: FollowUps = {
  'subscription.started': (event, context) => invoiceCharge(context, event, event.data.charge, null),
  'subscription.trial_converted': (event, context) => invoiceCharge(context, event, event.data.charge, null),
  'subscription.changed': (event, context) =>
    invoiceCharge(context, event, event.data.charge, event.data.credit),
  'subscription.renewed': async (event, context) => {
    const { charge, customerId } = event.data;
    if (charge.billingCycle === 'annual') return invoiceCharge(context, event, charge, null);
    return completeMonthlyInvoice(context, customerId, addMonths(monthOf(charge.from), -1));
  },
};
