import type { CreditCommand } from '../domain/credits/decider.ts';
import type { CreditRefund, CreditsState } from '../domain/credits/state.ts';
import type { EventData } from '../domain/events.ts';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { credits } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, mintId, naturalUuid } from './envelope.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import type { Outcome } from './pipeline.ts';

/** An amount for a customer, as it comes in. */
interface Amount {
  readonly customerId: string;
  readonly amount: string;
  readonly currency: string;
}

interface Terms {
  /** 0 to 100; lower ones are burnt first. */
  readonly priority: number;
  /** Canonical; null never expires. */
  readonly expiresAt: Instant | null;
}

export interface TopUp extends Amount, Terms {
  readonly method: EventData<'wallet.topped_up'>['method'];
}

export interface Grant extends Amount, Terms {
  /** Declared free of personal data. */
  readonly reason: string;
}

export type WalletTopUp = EventData<'wallet.topped_up'>;
export type CreditGrant = EventData<'credit.granted'>;

/**
 * Money received in advance for usage to come.
 * Refuses: customer-not-found, currency-mismatch, invalid-amount, expiry-in-past.
 */
export async function topUpWallet(
  context: CommandContext,
  input: TopUp,
  envelope: Envelope,
): Promise<CommandResult<WalletTopUp>> {
  const refusal = await refusedOwner(context, input);
  if (refusal !== undefined) return refusal;
  const topUpId = mintId('top', envelope.commandId);
  const command = { type: 'topUpWallet', now: context.now(), topUpId, ...input } as const;
  const outcome = await execute(context, input.customerId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const [event] = outcome.events;
  if (event?.type !== 'wallet.topped_up') throw new Error('a top-up without its event');
  const { revision, position, replayed } = outcome;
  return { result: event.data, revision, position, replayed };
}

/**
 * Promotional credit: lowers usage to come, before tax, and is never paid out.
 * Refuses: customer-not-found, currency-mismatch, invalid-amount, expiry-in-past.
 */
export async function grantCredit(
  context: CommandContext,
  input: Grant,
  envelope: Envelope,
): Promise<CommandResult<CreditGrant>> {
  const refusal = await refusedOwner(context, input);
  if (refusal !== undefined) return refusal;
  const grantId = mintId('gra', envelope.commandId);
  const command = { type: 'grantCredit', now: context.now(), grantId, ...input } as const;
  const outcome = await execute(context, input.customerId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const [event] = outcome.events;
  if (event?.type !== 'credit.granted') throw new Error('a grant without its event');
  const { revision, position, replayed } = outcome;
  return { result: event.data, revision, position, replayed };
}

/** A refund of the credit balance as it stands. */
export interface CreditRefundView extends CreditRefund {
  readonly customerId: string;
}

/**
 * The customer asks for its credit balance, or a part of it, in cash; payable until it is settled.
 * Refuses: customer-not-found, currency-mismatch, invalid-amount, insufficient-credit.
 */
export async function refundCreditBalance(
  context: CommandContext,
  input: Amount,
  envelope: Envelope,
): Promise<CommandResult<CreditRefundView>> {
  const refusal = await refusedOwner(context, input);
  if (refusal !== undefined) return refusal;
  const refundId = mintId('crf', envelope.commandId);
  const command = { type: 'refundCreditBalance', now: context.now(), refundId, ...input } as const;
  return refundView(await execute(context, input.customerId, command, envelope), input.customerId, refundId);
}

/**
 * What became of a refund of the credit balance. One that failed, also after it had settled, can be settled again.
 * Refuses: refund-not-found, refund-settled.
 */
export async function settleCreditRefund(
  context: CommandContext,
  customerId: string,
  refundId: string,
  outcome: 'settled' | 'failed',
  envelope: Envelope,
  reason = '',
): Promise<CommandResult<CreditRefundView>> {
  const asked = { customerId, refundId, outcome, reason };
  const command = { type: 'settleCreditRefund', now: context.now(), ...asked } as const;
  return refundView(await execute(context, customerId, command, envelope), customerId, refundId);
}

/** What top-ups and grants have left at their end is gone; nothing if that is done. */
export async function expireCredits(
  context: CommandContext,
  customerId: string,
  at: Instant,
): Promise<CommandResult<null>> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  const { currency } = customer;
  const command = { type: 'expireCredits', at, customerId, currency } as const;
  const envelope = system('expireCredits', naturalUuid('expireCredits', customerId, at), at);
  const outcome = await execute(context, customerId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { revision, position, replayed } = outcome;
  return { result: null, revision, position, replayed };
}

/** Books are kept in the customer's currency. */
async function refusedOwner(
  context: CommandContext,
  { customerId, currency }: Amount,
): Promise<Refusal | undefined> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  if (customer.currency === currency) return undefined;
  return refuse('currency-mismatch', `the customer is billed in ${customer.currency}`, 'amount');
}

function execute(
  context: CommandContext,
  customerId: string,
  command: CreditCommand,
  envelope: Envelope,
): Promise<Outcome<CreditsState>> {
  return context.pipeline.execute(credits, customerId, command, envelope);
}

function refundView(
  outcome: Outcome<CreditsState>,
  customerId: string,
  refundId: string,
): CommandResult<CreditRefundView> {
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, revision, position, replayed } = outcome;
  const refund = state.refunds.find((one) => one.refundId === refundId);
  if (refund === undefined) throw new Error(`an accepted command left no refund ${refundId}`);
  return { result: { customerId, ...refund }, revision, position, replayed };
}
