import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstCatalogue } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, type MeterId, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { recommendUpgrade } from '../../domain/entitlements/recommendation.ts';
import type { UsedMonth } from '../../domain/entitlements/tier-costs.ts';
import { decimal, toMicros } from '../../domain/kernel/money.ts';
import type { PriceTerms } from '../../domain/metering/price.ts';
import { MINIMUM_COMMITMENT, ratingDecider } from '../../domain/metering/rating-decider.ts';
import {
  commitmentIn,
  noUsageTerms,
  overrideIn,
  type UsageTerms,
} from '../../domain/metering/usage-terms.ts';
import type { Contract } from '../../domain/subscriptions/events.ts';
import { decided } from '../support/events.ts';
import { input, month, worked } from './recommendation-support.ts';

const standard = (unitPrice: string): PriceTerms => ({ kind: 'standard', unitPrice });
const priced = (eventType: MeterId, price: PriceTerms): UsageTerms => ({
  ...noUsageTerms,
  prices: [{ eventType, from: '2026-01', price }],
});
const committed = (amount: string | null): UsageTerms => ({
  ...noUsageTerms,
  commitments: [{ from: '2026-01', amount }],
});
const contract: Contract = {
  contractId: 'ctr-1',
  price: '5000.00',
  allowances: { 'sms.sent': '10000' },
  limits: {},
  commitment: '800.00',
};

const costs = (tier: Tier, quantities: UsedMonth['quantities'], more: Parameters<typeof input>[2]) =>
  recommendUpgrade(input(tier, [month('2026-02', quantities)], more)).months[0] ?? expect.unreachable();

describe('a price of the customer’s own', () => {
  test('is the one that is rated, on the own plan and on every higher tier', () => {
    const agreed = priced('profile.enriched', standard('0.01'));
    const found = recommendUpgrade(input('growth', [month('2026-02', worked)], { agreed }));
    // 20,000 enrichments above Growth at 0.01 for 0.02: 1,625 − 200; 7,500 above Pro: 280 − 75.
    expect(found.months[0]).toMatchObject({
      now: { fee: '299.00', overage: '1425.00', total: '1724.00' },
      higher: [
        { tier: 'pro', overage: '205.00', total: '1004.00', saving: '720.00' },
        { tier: 'enterprise', overage: '0.00', total: '2999.00', saving: '-1275.00' },
      ],
    });
    expect(found).toMatchObject({ tier: 'pro', saving: '720.00' });
    const lines = found.months[0]?.higher[0]?.lines ?? [];
    expect(lines.filter(({ ownPrice }) => ownPrice)).toEqual([
      {
        meter: 'profile.enriched',
        quantity: 22_500n,
        included: 15_000n,
        billable: 7_500n,
        ownPrice: true,
        amount: '75.00',
      },
    ]);
  });

  test('can make staying the better deal', () => {
    const used = month('2026-02', { 'prediction.scored': 220_000n, 'email.sent': 250_000n });
    // Growth 299 + 500 + 160 against Pro 799 + 50.
    expect(recommendUpgrade(input('growth', [used]))).toMatchObject({ tier: 'pro', saving: '110.00' });
    // At 0.001 for 0.0025 a score: Growth 299 + 200 + 160 against Pro 799 + 20.
    const agreed = priced('prediction.scored', standard('0.001'));
    const found = recommendUpgrade(input('growth', [used], { agreed }));
    expect(found).toMatchObject({ tier: null, whyNot: 'cheaper-as-it-is' });
    expect(found.months[0]?.higher[0]).toMatchObject({ tier: 'pro', total: '819.00', saving: '-160.00' });
  });

  test('holds in its months alone, and ends with the entry that ends it', () => {
    const agreed: UsageTerms = {
      ...noUsageTerms,
      prices: [
        { eventType: 'sms.sent', from: '2026-01', price: standard('0.02') },
        { eventType: 'sms.sent', from: '2026-03', price: null },
      ],
    };
    const months = ['2025-12', '2026-01', '2026-02', '2026-03'].map((of) =>
      month(of, { 'sms.sent': 1_000n }),
    );
    const found = recommendUpgrade(input('growth', months, { agreed }));
    expect(found.months.map(({ now }) => now.overage)).toEqual(['12.00', '20.00', '20.00', '12.00']);
    expect(found.months.map(({ higher }) => higher[0]?.overage)).toEqual([
      '12.00',
      '20.00',
      '20.00',
      '12.00',
    ]);
  });
});

