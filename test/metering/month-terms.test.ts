import { describe, expect, test } from 'vitest';
import { committedMicros, meterTerms, monthTerms } from '../../domain/metering/month-terms.ts';
import { noUsageTerms, type UsageTerms } from '../../domain/metering/usage-terms.ts';
import type { Stretch } from '../../domain/subscriptions/stretches.ts';

const stretch = (from: string, to: string | null, more: Partial<Stretch> = {}): Stretch => ({
  tier: 'growth',
  from,
  to,
  counts: true,
  catalogueVersion: '2026-01',
  contract: null,
  ...more,
});
const noContract = { contractId: 'con_1', price: '5000.00', allowances: {}, limits: {}, commitment: null };
const committed: UsageTerms = { ...noUsageTerms, commitments: [{ from: '2026-01', amount: '310.00' }] };
const commitment = (stretches: readonly Stretch[], month: string, agreed = committed) =>
  committedMicros(monthTerms(stretches, month, true, agreed));

describe('a commitment', () => {
  test('is prorated by the seconds that count, in any month', () => {
    const whole = [stretch('2020-01-01T00:00:00.000Z', null)];
    for (const month of ['2026-02', '2028-02', '2026-12'])
      expect(commitment(whole, month)).toBe(310_000_000n);
    expect(commitment([stretch('2026-03-16T12:00:00.000Z', null)], '2026-03')).toBe(155_000_000n);
    // A leap February has 29 days: one of them is 310 / 29.
    expect(commitment([stretch('2028-02-29T00:00:00.000Z', null)], '2028-02')).toBe(10_689_655n);
    expect(commitment([stretch('2026-02-28T00:00:00.000Z', null)], '2026-02')).toBe(11_071_429n);
  });

  test('asks nothing of a trial, a pause, or the time before', () => {
    const half = '2026-03-16T12:00:00.000Z';
    const trial = [stretch('2026-03-01T00:00:00.000Z', half, { counts: false }), stretch(half, null)];
    expect(commitment(trial, '2026-03')).toBe(155_000_000n);
    expect(commitment([], '2026-03')).toBe(0n);
    expect(commitment(trial, '2025-12')).toBe(0n);
  });

  test("a contract's holds for its time; the customer's own goes before it", () => {
    const half = '2026-03-16T12:00:00.000Z';
    const contract = { ...noContract, commitment: '620.00' };
    const stretches = [
      stretch('2026-03-01T00:00:00.000Z', half),
      stretch(half, null, { tier: 'enterprise', contract }),
    ];
    expect(commitment(stretches, '2026-03', noUsageTerms)).toBe(310_000_000n);
    expect(commitment(stretches, '2026-03')).toBe(310_000_000n);
    expect(commitment(stretches, '2026-04', noUsageTerms)).toBe(620_000_000n);
    expect(commitment(stretches, '2026-04')).toBe(310_000_000n);
  });
});

describe('allowance and price', () => {
  test("a contract's allowance takes the place of the plan's, for its time", () => {
    const half = '2026-04-16T00:00:00.000Z';
    const contract = { ...noContract, allowances: { 'email.sent': '300000' } };
    const terms = monthTerms(
      [stretch('2026-04-01T00:00:00.000Z', half), stretch(half, null, { contract })],
      '2026-04',
      true,
    );
    expect(meterTerms('email.sent', terms).included).toBe(175_000n);
    expect(meterTerms('api.called', terms).included).toBe(1_000_000n);
  });

  test('the price is the customer’s own where there is one, else that of the plan version', () => {
    const agreed: UsageTerms = {
      ...noUsageTerms,
      prices: [{ eventType: 'sms.sent', from: '2026-04', price: { kind: 'standard', unitPrice: '0.05' } }],
    };
    const stretches = [stretch('2026-01-01T00:00:00.000Z', null, { catalogueVersion: '2026-01' })];
    const priceIn = (month: string) =>
      meterTerms('sms.sent', monthTerms(stretches, month, true, agreed)).price;
    expect(priceIn('2026-03')).toEqual({ kind: 'standard', unitPrice: '0.012' });
    expect(priceIn('2026-04')).toEqual({ kind: 'standard', unitPrice: '0.05' });
  });

  test('a plan version that the program does not know stops the rating', () => {
    const stretches = [stretch('2026-01-01T00:00:00.000Z', null, { catalogueVersion: '1999' })];
    expect(() => monthTerms(stretches, '2026-03', true)).toThrow(RangeError);
  });
});
