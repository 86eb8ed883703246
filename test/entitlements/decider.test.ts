import { describe, expect, test } from 'vitest';
import { type EntitlementCommand, entitlementDecider } from '../../domain/entitlements/decider.ts';
import type { EntitlementEvent } from '../../domain/entitlements/events.ts';
import { specification } from '../support/decider-spec.ts';
import { NOW } from './support.ts';

const spec = specification(entitlementDecider);
const FEATURE = 'security.scim';
const named = { customerId: 'acme', featureName: FEATURE } as const;
const ends = '2026-04-01T00:00:00.000Z';

const override = (enabled: boolean | null, featureName: string = FEATURE): EntitlementCommand => ({
  type: 'setFeatureOverride',
  now: NOW,
  ...named,
  featureName,
  enabled,
});
const grant = (expiresAt: string, now = NOW): EntitlementCommand => ({
  type: 'grantFeature',
  now,
  ...named,
  expiresAt,
});
const revoke = (now = NOW): EntitlementCommand => ({ type: 'revokeFeatureGrant', now, ...named });

const overridden = (enabled: boolean): EntitlementEvent => ({
  type: 'entitlement.overridden',
  data: { ...named, enabled },
  effectiveAt: NOW,
});
const granted = (expiresAt: string): EntitlementEvent => ({
  type: 'entitlement.granted',
  data: { ...named, expiresAt },
  effectiveAt: NOW,
});
const revoked = (what: 'override' | 'grant', effectiveAt = NOW): EntitlementEvent => ({
  type: 'entitlement.revoked',
  data: { ...named, what },
  effectiveAt,
});

describe('an override', () => {
  test('is set, turned and withdrawn', () => {
    spec.when(override(true)).thenEvents(overridden(true));
    spec.given(overridden(true)).when(override(false)).thenEvents(overridden(false));
    spec.given(overridden(false)).when(override(null)).thenEvents(revoked('override'));
  });

  test('that changes nothing leaves no event', () => {
    spec.when(override(null)).thenNothing();
    spec.given(overridden(false)).when(override(false)).thenNothing();
    spec.given(overridden(true), revoked('override')).when(override(null)).thenNothing();
  });

  test('leaves a grant of the same feature alone', () => {
    const state = spec.given(granted(ends), overridden(false)).when(override(null)).state();
    expect(state).toEqual({
      revision: 2,
      overrides: {},
      grants: { [FEATURE]: { expiresAt: ends, revision: 0 } },
    });
  });
});

describe('a grant', () => {
  test('is given, moved and ended', () => {
    spec.when(grant(ends)).thenEvents(granted(ends));
    spec
      .given(granted(ends))
      .when(grant('2026-05-01T00:00:00.000Z'))
      .thenEvents(granted('2026-05-01T00:00:00.000Z'));
    spec.given(granted(ends)).when(revoke()).thenEvents(revoked('grant'));
  });

  test('that changes nothing leaves no event', () => {
    spec.given(granted(ends)).when(grant(ends)).thenNothing();
    spec.when(revoke()).thenNothing();
    spec.given(granted(ends)).when(revoke(ends)).thenNothing();
  });

  test('ends ahead of now', () => {
    spec.when(grant(NOW)).thenRefused('expiry-in-past', 'expiresAt');
    spec.when(grant('2026-03-10T12:00:00.001Z')).thenEvents(granted('2026-03-10T12:00:00.001Z'));
  });
});

test.each(['core.time_travel', 'toString', ''])(
  'a feature that does not exist is refused: "%s"',
  (featureName) => {
    for (const command of [override(true), grant(ends), revoke()]) {
      spec.when({ ...command, featureName }).thenRefused('unknown-feature', 'featureName');
    }
  },
);
