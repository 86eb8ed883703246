import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogueAt } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, TIERS } from '../../domain/catalogue/types.ts';
import { addMillis, monthInterval, secondsOf } from '../../domain/kernel/time.ts';
import {
  type AllowanceSegment,
  overflowsToPaid,
  proratedAllowance,
  proratedUnits,
} from '../../domain/metering/allowance.ts';

const catalogue = catalogueAt('2026-01-01T00:00:00.000Z');
const april = monthInterval('2026-04');
const noonMid = '2026-04-16T00:00:00.000Z';
const whole = (tier: AllowanceSegment['tier']): AllowanceSegment => ({ tier, ...april, counts: true });

describe('proratedAllowance', () => {
  test('a whole month on one tier is the full allowance', () => {
    for (const meter of METER_IDS) {
      for (const tier of TIERS) {
        for (const month of ['2026-02', '2028-02', '2026-04', '2026-12']) {
          const segment = { tier, ...monthInterval(month), counts: true };
          expect(proratedAllowance(meter, month, [segment])).toBe(catalogue.meters[meter].allowance[tier]);
        }
      }
    }
  });

  test('a segment that reaches beyond the month counts only inside it', () => {
    const years = {
      tier: 'growth' as const,
      from: '2025-01-01T00:00:00.000Z',
      to: '2030-01-01T00:00:00.000Z',
    };
    expect(proratedAllowance('event.tracked', '2026-04', [{ ...years, counts: true }])).toBe(5_000_000n);
    const before = { ...whole('pro'), from: '2026-03-01T00:00:00.000Z', to: april.from };
    expect(proratedAllowance('event.tracked', '2026-04', [before])).toBe(0n);
  });

  test('half a month on each of two tiers is half of each', () => {
    const segments = [
      { ...whole('growth'), to: noonMid },
      { ...whole('pro'), from: noonMid },
    ];
    expect(proratedAllowance('event.tracked', '2026-04', segments)).toBe(15_000_000n);
  });

  test('trial, pause, and time without a subscription count nothing', () => {
    const segments = [
      { ...whole(null), to: '2026-04-11T00:00:00.000Z' },
      { ...whole('growth'), from: '2026-04-11T00:00:00.000Z', to: '2026-04-21T00:00:00.000Z', counts: false },
      { ...whole('growth'), from: '2026-04-21T00:00:00.000Z' },
    ];
    expect(proratedAllowance('email.sent', '2026-04', segments)).toBe(16_667n);
    expect(proratedAllowance('email.sent', '2026-04', [])).toBe(0n);
  });

  test('rounds once, half-even, on the sum', () => {
    const halves = [
      { ...whole('pro'), to: noonMid },
      { ...whole(null), from: noonMid },
    ];
    expect(proratedAllowance('model.trained', '2026-04', halves)).toBe(0n);
    expect(proratedUnits('2026-04', [{ units: 3n, from: april.from, to: noonMid }])).toBe(2n);
    expect(proratedUnits('2026-04', [{ units: 5n, from: april.from, to: noonMid }])).toBe(2n);
    const ones = [
      { units: 1n, from: april.from, to: noonMid },
      { units: 1n, from: noonMid, to: april.to },
    ];
    expect(proratedUnits('2026-04', ones)).toBe(1n);
  });

  test('a stub is to the second, as its fee is', () => {
    const from = '2026-04-10T08:30:17.400Z';
    const units = 2_592_000n * 7n;
    const expected = 7n * BigInt(secondsOf({ from, to: april.to }));
    expect(proratedUnits('2026-04', [{ units, from, to: april.to }])).toBe(expected);
  });

  test('the plan version that was bought decides', () => {
    const segment = { ...whole('growth'), catalogueVersion: catalogue.id };
    expect(proratedAllowance('event.tracked', '2026-04', [segment])).toBe(5_000_000n);
    const unknown = { ...segment, catalogueVersion: 'never' };
    expect(() => proratedAllowance('event.tracked', '2026-04', [unknown])).toThrow(RangeError);
  });

  test('overlapping or backward segments are refused', () => {
    const overlap = [whole('growth'), { ...whole('pro'), from: noonMid }];
    expect(() => proratedAllowance('event.tracked', '2026-04', overlap)).toThrow(/overlap/);
    const contained = [
      whole('growth'),
      { ...whole('pro'), from: '2026-04-02T00:00:00.000Z', to: '2026-04-03T00:00:00.000Z' },
      { ...whole('pro'), from: '2026-04-05T00:00:00.000Z', to: '2026-04-06T00:00:00.000Z' },
    ];
    expect(() => proratedAllowance('event.tracked', '2026-04', contained)).toThrow(/overlap/);
    const backwards = { ...whole('growth'), from: april.to, to: april.from };
    expect(() => proratedAllowance('event.tracked', '2026-04', [backwards])).toThrow(/backwards/);
  });
});

describe('properties', () => {
  const monthMillis = 30 * 86_400_000;
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: monthMillis - 1 }), { maxLength: 6 });
  const at = (millis: number) => addMillis(april.from, millis);
  const between = (marks: readonly number[]) => {
    const bounds = [0, ...marks.toSorted((a, b) => a - b), monthMillis];
    return bounds.slice(1).map((to, index) => ({ from: at(bounds[index] ?? 0), to: at(to) }));
  };
  const tierOrNone = fc.constantFrom(...TIERS, null);
  const meter = fc.constantFrom(...METER_IDS);

  test('splitting a segment changes nothing, even inside a second', () => {
    fc.assert(
      fc.property(meter, cuts, tierOrNone, fc.boolean(), (id, marks, tier, counts) => {
        const parts = between(marks).map((part) => ({ ...part, tier, counts }));
        const one = proratedAllowance(id, '2026-04', [{ ...whole(tier), counts }]);
        expect(proratedAllowance(id, '2026-04', parts)).toBe(one);
        expect(proratedAllowance(id, '2026-04', parts.toReversed())).toBe(one);
      }),
    );
  });

  test('the month lies between the smallest and the largest allowance of its tiers', () => {
    fc.assert(
      fc.property(meter, cuts, fc.array(tierOrNone, { minLength: 7, maxLength: 7 }), (id, marks, tiers) => {
        const parts = between(marks).map((part, index) => ({
          ...part,
          tier: tiers[index] ?? null,
          counts: true,
        }));
        const used = parts.map(({ tier }) => (tier === null ? 0n : catalogue.meters[id].allowance[tier]));
        const total = proratedAllowance(id, '2026-04', parts);
        expect(used.some((units) => total <= units)).toBe(true);
        expect(used.some((units) => total >= units)).toBe(true);
      }),
    );
  });
});

test('only Free without a payment method is capped; nothing is sold without a subscription', () => {
  expect(overflowsToPaid(catalogue, 'free', false)).toBe(false);
  expect(overflowsToPaid(catalogue, 'free', true)).toBe(true);
  for (const tier of TIERS.slice(1)) expect(overflowsToPaid(catalogue, tier, false)).toBe(true);
  expect(overflowsToPaid(catalogue, null, true)).toBe(false);
});
