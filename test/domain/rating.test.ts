import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogueAt } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, type MeterId, type PriceModel, type PriceTier } from '../../domain/catalogue/types.ts';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { divideHalfEven } from '../../domain/metering/half-even.ts';
import { billableUnits, priceNanos, rate, ratedMicros } from '../../domain/metering/rating.ts';

const { meters } = catalogueAt('2026-06-01T00:00:00.000Z');
const amountOf = (model: PriceModel, units: bigint) => fromMicros(ratedMicros(rate(model, units)));
const fail = (): never => expect.unreachable('no tier for the unit');

/** Unit by unit, on plain numbers of nanos: shares no arithmetic with the code under test. */
function bruteForce(model: PriceModel, units: number): number {
  const price = (decimalText: string) => Math.round(Number(decimalText) * 1e9);
  const tierOf = (tiers: readonly PriceTier[], unit: number) =>
    tiers.find(({ upTo }) => upTo === null || unit <= Number(upTo)) ?? fail();
  let nanos = 0;
  for (let unit = 1; unit <= units; unit += 1) {
    if (model.kind === 'standard') nanos += price(model.unitPrice);
    if (model.kind === 'package' && (unit - 1) % Number(model.size) === 0) nanos += price(model.price);
    if (model.kind === 'graduated') nanos += price(tierOf(model.tiers, unit).unitPrice);
    if (model.kind === 'volume') nanos += price(tierOf(model.tiers, units).unitPrice);
  }
  return nanos;
}

const price = fc.integer({ min: 0, max: 5_000_000 }).map((n) => (n / 100_000).toFixed(5));
const tiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
    fc.array(price, { minLength: 5, maxLength: 5 }),
  )
  .map(([ends, prices]): PriceTier[] =>
    [...ends.toSorted((a, b) => a - b).map(BigInt), null].map((upTo, index) => {
      return { upTo, unitPrice: prices[index] ?? fail() };
    }),
  );
const model: fc.Arbitrary<PriceModel> = fc.oneof(
  price.map((unitPrice) => ({ kind: 'standard' as const, unitPrice })),
  fc
    .tuple(fc.bigInt(1n, 20n), price)
    .map(([size, packagePrice]) => ({ kind: 'package' as const, size, price: packagePrice })),
  tiers.map((list) => ({ kind: 'graduated' as const, tiers: list })),
  tiers.map((list) => ({ kind: 'volume' as const, tiers: list })),
);
const units = fc.integer({ min: 0, max: 100 });

