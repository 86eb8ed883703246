import type { Contract } from '../domain/subscriptions/events.ts';
import { IdempotencyKeyReusedError, PreconditionFailedError } from '../platform/errors.ts';
import type { Subject, Vault } from '../platform/vault.ts';
import { afterRecorded } from './after-recorded.ts';
import { customers } from './aggregate.ts';
import { type CommandContext, type CommandResult, wasRefused } from './context.ts';
import { type Envelope, following, mintId } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { createSubscription, type SubscriptionView } from './subscriptions.ts';

export interface SignUp {
  readonly customerId: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly currency: string;
  readonly taxRate: string;
  /** Prices include the tax. */
  readonly taxInclusive?: boolean;
  readonly paymentMethod: boolean;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  readonly trialDays: number;
  /** Enterprise only. */
  readonly contract?: Contract | null;
}

export interface CustomerView {
  readonly customerId: string;
  readonly currency: string;
  readonly taxRate: string;
  readonly taxInclusive: boolean;
  readonly paymentMethod: boolean;
  readonly subscription: SubscriptionView;
}

/**
 * Makes the customer and, from what the sign-up asked for, its subscription and first invoice.
 * Refuses: customer-exists, unknown-tier, trial-not-available, contract-not-available, currency-mismatch.
 * @throws IdempotencyKeyReusedError also if the key came with another name or e-mail, unless they are erased
 */
export async function initializeCustomerRevenue(
  context: CommandContext,
  signUp: SignUp,
  envelope: Envelope,
): Promise<CommandResult<CustomerView>> {
  const { customerId, currency, taxRate, paymentMethod, tier, billingCycle, trialDays } = signUp;
  const { taxInclusive = false, contract = null } = signUp;
  const subjectId = mintId('sbj', envelope.commandId);
  const isNew = await keepPerson(context.vault, subjectId, signUp);
  const takeBack = async () => {
    if (isNew) await context.vault.discard(subjectId);
  };
  const command = {
    type: 'registerCustomer',
    now: context.now(),
    customerId,
    subjectId,
    currency,
    taxRate,
    taxInclusive,
    paymentMethod,
    signup: { tier, billingCycle, trialDays, contract },
  } as const;
  const outcome = await context.pipeline
    .execute(customers, customerId, command, envelope)
    .catch(async (error) => {
      // Of other errors the outcome may be unknown, or a retry with the same key may be about to succeed.
      if (error instanceof IdempotencyKeyReusedError || error instanceof PreconditionFailedError)
        await takeBack();
      throw error;
    });
  if (outcome.kind === 'refused') {
    await takeBack();
    return outcome.refusal;
  }
  const [registered] = outcome.events;
  if (registered?.type !== 'customer.registered') throw new Error('a registration without its event');
  const subscribed = await afterRecorded(() => subscribeFromSignUp(context, registered));
  if (wasRefused(subscribed)) return subscribed;
  return {
    result: {
      customerId,
      currency,
      taxRate,
      taxInclusive,
      paymentMethod,
      subscription: subscribed.result,
    },
    revision: outcome.revision,
    position: Math.max(outcome.position ?? 0, subscribed.position ?? 0),
    replayed: outcome.replayed,
  };
}

/** A payment method is on file: on Free, usage above the allowance is paid from now on. */
export async function attachPaymentMethod(
  context: CommandContext,
  customerId: string,
  envelope: Envelope,
): Promise<CommandResult<{ readonly customerId: string; readonly paymentMethod: boolean }>> {
  const command = { type: 'attachPaymentMethod', now: context.now() } as const;
  const outcome = await context.pipeline.execute(customers, customerId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { revision, position, replayed } = outcome;
  return { result: { customerId, paymentMethod: true }, revision, position, replayed };
}

/**
 * The request hash says nothing about the person, so the vault does. It is asked ahead of the registration: of
 * two sign-ups with one key the person of the one must not end up with the customer of the other.
 * @returns whether nothing was held for this key
 */
async function keepPerson(vault: Vault, subjectId: string, { name, email }: Subject): Promise<boolean> {
  for (;;) {
    if (await vault.put(subjectId, { name, email })) return true;
    const held = await vault.get(subjectId);
    // Taken back in between by a sign-up that was refused.
    if (held === undefined) continue;
    if (held.erased || (held.name === name && held.email === email)) return false;
    throw new IdempotencyKeyReusedError('this Idempotency-Key came with another request before');
  }
}

type RegisteredEvent = Parameters<NonNullable<FollowUps['customer.registered']>>[0];

function subscribeFromSignUp(
  context: CommandContext,
  event: RegisteredEvent,
): Promise<CommandResult<SubscriptionView>> {
  const { customerId, signup } = event.data;
  const envelope = following({ id: event.id, ...event.metadata }, 'createSubscription');
  return createSubscription(context, { customerId, ...signup, startAt: event.effectiveAt }, envelope);
}

export const customerFollowUps: FollowUps = {
  'customer.registered': async (event, context) => {
    const result = await subscribeFromSignUp(context, event);
    return wasRefused(result) ? undefined : result.position;
  },
};