describe('a minimum commitment', () => {
  test('tops up the usage of each tier, so that a greater allowance is worth the less', () => {
    const { now, higher } = costs('growth', worked, { agreed: committed('1000.00') });
    expect(now).toMatchObject({
      overage: '1625.00',
      commitment: { committed: '1000.00', shortfall: '0.00' },
      total: '1924.00',
    });
    // Pro: 799 + 280 + 720; Enterprise: 2,999 + 1,000. Without it Pro saves 845.
    expect(higher).toMatchObject([
      { commitment: { committed: '1000.00', shortfall: '720.00' }, total: '1799.00', saving: '125.00' },
      { commitment: { committed: '1000.00', shortfall: '1000.00' }, total: '3999.00', saving: '-2075.00' },
    ]);
    const used = [month('2026-02', worked)];
    const dearer = recommendUpgrade(input('growth', used, { agreed: committed('1200.00') }));
    // 799 + 1,200 is more than 1,924.
    expect(dearer).toMatchObject({ tier: null, whyNot: 'cheaper-as-it-is' });
  });

  test('is met by usage to the micro and rounded by itself, as a line of an invoice', () => {
    const { now } = costs('growth', { 'event.tracked': 5_000_001n }, { agreed: committed('500.00') });
    // 500 − 0.00001.
    expect(now).toMatchObject({
      overage: '0.00',
      commitment: { committed: '500.00', shortfall: '500.00' },
      total: '799.00',
    });
  });

  test('of nobody shows nowhere', () => {
    expect(costs('growth', worked, {}).now.commitment).toBeNull();
    expect(costs('growth', worked, { agreed: committed(null) }).now.commitment).toBeNull();
  });
});

describe('a contract', () => {
  const used = { 'sms.sent': 15_000n };
  const more = { contract, price: contract.price };

  test('has allowances and a commitment of its own', () => {
    // 5,000 at 0.012 are 60, and 740 are left of 800.
    expect(costs('enterprise', used, more).now).toMatchObject({
      fee: '5000.00',
      overage: '60.00',
      commitment: { committed: '800.00', shortfall: '740.00' },
      total: '5800.00',
      lines: [{ meter: 'sms.sent', included: 10_000n, billable: 5_000n }],
    });
  });

  test('stands behind the customer’s own commitment', () => {
    const agreed = committed('100.00');
    expect(costs('enterprise', used, { ...more, agreed }).now).toMatchObject({
      commitment: { committed: '100.00', shortfall: '40.00' },
      total: '5100.00',
    });
  });
});

describe('a coupon', () => {
  const coupon = { couponId: 'half', percentOff: '50', months: null, from: '2026-03-01T00:00:00.000Z' };
  const found = (until: string | null) =>
    costs('growth', worked, { price: '149.50', coupon: { ...coupon, until } }).higher.map(({ fee }) => fee);

  test('lowers the fee of a higher tier as well, as long as it holds', () => {
    expect(found(null)).toEqual(['399.50', '1499.50']);
    expect(found('2026-03-10T00:00:00.000Z')).toEqual(['799.00', '2999.00']);
  });
});