describe('rate', () => {
  test('equals a sum unit by unit', () => {
    fc.assert(
      fc.property(model, units, (m, n) => {
        expect(rate(m, BigInt(n))).toBe(BigInt(bruteForce(m, n)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('never falls with more units, except by volume price', () => {
    fc.assert(
      fc.property(model, units, units, (m, a, b) => {
        fc.pre(m.kind !== 'volume' && a <= b);
        expect(rate(m, BigInt(a)) <= rate(m, BigInt(b))).toBe(true);
      }),
    );
  });

  test('no units cost nothing on any meter', () => {
    for (const id of METER_IDS) expect(rate(meters[id].price, 0n)).toBe(0n);
  });

  test('refuses negative units and malformed models', () => {
    const tier = (upTo: bigint | null) => ({ upTo, unitPrice: '1' });
    expect(() => rate({ kind: 'standard', unitPrice: '1' }, -1n)).toThrow(RangeError);
    expect(() => rate({ kind: 'standard', unitPrice: '-1' }, 1n)).toThrow(RangeError);
    expect(() => rate({ kind: 'standard', unitPrice: 'free' }, 1n)).toThrow(RangeError);
    expect(() => rate({ kind: 'package', size: 0n, price: '1' }, 1n)).toThrow(RangeError);
    for (const kind of ['graduated', 'volume'] as const) {
      expect(() => rate({ kind, tiers: [] }, 1n)).toThrow(RangeError);
      expect(() => rate({ kind, tiers: [tier(10n)] }, 1n)).toThrow(RangeError);
      expect(() => rate({ kind, tiers: [tier(null), tier(10n)] }, 1n)).toThrow(RangeError);
      expect(() => rate({ kind, tiers: [tier(10n), tier(10n), tier(null)] }, 1n)).toThrow(RangeError);
    }
  });
});

describe('price boundaries of the catalogue', () => {
  test.each<[MeterId, bigint, string]>([
    ['event.tracked', 1n, '0.00001'],
    ['data.exported', 1n, '0.05'],
    ['data.exported', 1_000n, '0.05'],
    ['data.exported', 1_001n, '0.10'],
    ['api.called', 10_000_000n, '1000.00'],
    ['api.called', 10_000_001n, '1000.00006'],
    ['email.sent', 1_000_000n, '800.00'],
    ['email.sent', 1_000_001n, '600.0006'],
    ['email.sent', 10_000_000n, '6000.00'],
    ['email.sent', 10_000_001n, '4000.0004'],
    ['audience.activated', 1_000_000n, '1000.00'],
    ['audience.activated', 10_000_000n, '7300.00'],
    ['audience.activated', 10_000_001n, '7300.0005'],
    ['prediction.scored', 1_000_001n, '2500.0015'],
    ['sms.sent', 1n, '0.012'],
    ['profile.enriched', 1_000_001n, '15500.01'],
    ['ai.brief_generated', 100n, '250.00'],
    ['ai.brief_generated', 101n, '252.00'],
    ['ai.brief_generated', 1_000n, '2050.00'],
    ['ai.brief_generated', 1_001n, '2051.50'],
    ['model.trained', 1n, '50.00'],
  ])('%s: %s units cost %s', (meter, n, expected) => {
    expect(amountOf(meters[meter].price, n)).toBe(expected);
  });
});

describe('the worked example: a Growth customer pays 1,625.00 for usage', () => {
  const rows: [MeterId, bigint, bigint, string][] = [
    ['event.tracked', 25_000_000n, 20_000_000n, '200.00'],
    ['data.exported', 500_000n, 0n, '0.00'],
    ['api.called', 1_100_000n, 100_000n, '10.00'],
    ['email.sent', 350_000n, 300_000n, '240.00'],
    ['audience.activated', 350_000n, 300_000n, '300.00'],
    ['prediction.scored', 120_000n, 100_000n, '250.00'],
    ['sms.sent', 0n, 0n, '0.00'],
    ['profile.enriched', 22_500n, 20_000n, '400.00'],
    ['ai.brief_generated', 75n, 50n, '125.00'],
    ['model.trained', 2n, 2n, '100.00'],
  ];

  test.each(rows)('%s', (meter, used, billable, amount) => {
    const units = billableUnits(used, meters[meter].allowance.growth, true);
    expect(units).toBe(billable);
    expect(amountOf(meters[meter].price, units)).toBe(amount);
  });

  test('in all', () => {
    const total = rows.reduce((sum, [meter, used]) => {
      const units = billableUnits(used, meters[meter].allowance.growth, true);
      return sum + ratedMicros(rate(meters[meter].price, units));
    }, 0n);
    expect(fromMicros(total)).toBe('1625.00');
    expect(total + toMicros('299.00')).toBe(toMicros('1924.00'));
  });
});

test('only what exceeds the allowance is billable, and nothing while capped', () => {
  expect(billableUnits(100n, 100n, true)).toBe(0n);
  expect(billableUnits(101n, 100n, true)).toBe(1n);
  expect(billableUnits(101n, 100n, false)).toBe(0n);
  expect(billableUnits(-5n, 0n, true)).toBe(0n);
});

describe('rounding', () => {
  test('nanos become micros half-even', () => {
    expect([499n, 500n, 501n, 1_500n, 2_500n, -500n, -1_500n, -2_500n].map(ratedMicros)).toEqual([
      0n,
      0n,
      1n,
      2n,
      2n,
      0n,
      -2n,
      -2n,
    ]);
  });

  test('divideHalfEven is the nearest whole number, even at a tie, and odd in sign', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 6n), (n, d) => {
        const q = divideHalfEven(n, d);
        const distance = n - q * d < 0n ? q * d - n : n - q * d;
        expect(2n * distance <= d).toBe(true);
        if (2n * distance === d) expect(q % 2n).toBe(0n);
        expect(divideHalfEven(-n, d)).toBe(-q);
      }),
    );
    expect(() => divideHalfEven(1n, 0n)).toThrow(RangeError);
  });

  test('prices are exact to nine decimals', () => {
    expect(priceNanos('0.000000001')).toBe(1n);
    expect(priceNanos('50.00')).toBe(50_000_000_000n);
    expect(() => priceNanos('0.0000000001')).toThrow(RangeError);
  });
});
