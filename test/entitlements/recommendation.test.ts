import Big from 'big.js';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { catalogueAt, firstCatalogue, useCatalogues } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, type MeterId, type PriceModel, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { recommendUpgrade } from '../../domain/entitlements/recommendation.ts';
import type { UsedMonth } from '../../domain/entitlements/tier-costs.ts';
import { input, MARCH_SECONDS, month, worked } from './recommendation-support.ts';
import { NOW, on } from './support.ts';

afterEach(() => useCatalogues([]));

const DAY = 86_400;

describe('the worked example', () => {
  const found = recommendUpgrade(input('growth', [month('2026-02', worked)]));

  test('shows what is paid now and what Pro would have cost', () => {
    const [costs] = found.months;
    expect(costs?.now).toMatchObject({
      tier: 'growth',
      fee: '299.00',
      overage: '1625.00',
      total: '1924.00',
      saving: '0.00',
    });
    expect(
      costs?.higher.map(({ tier, fee, overage, total, saving }) => ({ tier, fee, overage, total, saving })),
    ).toEqual([
      // 100,000 mails at 0.0008, 7,500 enrichments at 0.02, one model at 50.
      { tier: 'pro', fee: '799.00', overage: '280.00', total: '1079.00', saving: '845.00' },
      { tier: 'enterprise', fee: '2999.00', overage: '0.00', total: '2999.00', saving: '-1075.00' },
    ]);
    expect(costs?.higher[0]?.lines.find(({ meter }) => meter === 'email.sent')).toEqual({
      meter: 'email.sent',
      quantity: 350_000n,
      included: 250_000n,
      billable: 100_000n,
      ownPrice: false,
      amount: '80.00',
    });
  });

  test('recommends Pro, because the overage pays for it', () => {
    expect(found).toMatchObject({
      tier: 'pro',
      reasons: ['overage-pays-for-it'],
      whyNot: null,
      saving: '845.00',
    });
  });
});

describe('the running month', () => {
  test('is projected to its end once a day of it has passed', () => {
    const sent = (seconds: number) =>
      recommendUpgrade(input('growth', [month('2026-03', { 'email.sent': 100_000n }, seconds)])).months[0];
    expect(sent(DAY - 1)).toMatchObject({ basis: 'toDate', now: { lines: [{ quantity: 100_000n }] } });
    expect(sent(DAY)).toMatchObject({ basis: 'projected', now: { lines: [{ quantity: 3_100_000n }] } });
    expect(sent(MARCH_SECONDS)).toMatchObject({ basis: 'full', now: { lines: [{ quantity: 100_000n }] } });
  });

  test('together with the months before it decides: one dear month does not make a habit', () => {
    const quiet = ['2025-12', '2026-01', '2026-02'].map((of) => month(of, {}));
    const dear = month('2026-03', worked);
    expect(recommendUpgrade(input('growth', [...quiet, dear]))).toMatchObject({
      tier: null,
      whyNot: 'cheaper-as-it-is',
    });
    // 3 × 500 dearer, 845 cheaper twice: still not; three times: yes.
    expect(recommendUpgrade(input('growth', [...quiet.slice(2), dear, dear]))).toMatchObject({
      tier: 'pro',
      saving: '1190.00',
    });
  });
});

describe('limits', () => {
  test.each([
    [79n, null, []],
    [80n, 'pro', ['limit-near']],
    [99n, 'pro', ['limit-near']],
    [100n, 'pro', ['limit-reached']],
    [399n, 'pro', ['limit-reached']],
    // 400 of 500 would be near again.
    [400n, 'enterprise', ['limit-reached']],
  ])('%s segments of 100: %s', (segments, tier, reasons) => {
    expect(recommendUpgrade(input('growth', [], { counts: { segments } }))).toMatchObject({ tier, reasons });
  });

  test('a metered one presses only where nothing above it is sold', () => {
    const months = [month('2026-03', { 'ai.brief_generated': 4n })];
    expect(recommendUpgrade(input('starter', months))).toMatchObject({ tier: null });
    const capped = recommendUpgrade(input('free', months, { paymentMethod: false, price: '0.00' }));
    expect(capped).toMatchObject({ tier: 'starter', reasons: ['limit-reached'], saving: '-99.00' });
    expect(capped.limits.find(({ limit }) => limit === 'briefs')).toEqual({
      limit: 'briefs',
      used: 4n,
      value: 1n,
      percent: 400,
      pressing: true,
    });
  });

  test('where no tier has room for everything, the highest is named', () => {
    const counts = { users: 49n };
    expect(recommendUpgrade(input('pro', [], { counts }))).toMatchObject({
      tier: 'enterprise',
      reasons: ['limit-reached'],
    });
  });
});

describe('why not', () => {
  test('nobody without access has a plan to leave', () => {
    const holding = on('growth', { status: 'cancelled' });
    expect(recommendUpgrade(input('growth', [], { holding }))).toMatchObject({
      tier: null,
      whyNot: 'no-plan',
    });
  });
  test('there is nothing above Enterprise', () => {
    expect(
      recommendUpgrade(input('enterprise', [month('2026-02', { 'sms.sent': 10n ** 9n })])),
    ).toMatchObject({ tier: null, whyNot: 'highest-tier' });
  });
});

