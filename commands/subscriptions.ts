import { isRefusal } from '../domain/kernel/decider.ts';
import type { SubscriptionCommand, Unused } from '../domain/subscriptions/commands.ts';
import type { Contract } from '../domain/subscriptions/events.ts';
import { subscriptions } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { billWhatIsDue, unusedRest } from './due-billing.ts';
import { type Envelope, mintId } from './envelope.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { requirePreconditions } from './preconditions.ts';
import { answer } from './subscription-runs.ts';
import type { SubscriptionView } from './subscription-views.ts';

export type { SubscriptionView } from './subscription-views.ts';

export interface NewSubscription {
  readonly customerId: string;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  readonly trialDays: number;
  readonly contract?: Contract | null;
  /** Business time of the sign-up that it follows from; now, if it is asked for by itself. */
  readonly startAt?: string;
}

/**
 * Starts a subscription, also anew after a cancellation.
 * Refuses: customer-not-found, subscription-exists, unknown-tier, trial-not-available, contract-not-available.
 */
export async function createSubscription(
  context: CommandContext,
  input: NewSubscription,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  const { customerId, tier, billingCycle, trialDays, contract = null } = input;
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  const { currency, taxRate, taxInclusive } = customer;
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
      contract,
      currency,
      taxRate,
      taxInclusive,
    },
    envelope,
  );
  return answer(context, outcome);
}

export interface TierChange {
  readonly customerId: string;
  readonly newTier: string;
  readonly billingCycle?: 'monthly' | 'annual' | null;
  readonly contract?: Contract | null;
  readonly effectiveAt: 'now' | 'periodEnd' | null;
  readonly prorate: 'invoice' | 'nextInvoice';
}

/**
 * Upgrades at once, with the unused rest credited and the new price charged to the second; schedules downgrades,
 * unless they are asked for now. Asking for the present plan withdraws what is scheduled.
 * Refuses: subscription-not-found, subscription-paused, subscription-suspended, unknown-tier,
 * contract-not-available.
 */
export function changeSubscriptionTier(
  context: CommandContext,
  change: TierChange,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  return request(context, change.customerId, envelope, (unused) =>
    tierChange(context, change, envelope, unused),
  );
}

/** The command of a change: the preview decides it too. */
export function tierChange(
  context: Pick<CommandContext, 'now'>,
  { newTier, billingCycle = null, contract = null, effectiveAt, prorate }: TierChange,
  { commandId }: Pick<Envelope, 'commandId'>,
  unused: Unused | null,
) {
  return {
    type: 'changeSubscriptionTier',
    now: context.now(),
    invoiceId: mintId('inv', commandId),
    newTier,
    billingCycle,
    contract,
    effectiveAt,
    prorate,
    unused,
  } as const;
}

export interface Cancellation {
  readonly customerId: string;
  readonly at: 'now' | 'periodEnd';
  readonly reason: string;
  readonly refund: 'none' | 'unused';
}

/**
 * Ends the subscription. Now: all unbilled usage is invoiced, and the rest of the charge is earned, refunded or
 * credited (SUB-14, REF-3, SUB-15). Refuses: subscription-not-found.
 */
export function cancelSubscription(
  context: CommandContext,
  { customerId, ...asked }: Cancellation,
  envelope: Envelope,
  voluntary = true,
): Promise<CommandResult<SubscriptionView>> {
  const finalInvoiceId = mintId('inv', envelope.commandId);
  return request(context, customerId, envelope, (unused) => ({
    type: 'cancelSubscription',
    now: context.now(),
    ...asked,
    voluntary,
    finalInvoiceId,
    unused,
  }));
}

/** Refuses: subscription-not-found, subscription-paused, subscription-suspended, not-pausable. */
export function pauseSubscription(
  context: CommandContext,
  customerId: string,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  return request(context, customerId, envelope, (unused) => ({
    type: 'pauseSubscription',
    now: context.now(),
    unused,
  }));
}

/** Ends a pause, or withdraws a scheduled cancellation. Refuses: subscription-not-found, subscription-suspended. */
export function resumeSubscription(
  context: CommandContext,
  customerId: string,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  const invoiceId = mintId('inv', envelope.commandId);
  return request(context, customerId, envelope, () => ({
    type: 'resumeSubscription',
    now: context.now(),
    invoiceId,
  }));
}

export interface CouponUse {
  readonly customerId: string;
  readonly couponId: string;
  readonly percentOff: string;
  readonly months: number | null;
}

/** Lowers the price from the next charge on. Refuses: subscription-not-found, coupon-active. */
export function applyCoupon(
  context: CommandContext,
  { customerId, ...coupon }: CouponUse,
  envelope: Envelope,
): Promise<CommandResult<SubscriptionView>> {
  return request(context, customerId, envelope, () => ({
    type: 'applyCoupon',
    now: context.now(),
    ...coupon,
  }));
}

/**
 * Runs a command that somebody asks for. What has fallen due comes before it; a command that is refused for a
 * reason of its own, for its key or for its If-Match, and a retry, leave that to its own time.
 */
async function request(
  context: CommandContext,
  customerId: string,
  envelope: Envelope,
  commandOf: (unused: Unused | null) => SubscriptionCommand,
): Promise<CommandResult<SubscriptionView>> {
  const { pipeline } = context;
  let command = commandOf(await unusedRest(context, customerId, context.now()));
  const { state, commands } = await pipeline.state(subscriptions, customerId);
  const decision = subscriptions.decider.decide(command, state);
  if (!commands.has(envelope.commandId) && isRefusal(decision) && decision.code === 'not-due') {
    await requirePreconditions(context, subscriptions, customerId, envelope);
    await billWhatIsDue(context, customerId);
    command = commandOf(await unusedRest(context, customerId, context.now()));
  }
  return answer(context, await pipeline.execute(subscriptions, customerId, command, envelope));
}
