import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  catalogueVersions,
  FLAG_IDS,
  type FlagId,
  firstCatalogue,
  hasFlag,
  isFlagId,
  useCatalogues,
} from '../../domain/catalogue/catalogue.ts';
import { LIMIT_IDS, type LimitId, type LimitValue, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { checkFeature } from '../../domain/entitlements/feature-check.ts';
import {
  accessOf,
  type Extra,
  type Holding,
  STANDINGS,
  STATUSES,
} from '../../domain/entitlements/holding.ts';
import { resolveAllowance, resolveFlag, resolveLimit } from '../../domain/entitlements/resolution.ts';
import reference from '../fixtures/catalogue.json' with { type: 'json' };
import { NOW, on } from './support.ts';

afterEach(() => useCatalogues([]));

const SINCE = '2026-03-01T00:00:00.000Z';
/** A version in force at NOW: one flag more and one less on Growth, other limits. */
const newer = {
  ...firstCatalogue,
  id: '2026-03',
  effectiveFrom: SINCE,
  limits: {
    ...firstCatalogue.limits,
    segments: {
      ...firstCatalogue.limits.segments,
      kind: 'static' as const,
      values: { free: 1n, starter: 2n, growth: 3n, pro: 4n, enterprise: 5n },
    },
  },
  flags: {
    ...firstCatalogue.flags,
    'campaigns.ab_testing': {
      category: 'activation' as const,
      tiers: ['growth', 'pro', 'enterprise'] as const,
    },
    'analytics.ltv': { category: 'analytics' as const, tiers: ['pro', 'enterprise'] as const },
  },
};

describe('every flag on every tier', () => {
  const cases = reference.flags.flatMap(({ id, tiers }) =>
    reference.tiers.map(({ id: tier }) => ({ id, tier: tier as Tier, has: tiers.includes(tier) })),
  );
  test('47 × 5 of the reference', () => expect(cases).toHaveLength(235));

  test.each(cases)('$tier, $id: $has', ({ id, tier, has }) => {
    if (!isFlagId(id)) expect.unreachable(id);
    const decision = resolveFlag(on(tier), id, NOW);
    expect(decision).toEqual({
      enabled: has,
      access: has ? 'full' : 'none',
      accessReason: 'ok',
      rule: has ? 'plan' : 'default',
      source: tier,
      catalogueVersion: '2026-01',
      expiresAt: null,
    });
  });
});

describe('status and standing', () => {
  test.each([
    ['active', 'good', 'full'],
    ['trialing', 'good', 'full'],
    ['active', 'past_due', 'full'],
    ['active', 'grace', 'full'],
    ['active', 'restricted', 'readOnly'],
    ['active', 'suspended', 'none'],
    ['suspended', 'good', 'none'],
    ['paused', 'good', 'none'],
    ['cancelled', 'good', 'none'],
    ['none', 'good', 'none'],
  ] as const)('%s and %s: %s', (status, standing, access) => {
    const overrides = { 'security.scim': { enabled: true, revision: 0 } };
    const holding = on('enterprise', {
      status,
      standing,
      entitlements: { revision: 0, overrides, grants: {} },
    });
    expect(accessOf(holding).access).toBe(access);
    for (const flag of ['core.profiles', 'security.scim'] as const) {
      expect(resolveFlag(holding, flag, NOW)).toMatchObject({ enabled: access !== 'none', access });
    }
    if (access === 'none') expect(resolveFlag(holding, 'security.scim', NOW).rule).toBe('status');
  });
});

describe('first hit wins', () => {
  const ORDER = ['override', 'grant', 'grandfathered-plan', 'add-on', 'vertical-edition', 'plan'] as const;
  const flag = fc.constantFrom<FlagId>(...FLAG_IDS);
  const tri = fc.constantFrom(true, false, undefined);

  const ends = { before: SINCE, at: NOW, after: '2026-03-10T12:00:00.001Z' };
  const drawn = fc.record({
    id: flag,
    tier: fc.constantFrom(...TIERS),
    bought: fc.constantFrom('2026-01', '2026-03'),
    override: tri,
    grant: fc.constantFrom('before', 'at', 'after', undefined),
    addOn: fc.boolean(),
    edition: fc.boolean(),
  });
  type Drawn = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never;

  function holdingOf({ id, tier, bought, override, grant, addOn, edition }: Drawn): Holding {
    const extra = (name: string): Extra => ({ id: name, flags: [id], limits: {} });
    return on(tier, {
      plan: { tier, catalogueVersion: bought, contract: null },
      entitlements: {
        revision: 1,
        overrides: override === undefined ? {} : { [id]: { enabled: override, revision: 0 } },
        grants: grant === undefined ? {} : { [id]: { expiresAt: ends[grant], revision: 1 } },
      },
      addOns: addOn ? [extra('extra-1')] : [],
      verticalEditions: edition ? [extra('fashion')] : [],
    });
  }

  test('for every combination of what there may be', () => {
    useCatalogues([newer]);
    fc.assert(
      fc.property(drawn, (one) => {
        const { id, tier, bought, override } = one;
        const catalogue = catalogueVersions().find((version) => version.id === bought) ?? firstCatalogue;
        const inPlan = hasFlag(catalogue, tier, id);
        const hits = {
          override: override !== undefined,
          grant: one.grant === 'after',
          'grandfathered-plan': bought === '2026-01' && inPlan,
          'add-on': one.addOn,
          'vertical-edition': one.edition,
          plan: bought === '2026-03' && inPlan,
        };
        const expected = ORDER.find((rule) => hits[rule]) ?? 'default';
        const decision = resolveFlag(holdingOf(one), id, NOW);
        expect(decision.rule).toBe(expected);
        expect(decision.enabled).toBe(expected === 'override' ? override : expected !== 'default');
        expect(decision.expiresAt).toBe(expected === 'grant' ? ends.after : null);
        const ofPlan = ['plan', 'grandfathered-plan', 'default'].includes(expected);
        expect(decision.catalogueVersion).toBe(ofPlan ? bought : null);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an answer without access is of the status, whatever else there is', () => {
    fc.assert(
      fc.property(
        flag,
        fc.constantFrom(...STATUSES),
        fc.constantFrom(...STANDINGS),
        (id, status, standing) => {
          const grants = { [id]: { expiresAt: '2027-01-01T00:00:00.000Z', revision: 0 } };
          const holding = on('enterprise', {
            status,
            standing,
            entitlements: { revision: 0, overrides: {}, grants },
          });
          const { access, reason } = accessOf(holding);
          const decision = resolveFlag(holding, id, NOW);
          expect(decision).toMatchObject({ access, accessReason: reason, enabled: access !== 'none' });
          expect(decision.rule).toBe(access === 'none' ? 'status' : 'grant');
        },
      ),
    );
  });
});

describe('a plan version that is no longer on sale', () => {
  const old = (tier: Tier) => on(tier);

  test('goes on answering, in both directions, and says so', () => {
    useCatalogues([newer]);
    expect(resolveFlag(old('growth'), 'analytics.ltv', NOW)).toMatchObject({
      enabled: true,
      rule: 'grandfathered-plan',
      catalogueVersion: '2026-01',
    });
    expect(resolveFlag(old('growth'), 'campaigns.ab_testing', NOW)).toMatchObject({
      enabled: false,
      rule: 'default',
      catalogueVersion: '2026-01',
    });
    expect(resolveLimit(old('growth'), 'segments', NOW)).toEqual({
      value: 100n,
      rule: 'grandfathered-plan',
      source: 'growth',
      catalogueVersion: '2026-01',
    });
  });

  /** A change to the tier that one is on changes nothing. */
  test('is not told to change to its own tier for what only the new one has (regression)', () => {
    useCatalogues([newer]);
    const { remedy } = checkFeature(old('growth'), 'campaigns.ab_testing', NOW, {});
    expect(remedy).toMatch(/^The tier pro has this feature/);
  });

  test('until the customer buys the new one', () => {
    useCatalogues([newer]);
    const bought = on('growth', { plan: { tier: 'growth', catalogueVersion: '2026-03', contract: null } });
    expect(resolveFlag(bought, 'analytics.ltv', NOW).enabled).toBe(false);
    expect(resolveFlag(bought, 'campaigns.ab_testing', NOW)).toMatchObject({ enabled: true, rule: 'plan' });
    expect(resolveLimit(bought, 'segments', NOW)).toMatchObject({ value: 3n, rule: 'plan' });
  });

  test('is not old before the new one is in force', () => {
    useCatalogues([newer]);
    const before = '2026-02-28T23:59:59.999Z';
    expect(resolveFlag(old('growth'), 'analytics.ltv', before).rule).toBe('plan');
    expect(resolveFlag(old('growth'), 'analytics.ltv', SINCE).rule).toBe('grandfathered-plan');
  });
});

describe('limits', () => {
  test('7 × 5 of the reference', () => {
    for (const { id, values } of reference.limits) {
      for (const tier of TIERS) {
        const { value, rule } = resolveLimit(on(tier), id as LimitId, NOW);
        expect(value === 'unlimited' ? value : Number(value), `${tier} ${id}`).toBe(values[tier]);
        expect(rule).toBe('plan');
      }
    }
  });

  test('a contract goes first, for what it names', () => {
    const contract = {
      contractId: 'ctr_1',
      allowances: { 'api.called': '500000000', 'sms.sent': '1000' },
      limits: { users: 'unlimited', profiles: '2000000' },
    } as const;
    const holding = on('enterprise', { plan: { tier: 'enterprise', catalogueVersion: '2026-01', contract } });
    const agreed = { rule: 'contract', source: 'ctr_1', catalogueVersion: null };
    expect(resolveLimit(holding, 'users', NOW)).toEqual({ ...agreed, value: 'unlimited' });
    expect(resolveLimit(holding, 'profiles', NOW)).toEqual({ ...agreed, value: 2_000_000n });
    expect(resolveLimit(holding, 'api_calls', NOW)).toEqual({ ...agreed, value: 500_000_000n });
    expect(resolveAllowance(holding, 'sms.sent', NOW)).toEqual({ ...agreed, value: 1_000n });
    expect(resolveAllowance(holding, 'email.sent', NOW)).toMatchObject({ rule: 'plan', value: 2_000_000n });
    expect(resolveLimit(holding, 'events', NOW)).toMatchObject({ rule: 'plan', value: 250_000_000n });
  });

  test('what is bought on top adds, and never takes away', () => {
    const value = fc.oneof(fc.bigInt(0n, 1_000n), fc.constant<LimitValue>('unlimited'));
    const extras = fc.array(fc.record({ id: fc.string({ minLength: 1 }), segments: value }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(extras, extras, fc.constantFrom(...TIERS), (addOns, editions, tier) => {
        const asExtra = (one: { id: string; segments: LimitValue }): Extra => ({
          id: one.id,
          flags: [],
          limits: { segments: one.segments },
        });
        const holding = on(tier, { addOns: addOns.map(asExtra), verticalEditions: editions.map(asExtra) });
        const rank = (one: LimitValue) => (one === 'unlimited' ? 10n ** 20n : one);
        const plan = rank(resolveLimit(on(tier), 'segments', NOW).value);
        const most = (all: readonly { segments: LimitValue }[]) =>
          [plan, ...all.map((one) => rank(one.segments))].toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? plan;
        const { value: found, rule } = resolveLimit(holding, 'segments', NOW);
        const expected = most(addOns) > plan ? 'add-on' : most(editions) > plan ? 'vertical-edition' : 'plan';
        expect(rule).toBe(expected);
        expect(rank(found)).toBe(expected === 'add-on' ? most(addOns) : most(editions));
      }),
    );
  });

  test('nobody without a plan has any', () => {
    for (const limit of LIMIT_IDS) {
      expect(resolveLimit(on('free', { plan: null, status: 'none' }), limit, NOW)).toMatchObject({
        value: 0n,
        rule: 'default',
      });
    }
  });
});
