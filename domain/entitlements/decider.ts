import { type FlagId, isFlagId } from '../catalogue/catalogue.ts';
import { type Decider, type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import type { Instant } from '../kernel/time.ts';
import type { EntitlementEvent } from './events.ts';
import { type EntitlementState, evolveEntitlements, noEntitlements } from './state.ts';

interface Named {
  readonly now: Instant;
  readonly customerId: string;
  readonly featureName: string;
}

export type EntitlementCommand =
  /** Null withdraws the override, so that the plan decides again. */
  | (Named & { readonly type: 'setFeatureOverride'; readonly enabled: boolean | null })
  | (Named & { readonly type: 'grantFeature'; readonly expiresAt: Instant })
  | (Named & { readonly type: 'revokeFeatureGrant' });

/** What changes nothing appends nothing. Refuses: unknown-feature, expiry-in-past. */
export const entitlementDecider: Decider<EntitlementState, EntitlementCommand, EntitlementEvent> = {
  initialState: noEntitlements,
  decide(command, state) {
    const { featureName } = command;
    return isFlagId(featureName) ? decide({ ...command, featureName }, state) : unknownFeature(featureName);
  },
  evolve: evolveEntitlements,
};

export function unknownFeature(featureName: string): Refusal {
  const detail = `there is no feature "${featureName.slice(0, 60)}"; see getTierComparison`;
  return refuse('unknown-feature', detail, 'featureName');
}

function decide(
  command: EntitlementCommand & { readonly featureName: FlagId },
  state: EntitlementState,
): Decision<EntitlementEvent> {
  const { now, customerId, featureName } = command;
  const named = { customerId, featureName };
  switch (command.type) {
    case 'setFeatureOverride': {
      const override = state.overrides[featureName];
      if ((override?.enabled ?? null) === command.enabled) return [];
      return command.enabled === null
        ? [{ type: 'entitlement.revoked', data: { ...named, what: 'override' }, effectiveAt: now }]
        : [
            {
              type: 'entitlement.overridden',
              data: { ...named, enabled: command.enabled },
              effectiveAt: now,
            },
          ];
    }
    case 'grantFeature': {
      const { expiresAt } = command;
      if (expiresAt <= now) {
        return refuse('expiry-in-past', `the grant would end at ${expiresAt}, and it is ${now}`, 'expiresAt');
      }
      if (state.grants[featureName]?.expiresAt === expiresAt) return [];
      return [{ type: 'entitlement.granted', data: { ...named, expiresAt }, effectiveAt: now }];
    }
    case 'revokeFeatureGrant': {
      const grant = state.grants[featureName];
      if (grant === undefined || grant.expiresAt <= now) return [];
      return [{ type: 'entitlement.revoked', data: { ...named, what: 'grant' }, effectiveAt: now }];
    }
  }
}
