import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIERS } from '../../domain/catalogue/types.ts';
import { checkFeature } from '../../domain/entitlements/feature-check.ts';
import { alertPointOf, checkMeteredLimit, checkStaticLimit } from '../../domain/entitlements/limit-check.ts';
import { limitRemedy } from '../../domain/entitlements/remedies.ts';
import { NOW, on } from './support.ts';

const reading = (quantity: bigint, included: bigint, overflow: boolean) => ({
  quantity,
  ratedQuantity: quantity,
  included,
  overflow,
});

describe('a static limit', () => {
  test('is open below it and closed at it', () => {
    for (const [used, allowed, remaining] of [
      [0n, true, 10n],
      [9n, true, 1n],
      [10n, false, 0n],
      [11n, false, 0n],
    ] as const) {
      expect(checkStaticLimit(on('growth'), 'users', used, NOW)).toMatchObject({
        allowed,
        remaining,
        used,
        limit: 10n,
      });
    }
  });

  test('after a downgrade leaves what is there and refuses more', () => {
    const check = checkStaticLimit(on('starter'), 'segments', 80n, NOW);
    expect(check).toMatchObject({
      allowed: false,
      reason: 'limit-reached',
      limit: 25n,
      excess: 55n,
      remaining: 0n,
      percent: 320,
      alertPoint: 120,
      upgrade: { tier: 'growth', limit: 100n, price: '299.00', currency: 'USD' },
    });
    expect(limitRemedy(check)).toMatch(/change to growth.*stays/);
  });

  test('an upgrade is hinted at that has room, not merely the next', () => {
    expect(checkStaticLimit(on('starter'), 'segments', 100n, NOW).upgrade).toMatchObject({ tier: 'pro' });
    expect(checkStaticLimit(on('enterprise'), 'users', 50n, NOW)).toMatchObject({
      allowed: false,
      upgrade: null,
    });
    expect(checkStaticLimit(on('enterprise'), 'segments', 10n ** 12n, NOW)).toMatchObject({
      allowed: true,
      limit: 'unlimited',
      remaining: 'unlimited',
      percent: null,
      alertPoint: null,
    });
  });

  test('read only: nothing new is made', () => {
    const check = checkStaticLimit(on('growth', { standing: 'restricted' }), 'users', 1n, NOW);
    expect(check).toMatchObject({
      allowed: false,
      reason: 'payment-restricted',
      remaining: 9n,
      upgrade: null,
    });
    expect(checkStaticLimit(on('growth', { standing: 'grace' }), 'users', 1n, NOW).allowed).toBe(true);
  });
});

describe('a metered limit', () => {
  test('within, then paid, where it overflows', () => {
    const growth = on('growth');
    expect(checkMeteredLimit(growth, 'api.called', reading(999_999n, 1_000_000n, true), NOW)).toMatchObject({
      allowed: true,
      reason: 'within-limit',
      remaining: 1n,
    });
    expect(checkMeteredLimit(growth, 'api.called', reading(1_000_000n, 1_000_000n, true), NOW)).toMatchObject(
      { allowed: true, reason: 'paid-overflow', remaining: 0n, alertPoint: 100 },
    );
  });

  test('within, then capped, on Free without a payment method', () => {
    const free = on('free');
    const capped = checkMeteredLimit(free, 'ai.brief_generated', reading(1n, 1n, false), NOW);
    expect(capped).toMatchObject({
      allowed: false,
      reason: 'allowance-used-up',
      upgrade: { tier: 'starter', limit: 5n, price: '99.00' },
    });
    expect(limitRemedy(capped)).toMatch(/payment method.*change to starter/);
    expect(checkMeteredLimit(free, 'ai.brief_generated', reading(1n, 1n, true), NOW).allowed).toBe(true);
  });

  test('on trial a month’s allowance is there to try, and nothing above it is sold', () => {
    const trial = on('growth', { status: 'trialing' });
    const used = (quantity: bigint) => ({ quantity, ratedQuantity: 0n, included: 0n, overflow: true });
    expect(checkMeteredLimit(trial, 'ai.brief_generated', used(24n), NOW)).toMatchObject({
      allowed: true,
      limit: 25n,
      used: 24n,
    });
    expect(checkMeteredLimit(trial, 'ai.brief_generated', used(25n), NOW)).toMatchObject({
      allowed: false,
      reason: 'trial-allowance-used-up',
    });
  });

  test('what the caller counts goes before what the meter has counted', () => {
    const check = checkMeteredLimit(on('free'), 'api.called', reading(5n, 10n, false), NOW, 10n);
    expect(check).toMatchObject({ used: 10n, allowed: false });
  });
});