test('an annual term counts by the twelfth', () => {
  const found = recommendUpgrade(
    input('growth', [month('2026-02', worked)], { billingCycle: 'annual', price: '2870.40' }),
  );
  expect(found.months[0]?.now).toMatchObject({ fee: '239.20', total: '1864.20' });
  expect(found.months[0]?.higher[0]).toMatchObject({ fee: '639.20', total: '919.20', saving: '945.00' });
});

test('a higher tier is rated at today’s list, the own plan at what was bought', () => {
  const dearer = {
    ...firstCatalogue,
    id: '2026-03',
    effectiveFrom: '2026-03-01T00:00:00.000Z',
    tiers: {
      ...firstCatalogue.tiers,
      pro: { ...firstCatalogue.tiers.pro, price: { monthly: '1999.00', annual: '19190.40' } },
    },
  };
  useCatalogues([dearer]);
  const found = recommendUpgrade(input('growth', [month('2026-02', worked)]));
  expect(found.months[0]).toMatchObject({
    now: { total: '1924.00' },
    higher: [{ tier: 'pro', total: '2279.00' }, {}],
  });
  expect(found.tier).toBeNull();
});

test('where prices include tax, the list counts net of it, as what is paid does', () => {
  const tax = { taxRate: '0.08', taxInclusive: true };
  const found = recommendUpgrade(input('growth', [month('2026-02', {})], { price: '276.85', tax }));
  expect(found.months[0]).toMatchObject({
    now: { fee: '276.85' },
    higher: [{ tier: 'pro', fee: '739.81' }, {}],
  });
});

describe('against a brute-force sum', () => {
  const quantity = fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(0n, 30_000_000n));
  const quantities = fc.record(
    Object.fromEntries(METER_IDS.map((meter) => [meter, quantity])) as Record<MeterId, typeof quantity>,
  );
  const lower = fc.constantFrom<Tier>('free', 'starter', 'growth', 'pro');

  test('every total, every saving and the choice', () => {
    fc.assert(
      fc.property(
        lower,
        fc.boolean(),
        fc.array(quantities, { minLength: 1, maxLength: 4 }),
        (tier, paymentMethod, used) => {
          const overflow = paymentMethod || tier !== 'free';
          const months = used.map((one, index) => month(`2026-0${index + 1}`, one));
          const found = recommendUpgrade(input(tier, months, { paymentMethod }));
          const higher = TIERS.slice(TIERS.indexOf(tier) + 1);
          const savings = higher.map(() => new Big(0));
          months.forEach(({ quantities: of }, index) => {
            const now = naive(tier, of, overflow);
            expect(found.months[index]?.now.total).toBe(now.toFixed(2));
            higher.forEach((candidate, at) => {
              const cost = naive(candidate, of, true);
              expect(found.months[index]?.higher[at]).toMatchObject({
                tier: candidate,
                total: cost.toFixed(2),
                saving: now.minus(cost).toFixed(2),
              });
              savings[at] = (savings[at] ?? new Big(0)).plus(now).minus(cost);
            });
          });
          const best = savings.reduce((max, one) => (one.gt(max) ? one : max), savings[0] ?? new Big(0));
          if (overflow) {
            expect(found.tier !== null).toBe(best.gt(0));
            if (best.gt(0)) expect(found.saving).toBe(best.toFixed(2));
          } else {
            const pressed = found.limits.some(({ pressing }) => pressing);
            expect(found.tier !== null).toBe(pressed);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Fee and overage of a month, tier by tier of each price, in decimals alone. */
function naive(tier: Tier, of: UsedMonth['quantities'], overflow: boolean): Big {
  const catalogue = catalogueAt(NOW);
  return METER_IDS.reduce((sum, meter) => {
    const above = Number((of[meter] ?? 0n) - catalogue.meters[meter].allowance[tier]);
    const cents = overflow && above > 0 ? priceOf(catalogue.meters[meter].price, above) : new Big(0);
    return sum.plus(cents.round(6, Big.roundHalfEven).round(2, Big.roundHalfEven));
  }, new Big(catalogue.tiers[tier].price.monthly));
}

function priceOf(model: PriceModel, units: number): Big {
  switch (model.kind) {
    case 'standard':
      return new Big(model.unitPrice).times(units);
    case 'package':
      return new Big(model.price).times(Math.ceil(units / Number(model.size)));
    case 'volume': {
      const reached = model.tiers.find(({ upTo }) => upTo === null || units <= Number(upTo));
      return new Big(reached?.unitPrice ?? 0).times(units);
    }
    case 'graduated': {
      let left = units;
      let below = 0;
      let sum = new Big(0);
      for (const { upTo, unitPrice } of model.tiers) {
        const part = Math.min(left, upTo === null ? left : Number(upTo) - below);
        sum = sum.plus(new Big(unitPrice).times(part));
        left -= part;
        below = Number(upTo ?? 0n);
      }
      return sum;
    }
  }
}
