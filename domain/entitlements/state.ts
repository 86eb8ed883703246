import type { FlagId } from '../catalogue/catalogue.ts';
import type { Instant } from '../kernel/time.ts';
import type { EntitlementEvent } from './events.ts';

/** `revision` is that of the event in the customer's stream that says so. */
export interface Override {
  readonly enabled: boolean;
  readonly revision: number;
}

export interface Grant {
  /** On before this instant. */
  readonly expiresAt: Instant;
  readonly revision: number;
}

export interface EntitlementState {
  /** Of the last event in the stream; -1 without any. */
  readonly revision: number;
  readonly overrides: Readonly<Partial<Record<FlagId, Override>>>;
  readonly grants: Readonly<Partial<Record<FlagId, Grant>>>;
}

export const noEntitlements: EntitlementState = { revision: -1, overrides: {}, grants: {} };

export function evolveEntitlements(state: EntitlementState, event: EntitlementEvent): EntitlementState {
  const revision = state.revision + 1;
  const { featureName } = event.data;
  switch (event.type) {
    case 'entitlement.overridden': {
      const { enabled } = event.data;
      return { ...state, revision, overrides: { ...state.overrides, [featureName]: { enabled, revision } } };
    }
    case 'entitlement.granted': {
      const { expiresAt } = event.data;
      return { ...state, revision, grants: { ...state.grants, [featureName]: { expiresAt, revision } } };
    }
    case 'entitlement.revoked': {
      const kind = event.data.what === 'override' ? 'overrides' : 'grants';
      const { [featureName]: _withdrawn, ...rest } = state[kind];
      return { ...state, revision, [kind]: rest };
    }
  }
}
