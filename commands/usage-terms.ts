import { refuse } from '../domain/kernel/decider.ts';
import { addMonths, type Instant, later, type Month, monthOf, monthsFromTo } from '../domain/kernel/time.ts';
import type { PriceTerms } from '../domain/metering/price.ts';
import type { UsageTerms } from '../domain/metering/usage-terms.ts';
import type { Threshold } from '../domain/metering/usage-terms-events.ts';
import { stretchesOf } from '../domain/subscriptions/stretches.ts';
import { afterRecorded } from './after-recorded.ts';
import { subscriptions, usageTerms } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import type { Envelope } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { accrueMonths } from './rating.ts';
import { settled } from './settled.ts';

/** What was agreed with the customer, as a command left it. */
export interface UsageTermsView {
  readonly customerId: string;
  readonly currency: string;
  readonly terms: UsageTerms;
}

export interface NewPrice {
  readonly customerId: string;
  readonly eventType: string;
  /** Null: the plan's price again. */
  readonly price: PriceTerms | null;
  /** First month that it holds for; the running one, if left out. */
  readonly from?: Month | undefined;
}

/**
 * A price of the customer's own for a meter, for whole months. With effect in the past, what it changes of accrued
 * months is posted at once. Refuses: customer-not-found, unknown-event-type, invalid-price.
 */
export function setPriceOverride(
  context: CommandContext,
  { from, ...input }: NewPrice,
  envelope: Envelope,
): Promise<CommandResult<UsageTermsView>> {
  const now = context.now();
  const command = { type: 'setPriceOverride', now, from: from ?? monthOf(now), ...input } as const;
  return agree(context, input.customerId, () => command, envelope);
}

export interface NewCommitment {
  readonly customerId: string;
  /** Net, a month; null: no commitment of its own any more. */
  readonly amount: { readonly amount: string; readonly currency: string } | null;
  readonly from?: Month | undefined;
}

/**
 * What a month's usage costs at least, prorated by the time that counts; the shortfall is accrued when a month is over.
 * Refuses: customer-not-found, invalid-amount, currency-mismatch.
 */
export async function setMinimumCommitment(
  context: CommandContext,
  { customerId, amount, from }: NewCommitment,
  envelope: Envelope,
): Promise<CommandResult<UsageTermsView>> {
  const customer = await registeredCustomer(context, customerId);
  if (customer !== undefined && amount !== null && amount.currency !== customer.currency) {
    return refuse('currency-mismatch', `the customer is billed in ${customer.currency}`, 'amount');
  }
  const now = context.now();
  return agree(
    context,
    customerId,
    (currency) => ({
      type: 'setMinimumCommitment',
      now,
      customerId,
      amount: amount?.amount ?? null,
      currency,
      from: from ?? monthOf(now),
    }),
    envelope,
  );
}

export interface NewAlert {
  readonly customerId: string;
  readonly eventType: string;
  /** Null: the standing thresholds only. */
  readonly threshold: Threshold | null;
}

/** The customer's own alert threshold on a meter. Refuses: customer-not-found, unknown-event-type. */
export function setUsageAlert(
  context: CommandContext,
  input: NewAlert,
  envelope: Envelope,
): Promise<CommandResult<UsageTermsView>> {
  const command = { type: 'setUsageAlert', now: context.now(), ...input } as const;
  return agree(context, input.customerId, () => command, envelope);
}

type Command = Parameters<typeof usageTerms.decider.decide>[0];

async function agree(
  context: CommandContext,
  customerId: string,
  command: (currency: string) => Command,
  envelope: Envelope,
): Promise<CommandResult<UsageTermsView>> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  const { currency } = customer;
  const outcome = await context.pipeline.execute(usageTerms, customerId, command(currency), envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state: terms, revision, replayed } = outcome;
  const position = await afterRecorded(() => settled(context, outcome));
  return { result: { customerId, currency, terms }, revision, position, replayed };
}

/** Posts what new terms change of the months that are over: from their first month, or the customer's own. */
async function accrueClosedMonths(
  context: CommandContext,
  customerId: string,
  from: Month,
  recordedAt: Instant,
): Promise<number | undefined> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  const first = state.status === 'none' ? undefined : stretchesOf(state.segments)[0]?.from;
  if (first === undefined) return undefined;
  const last = addMonths(monthOf(recordedAt), -1);
  return accrueMonths(context, customerId, monthsFromTo(later(from, monthOf(first)), last));
}

export const usageTermsFollowUps: FollowUps = {
  'usage.price_overridden': ({ data: { customerId, from }, effectiveAt }, context) =>
    accrueClosedMonths(context, customerId, from, effectiveAt),
  'usage.commitment_set': ({ data: { customerId, from }, effectiveAt }, context) =>
    accrueClosedMonths(context, customerId, from, effectiveAt),
};