describe('alert points', () => {
  test.each([
    [0n, null],
    [49n, null],
    [50n, 50],
    [79n, 50],
    [80n, 80],
    [89n, 80],
    [90n, 90],
    [99n, 90],
    [100n, 100],
    [119n, 100],
    [120n, 120],
    [500n, 120],
  ])('%s of 100: %s', (used, point) => expect(alertPointOf(used, 100n)).toBe(point));

  test('are exact on any limit', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(1n, 10n ** 15n), (used, limit) => {
        const reached = [50n, 80n, 90n, 100n, 120n].filter(
          (point) => used > 0n && used * 100n >= point * limit,
        );
        expect(alertPointOf(used, limit)).toBe(reached.length === 0 ? null : Number(reached.at(-1)));
      }),
    );
  });

  test('anything of nothing is above them all', () => expect(alertPointOf(1n, 0n)).toBe(120));
});

test('a static check is allowed exactly where there is room and full access', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TIERS),
      fc.bigInt(0n, 2_000n),
      fc.constantFrom('good', 'past_due', 'grace', 'restricted', 'suspended'),
      (tier, used, standing) => {
        const check = checkStaticLimit(on(tier, { standing }), 'segments', used, NOW);
        const room = check.limit === 'unlimited' || used < check.limit;
        expect(check.allowed).toBe(room && !['restricted', 'suspended'].includes(standing));
        if (check.limit !== 'unlimited' && check.remaining !== 'unlimited') {
          expect(check.limit - used).toBe(check.remaining - check.excess);
        }
        expect(
          check.upgrade === null || check.upgrade.limit === 'unlimited' || check.upgrade.limit > used,
        ).toBe(true);
      },
    ),
  );
});

describe('a feature check', () => {
  const briefs = (used: bigint, overflow = false) => ({ reading: reading(used, 1n, overflow) });

  test('allows what the flag, the limit and the payments allow', () => {
    expect(checkFeature(on('free'), 'ml.ai_briefs', NOW, briefs(0n))).toMatchObject({
      allowed: true,
      reason: 'ok',
      remedy: null,
    });
    expect(checkFeature(on('free'), 'ml.ai_briefs', NOW, briefs(1n))).toMatchObject({
      allowed: false,
      reason: 'allowance-used-up',
      access: 'full',
    });
    expect(checkFeature(on('free'), 'ml.ai_briefs', NOW, briefs(9n, true))).toMatchObject({
      allowed: true,
      reason: 'ok',
    });
  });

  test('warns in grace, lets read when restricted, and says what to do', () => {
    const ask = (standing: 'grace' | 'restricted' | 'suspended') =>
      checkFeature(on('growth', { standing }), 'campaigns.journeys', NOW, {});
    expect(ask('grace')).toMatchObject({
      allowed: true,
      access: 'full',
      reason: 'payment-grace',
      remedy: expect.stringContaining('Pay'),
    });
    expect(ask('restricted')).toMatchObject({
      allowed: false,
      access: 'readOnly',
      reason: 'payment-restricted',
      flag: { enabled: true },
    });
    expect(ask('suspended')).toMatchObject({
      allowed: false,
      access: 'none',
      reason: 'payment-suspended',
      flag: { enabled: false },
    });
  });

  test('names the lowest tier that has what is missing', () => {
    const ask = (tier: 'free' | 'pro') => checkFeature(on(tier), 'security.custom_roles', NOW, {});
    expect(ask('free').remedy).toMatch(/^The tier pro has this feature/);
    expect(ask('pro')).toMatchObject({ allowed: true, reason: 'ok' });
    const off = on('pro', {
      entitlements: {
        revision: 0,
        overrides: { 'security.custom_roles': { enabled: false, revision: 0 } },
        grants: {},
      },
    });
    expect(checkFeature(off, 'security.custom_roles', NOW, {})).toMatchObject({
      reason: 'feature-disabled',
      remedy: expect.stringContaining('setFeatureOverride'),
    });
  });

  test('a static limit is looked at where the caller says how many there are', () => {
    expect(checkFeature(on('free'), 'core.segments_basic', NOW, {})).toMatchObject({
      allowed: true,
      limit: null,
    });
    expect(checkFeature(on('free'), 'core.segments_basic', NOW, { currentUsage: 5n })).toMatchObject({
      allowed: false,
      reason: 'limit-reached',
    });
  });
});
