import { isFlagId } from '../domain/catalogue/catalogue.ts';
import { unknownFeature } from '../domain/entitlements/decider.ts';
import type { Grant, Override } from '../domain/entitlements/state.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { entitlements } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import type { Envelope } from './envelope.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';

/** What is set for one feature of a customer, beside its plan. */
export interface EntitlementView {
  readonly customerId: string;
  readonly featureName: string;
  /** Null: no override. */
  readonly override: boolean | null;
  /** End of the grant; null without one. One that has run out stays until it is replaced. */
  readonly grantedUntil: Instant | null;
}

export interface NamedFeature {
  readonly customerId: string;
  readonly featureName: string;
}

/** Switches a feature on or off, whatever the plan says; null gives it back. Refuses: customer-not-found, unknown-feature. */
export function setFeatureOverride(
  context: CommandContext,
  input: NamedFeature & { readonly enabled: boolean | null },
  envelope: Envelope,
): Promise<CommandResult<EntitlementView>> {
  return execute(context, { type: 'setFeatureOverride', ...input }, envelope);
}

/** Gives a feature until an instant. Refuses: customer-not-found, unknown-feature, expiry-in-past. */
export function grantFeature(
  context: CommandContext,
  input: NamedFeature & { readonly expiresAt: Instant },
  envelope: Envelope,
): Promise<CommandResult<EntitlementView>> {
  return execute(context, { type: 'grantFeature', ...input }, envelope);
}

/** Ends a grant now. Refuses: customer-not-found, unknown-feature. */
export function revokeFeatureGrant(
  context: CommandContext,
  input: NamedFeature,
  envelope: Envelope,
): Promise<CommandResult<EntitlementView>> {
  return execute(context, { type: 'revokeFeatureGrant', ...input }, envelope);
}

type Asked =
  | (NamedFeature & { readonly type: 'setFeatureOverride'; readonly enabled: boolean | null })
  | (NamedFeature & { readonly type: 'grantFeature'; readonly expiresAt: Instant })
  | (NamedFeature & { readonly type: 'revokeFeatureGrant' });

async function execute(
  context: CommandContext,
  asked: Asked,
  envelope: Envelope,
): Promise<CommandResult<EntitlementView>> {
  const { customerId, featureName } = asked;
  if (!isFlagId(featureName)) return unknownFeature(featureName);
  if ((await registeredCustomer(context, customerId)) === undefined) return customerNotFound(customerId);
  const command = { ...asked, now: context.now() };
  const outcome = await context.pipeline.execute(entitlements, customerId, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, revision, position, replayed } = outcome;
  const override: Override | undefined = state.overrides[featureName];
  const grant: Grant | undefined = state.grants[featureName];
  const result = {
    customerId,
    featureName,
    override: override?.enabled ?? null,
    grantedUntil: grant?.expiresAt ?? null,
  };
  return { result, revision, position, replayed };
}
