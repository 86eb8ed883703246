import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METER_IDS } from '../../domain/catalogue/types.ts';
import {
  type Contribution,
  contributionOf,
  MAX_KEY_LENGTH,
  MAX_QUANTITY,
  type UsageInput,
} from '../../domain/metering/aggregation.ts';

const occurredAt = '2026-03-31T23:59:59.999Z';
const fact = (over: Partial<UsageInput> = {}): UsageInput => {
  return { eventType: 'event.tracked', metadata: {}, occurredAt, ...over };
};
const enrichment = (metadata: UsageInput['metadata'], over: Partial<UsageInput> = {}) =>
  fact({ eventType: 'profile.enriched', metadata, ...over });

function contribution(input: UsageInput): Contribution {
  const result = contributionOf(input);
  if ('refused' in result) throw new Error(result.detail);
  return result;
}

describe('COUNT and SUM meters', () => {
  test('add up the quantity, 1 if none is given', () => {
    expect(contributionOf(fact())).toEqual({ meter: 'event.tracked', quantity: 1n, uniqueKey: null });
    for (const eventType of METER_IDS.filter((id) => id !== 'profile.enriched')) {
      expect(contribution(fact({ eventType, quantity: 2_500 })).quantity, eventType).toBe(2_500n);
    }
    expect(contribution(fact({ quantity: '12' })).quantity).toBe(12n);
    expect(contribution(fact({ quantity: MAX_QUANTITY })).quantity).toBe(MAX_QUANTITY);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0n, -3n, '', '-1', '1e3', ' 1', '0'])(
    'refuse a quantity of %s',
    (quantity) => {
      expect(contributionOf(fact({ quantity }))).toMatchObject({ code: 'invalid-usage', field: 'quantity' });
    },
  );

  test('refuse more than a fact may carry', () => {
    expect(contributionOf(fact({ quantity: MAX_QUANTITY + 1n }))).toMatchObject({ field: 'quantity' });
  });
});

describe('UNIQUE_COUNT meters', () => {
  const keys = { profileId: 'p-1', provider: 'clearbit' };

  test('key is profile, provider and UTC day; each key counts once, whatever the quantity', () => {
    const expected = {
      meter: 'profile.enriched',
      quantity: 1n,
      uniqueKey: '["p-1","clearbit","2026-03-31"]',
    };
    expect(contributionOf(enrichment(keys))).toEqual(expected);
    expect(contributionOf(enrichment({ ...keys, other: true }, { quantity: 7 }))).toEqual(expected);
  });

  test('the next day is another key', () => {
    const next = contribution(enrichment(keys, { occurredAt: '2026-04-01T00:00:00.000Z' }));
    expect(next.uniqueKey).toBe('["p-1","clearbit","2026-04-01"]');
  });

  test('distinct keys never collide', () => {
    const text = fc.string({
      minLength: 1,
      maxLength: 6,
      unit: fc.constantFrom('"', ',', '\\', '[', 'a', '\u0000'),
    });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const one = contribution(enrichment({ profileId: a, provider: b })).uniqueKey;
        expect(contribution(enrichment({ profileId: c, provider: d })).uniqueKey).not.toBe(one);
      }),
    );
  });

  test('a number is the same key as its text', () => {
    const number = contribution(enrichment({ ...keys, profileId: 42 }));
    expect(number).toEqual(contribution(enrichment({ ...keys, profileId: '42' })));
  });

  test('a fact without its keys is refused by name, a pre-aggregated one too', () => {
    expect(contributionOf(enrichment({ provider: 'clearbit' }, { quantity: 22_500 }))).toMatchObject({
      code: 'invalid-usage',
      field: 'metadata.profileId',
    });
    for (const provider of [undefined, null, '', {}, true, 1.5, 'x'.repeat(MAX_KEY_LENGTH + 1)]) {
      expect(contributionOf(enrichment({ profileId: 'p', provider }))).toMatchObject({
        field: 'metadata.provider',
      });
    }
    const inherited: Record<string, unknown> = Object.create(keys);
    expect(contributionOf(enrichment(inherited))).toMatchObject({ field: 'metadata.profileId' });
  });
});

test('an unknown event type is refused', () => {
  for (const eventType of ['event.unknown', '', 'constructor', 'Event.Tracked']) {
    expect(contributionOf(fact({ eventType }))).toMatchObject({
      code: 'unknown-event-type',
      field: 'eventType',
    });
  }
});