describe('whatever was agreed and used', () => {
  const unitPrice = fc.integer({ min: 0, max: 5_000_000 }).map((n) => (n / 1_000_000).toFixed(6));
  const tiers = fc.tuple(fc.bigInt(1n, 1_000n), unitPrice, unitPrice).map(([upTo, first, then]) => [
    { upTo: `${upTo}`, unitPrice: first },
    { upTo: null, unitPrice: then },
  ]);
  const price = fc.oneof(
    unitPrice.map(standard),
    fc
      .tuple(fc.bigInt(1n, 999n), unitPrice)
      .map(([size, of]): PriceTerms => ({ kind: 'package', size: `${size}`, price: of })),
    tiers.map((of): PriceTerms => ({ kind: 'graduated', tiers: of })),
    tiers.map((of): PriceTerms => ({ kind: 'volume', tiers: of })),
  );
  const from = fc.constantFrom('2025-12', '2026-01', '2026-02', '2026-03');
  const cents = fc.integer({ min: 1, max: 1_000_000 }).map((n) => (n / 100).toFixed(2));
  const inOrder = <Entry extends { from: string }>(entries: Entry[]) =>
    entries.toSorted((a, b) => a.from.localeCompare(b.from));
  const agreement: fc.Arbitrary<UsageTerms> = fc.record({
    prices: fc
      .array(fc.record({ eventType: fc.constantFrom(...METER_IDS), from, price: fc.option(price) }))
      .map(inOrder),
    commitments: fc.array(fc.record({ from, amount: fc.option(cents) }), { maxLength: 2 }).map(inOrder),
    alerts: fc.constant([]),
  });
  const units = fc.oneof(fc.bigInt(0n, 3_000n), fc.bigInt(0n, 30_000_000n));
  const byMeter = fc.record(
    Object.fromEntries(METER_IDS.map((meter) => [meter, units])) as Record<MeterId, typeof units>,
    { requiredKeys: [] },
  );
  const contracts: fc.Arbitrary<Contract> = fc.record({
    contractId: fc.constant('ctr-1'),
    price: cents,
    allowances: byMeter.map((of) =>
      Object.fromEntries(Object.entries(of).map(([meter, count]) => [meter, `${count}`])),
    ),
    limits: fc.constant({}),
    commitment: fc.option(cents),
  });

  test('each month costs what rating bills for it, on the own tier and on those above', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TIERS),
        fc.option(contracts),
        agreement,
        byMeter,
        fc.boolean(),
        (tier, deal, agreed, quantities, paymentMethod) => {
          const bought = tier === 'enterprise' ? deal : null;
          const { now, higher } = costs(tier, quantities, { contract: bought, agreed, paymentMethod });
          for (const cost of [now, ...higher]) {
            const own = cost.tier === tier;
            const overflow = own ? tier !== 'free' || paymentMethod : true;
            const lines = billed(cost.tier, quantities, agreed, own ? bought : null, overflow);
            const shown = cost.lines.map(({ meter, amount }) => [meter, amount] as const);
            const topUp = [[MINIMUM_COMMITMENT, cost.commitment?.shortfall ?? '0.00']] as const;
            const paid = [...shown, ...topUp].filter(([, amount]) => amount !== '0.00');
            expect(paid).toEqual(lines.filter(([, amount]) => amount !== '0.00'));
            const sum = lines.reduce((total, [, amount]) => total.plus(amount), decimal(cost.fee));
            expect(cost.total).toBe(sum.toFixed(2));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  /** The usage lines of February's invoice: meters in order, the commitment last. */
  function billed(
    tier: Tier,
    quantities: UsedMonth['quantities'],
    agreed: UsageTerms,
    deal: Contract | null,
    overflow: boolean,
  ): (readonly [string, string])[] {
    const of = '2026-02';
    const totals = METER_IDS.map((meter) => {
      const { allowance, price: list } = firstCatalogue.meters[meter];
      return {
        meter,
        quantity: quantities[meter] ?? 0n,
        included: BigInt(deal?.allowances[meter] ?? allowance[tier]),
        price: overrideIn(agreed, meter, of) ?? list,
      };
    });
    const commitment = toMicros(commitmentIn(agreed, of) ?? deal?.commitment ?? '0');
    const common = { now: '2026-03-01T00:00:00.000Z', customerId: 'acme', month: of } as const;
    const counted = { currency: 'USD', countedThrough: 1, totals, invoiceFinal: false, overflow, commitment };
    const events = decided(ratingDecider, [
      { type: 'accrueUsage', ...common, ...counted },
      { type: 'billUsage', ...common, invoiceId: 'inv-february', period: of },
    ]);
    return events.flatMap((event) =>
      event.type === 'usage.billed' ? event.data.lines.map((line) => [line.meter, line.billed] as const) : [],
    );
  }
});
