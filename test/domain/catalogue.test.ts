import { describe, expect, test } from 'vitest';
import {
  type Catalogue,
  catalogueAt,
  catalogueHistory,
  catalogueVersion,
  hasFlag,
  isMeterId,
  isTier,
  limitOf,
  priceOf,
  tierName,
  tierRank,
} from '../../domain/catalogue/catalogue.ts';
import {
  type Aggregation,
  METER_IDS,
  type PriceModel,
  TIERS,
  type Tier,
} from '../../domain/catalogue/types.ts';
import { decimal } from '../../domain/kernel/money.ts';
import reference from '../fixtures/catalogue.json' with { type: 'json' };

const catalogue = catalogueAt('2026-01-01T00:00:00.000Z');
const byTier = (value: (tier: Tier) => unknown) =>
  Object.fromEntries(TIERS.map((tier) => [tier, value(tier)]));

describe('the catalogue equals the reference', () => {
  test('tiers in order, with prices, trial days and overage rules', () => {
    const ours = TIERS.map((id) => {
      const { price, trialDays, overage } = catalogue.tiers[id];
      return {
        id,
        price: Number(price.monthly),
        annual: Number(price.annual),
        trial_days: trialDays,
        overage,
      };
    });
    const theirs = reference.tiers.map(({ id, price, annual, trial_days, overage }) => {
      return { id, price, annual: Number(annual), trial_days, overage };
    });
    expect(ours).toEqual(theirs);
  });

  test('an annual term costs twelve months less 20 %', () => {
    for (const tier of TIERS) {
      const expected = decimal(priceOf(catalogue, tier, 'monthly'))
        .times(12)
        .times('0.8')
        .toFixed(2);
      expect(priceOf(catalogue, tier, 'annual')).toBe(expected);
    }
  });

  test('7 limits', () => {
    const ours = Object.entries(catalogue.limits).map(([id, { label, kind }]) => {
      const values = byTier((tier) => {
        const value = limitOf(catalogue, tier, id as keyof Catalogue['limits']);
        return value === 'unlimited' ? value : Number(value);
      });
      return { id, label, kind, values };
    });
    expect(ours).toHaveLength(7);
    expect(ours).toEqual(reference.limits);
  });

  test('10 meters', () => {
    const ours = METER_IDS.map((id) => {
      const { unit, aggregation, price, allowance, limit } = catalogue.meters[id];
      const allow = byTier((tier) => Number(allowance[tier]));
      return { id, unit, agg: aggregationText(aggregation), model: modelText(price), allow, limit };
    });
    const theirs = reference.meters.map(({ id, unit, agg, model, allow, limit }) => {
      return { id, unit, agg, model: model.replace(/ \(.*?\)/, ''), allow, limit };
    });
    expect(ours).toHaveLength(10);
    expect(ours).toEqual(theirs);
    expect(Object.keys(catalogue.meters)).toEqual([...METER_IDS]);
  });

  test('list unit price of each meter', () => {
    for (const { id, price } of reference.meters) {
      if (!isMeterId(id)) throw new Error(`not a meter: ${id}`);
      expect(listPrice(catalogue.meters[id].price), id).toBe(decimal(price).toFixed());
    }
  });

  test('47 flags, with the cumulative counts 9, 14, 23, 37 and 47', () => {
    const ours = Object.entries(catalogue.flags).map(([id, flag]) => {
      return { id, category: flag.category, tiers: [...flag.tiers], note: 'note' in flag ? flag.note : null };
    });
    expect(ours).toEqual(reference.flags);
    const flags = Object.keys(catalogue.flags) as (keyof typeof catalogue.flags)[];
    const counts = TIERS.map((tier) => flags.filter((flag) => hasFlag(catalogue, tier, flag)).length);
    expect(counts).toEqual([9, 14, 23, 37, 47]);
  });

  test('a meter and its limit name each other', () => {
    for (const [id, limit] of Object.entries(catalogue.limits)) {
      if (limit.kind === 'metered') expect(catalogue.meters[limit.meter].limit).toBe(id);
    }
    const metered = Object.values(catalogue.limits).filter((limit) => limit.kind === 'metered');
    expect(METER_IDS.filter((id) => catalogue.meters[id].limit !== null)).toHaveLength(metered.length);
  });
});

