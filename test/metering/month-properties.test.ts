import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PriceModel, PriceTier } from '../../domain/catalogue/types.ts';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import {
  MINIMUM_COMMITMENT,
  type RatingCommand,
  ratingDecider,
} from '../../domain/metering/rating-decider.ts';
import { decided } from '../support/events.ts';

const month = '2026-02';
const inside = '2026-02-20T00:00:00.000Z';
const after = '2026-03-05T00:00:00.000Z';

const unitPrice = fc.integer({ min: 0, max: 5_000_000 }).map((n) => (n / 1_000_000).toFixed(6));
const tiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
    fc.array(unitPrice, { minLength: 4, maxLength: 4 }),
  )
  .map(([ends, prices]): PriceTier[] =>
    [...ends.toSorted((a, b) => a - b).map(BigInt), null].map((upTo, index) => ({
      upTo,
      unitPrice: prices[index] ?? '0',
    })),
  );
const price: fc.Arbitrary<PriceModel> = fc.oneof(
  unitPrice.map((of) => ({ kind: 'standard' as const, unitPrice: of })),
  fc.tuple(fc.bigInt(1n, 9n), unitPrice).map(([size, of]) => ({ kind: 'package' as const, size, price: of })),
  tiers.map((list) => ({ kind: 'graduated' as const, tiers: list })),
  tiers.map((list) => ({ kind: 'volume' as const, tiers: list })),
);

/** What can happen to a month, in any order: facts, corrections, another price or allowance, another commitment. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('used' as const), units: fc.integer({ min: -15, max: 30 }) }),
  fc.record({ kind: fc.constant('priced' as const), price }),
  fc.record({ kind: fc.constant('included' as const), units: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ kind: fc.constant('committed' as const), cents: fc.integer({ min: 0, max: 5_000 }) }),
  fc.record({ kind: fc.constant('over' as const) }),
);

interface Month {
  quantity: number;
  included: number;
  price: PriceModel;
  /** Micros. */
  commitment: number;
  over: boolean;
}

/** Unit by unit, on plain numbers of micros: shares no arithmetic with the code under test. */
function fromScratch({ quantity, included, price: of, commitment, over }: Month): [number, number] {
  const micros = (text: string) => Math.round(Number(text) * 1e6);
  const paid = Math.max(0, quantity - included);
  const tierOf = (list: readonly PriceTier[], unit: number) =>
    list.find(({ upTo }) => upTo === null || unit <= Number(upTo))?.unitPrice ?? expect.unreachable();
  let amount = 0;
  for (let unit = 1; unit <= paid; unit += 1) {
    if (of.kind === 'standard') amount += micros(of.unitPrice);
    if (of.kind === 'package' && (unit - 1) % Number(of.size) === 0) amount += micros(of.price);
    if (of.kind === 'graduated') amount += micros(tierOf(of.tiers, unit));
    if (of.kind === 'volume') amount += micros(tierOf(of.tiers, paid));
  }
  return [amount, over ? Math.max(0, commitment - amount) : 0];
}

describe('a month in which anything happens in any order', () => {
  test('is accrued exactly as if it were rated at once at its end', () => {
    fc.assert(
      fc.property(price, fc.array(happening, { minLength: 1, maxLength: 25 }), (first, happenings) => {
        const now: Month = { quantity: 0, included: 5, price: first, commitment: 0, over: false };
        const commands = happenings.map((one, index): RatingCommand => {
          if (one.kind === 'used') now.quantity += one.units;
          else if (one.kind === 'priced') now.price = one.price;
          else if (one.kind === 'included') now.included = one.units;
          else if (one.kind === 'committed') now.commitment = one.cents * 10_000;
          else now.over = true;
          const total = {
            meter: 'sms.sent',
            quantity: BigInt(now.quantity),
            included: BigInt(now.included),
            price: now.price,
          };
          return {
            type: 'accrueUsage',
            now: now.over ? after : inside,
            customerId: 'acme',
            month,
            currency: 'USD',
            countedThrough: index,
            totals: [total],
            invoiceFinal: false,
            overflow: true,
            commitment: BigInt(now.commitment),
          };
        });
        const sums = new Map<string, bigint>();
        for (const event of decided(ratingDecider, commands)) {
          if (event.type !== 'usage.accrued') continue;
          for (const { meter, delta } of event.data.lines)
            sums.set(meter, (sums.get(meter) ?? 0n) + toMicros(delta));
        }
        const [amount, shortfall] = fromScratch(now);
        expect(fromMicros(sums.get('sms.sent') ?? 0n)).toBe(fromMicros(BigInt(amount)));
        expect(fromMicros(sums.get(MINIMUM_COMMITMENT) ?? 0n)).toBe(fromMicros(BigInt(shortfall)));
      }),
      { numRuns: 1_000 },
    );
  });
});