describe('versions', () => {
  const next: Catalogue = { ...catalogue, id: '2027-01', effectiveFrom: '2027-01-01T00:00:00.000Z' };
  const history = catalogueHistory([catalogue, next]);

  test('a version holds from its instant until the next one', () => {
    expect(history.at('2026-12-31T23:59:59.999Z').id).toBe(catalogue.id);
    expect(history.at('2027-01-01T00:00:00.000Z').id).toBe('2027-01');
    expect(history.at('2031-01-01T00:00:00.000Z').id).toBe('2027-01');
  });

  test('a customer keeps the version it bought', () => {
    expect(history.version(catalogue.id)).toBe(catalogue);
    expect(catalogueVersion('2026-01').id).toBe('2026-01');
    expect(() => catalogueVersion('1999-01')).toThrow(RangeError);
  });

  test('no version before the first', () => {
    expect(() => catalogueHistory([next]).at('2026-12-31T23:59:59.999Z')).toThrow(RangeError);
    expect(catalogueAt('1970-01-01T00:00:00.000Z').id).toBe('2026-01');
  });

  test('versions out of order or with one id twice are refused', () => {
    expect(() => catalogueHistory([next, catalogue])).toThrow(/come after/);
    expect(() => catalogueHistory([catalogue, { ...next, id: catalogue.id }])).toThrow(/distinct/);
  });
});

test('a tier has a name for people', () => {
  expect(TIERS.map(tierName)).toEqual(['Free', 'Starter', 'Growth', 'Pro', 'Enterprise']);
});

test('tier ranks ascend with the price; unknown names are not tiers', () => {
  expect(TIERS.map(tierRank)).toEqual([0, 1, 2, 3, 4]);
  const prices = TIERS.map((tier) => Number(priceOf(catalogue, tier, 'monthly')));
  expect(prices.toSorted((a, b) => a - b)).toEqual(prices);
  expect(isTier('growth')).toBe(true);
  expect(isTier('platinum')).toBe(false);
  expect(isTier('toString')).toBe(false);
  expect(isMeterId('toString')).toBe(false);
});

function aggregationText(aggregation: Aggregation): string {
  switch (aggregation.kind) {
    case 'COUNT':
      return 'COUNT';
    case 'SUM':
      return `SUM(${aggregation.of})`;
    case 'UNIQUE_COUNT':
      return `UNIQUE_COUNT(${[...aggregation.keys, aggregation.window].join(', ')})`;
  }
}

function listPrice(model: PriceModel): string {
  switch (model.kind) {
    case 'standard':
      return decimal(model.unitPrice).toFixed();
    case 'package':
      return decimal(model.price).div(model.size.toString()).toFixed();
    default:
      return decimal(model.tiers[0]?.unitPrice ?? '0').toFixed();
  }
}

/** The model in the words of the reference. */
function modelText(model: PriceModel): string {
  switch (model.kind) {
    case 'standard':
      return 'standard';
    case 'package':
      return `package: $${model.price} per started ${model.size.toLocaleString('en')} rows`;
    case 'volume': {
      const parts = model.tiers.map(({ upTo, unitPrice }, index) => {
        const range = upTo === null ? `>${short(model.tiers[index - 1]?.upTo)}` : `<=${short(upTo)}`;
        return `${range} ${unitPrice}`;
      });
      return `volume: ${parts.join('; ')}`;
    }
    case 'graduated': {
      const parts = model.tiers.map(({ upTo, unitPrice }, index) => {
        const below = model.tiers[index - 1]?.upTo ?? 0n;
        return `${upTo === null ? `>${short(below)}` : `${lower(below)}-${short(upTo)}`} ${unitPrice}`;
      });
      return `graduated: ${parts.join('; ')}`;
    }
  }
}

function short(units: bigint | null | undefined): string {
  if (units === null || units === undefined) return '';
  if (units % 1_000_000n === 0n) return `${units / 1_000_000n}M`;
  return units % 100_000n === 0n ? `${units / 1_000n}k` : units.toLocaleString('en');
}

/** The reference counts briefs from 101 and everything else from the round number. */
function lower(below: bigint): string {
  if (below === 0n) return '0';
  return below < 1_000n ? (below + 1n).toString() : short(below);
}
