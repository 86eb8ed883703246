import { describe, expect, test } from 'vitest';
import type { PriceTerms } from '../../domain/metering/price.ts';
import {
  commitmentIn,
  overrideIn,
  type UsageTermsCommand,
  usageTermsDecider,
} from '../../domain/metering/usage-terms.ts';
import { specification } from '../support/decider-spec.ts';
import { decided } from '../support/events.ts';

const spec = specification(usageTermsDecider);
const now = '2026-03-10T12:00:00.000Z';
const customerId = 'acme';
const standard = (unitPrice: string): PriceTerms => ({ kind: 'standard', unitPrice });

const override = (price: PriceTerms | null, from: string, eventType = 'sms.sent'): UsageTermsCommand => ({
  type: 'setPriceOverride',
  now,
  customerId,
  eventType,
  price,
  from,
});
const commit = (amount: string | null, from: string): UsageTermsCommand => ({
  type: 'setMinimumCommitment',
  now,
  customerId,
  amount,
  currency: 'USD',
  from,
});
const given = (...commands: UsageTermsCommand[]) => spec.given(...decided(usageTermsDecider, commands));
const stateAfter = (...commands: UsageTermsCommand[]) => {
  const events = decided(usageTermsDecider, commands);
  return events.reduce(usageTermsDecider.evolve, usageTermsDecider.initialState);
};

describe('a price override', () => {
  test('is recorded as it was agreed', () => {
    const price: PriceTerms = { kind: 'package', size: '100', price: '1.5' };
    spec.when(override(price, '2026-02')).thenEvents({
      type: 'usage.price_overridden',
      data: { customerId, eventType: 'sms.sent', price, from: '2026-02' },
      effectiveAt: now,
    });
  });

  test('said again, or ended where there is none, changes nothing', () => {
    given(override(standard('0.01'), '2026-02'))
      .when(override(standard('0.01'), '2026-05'))
      .thenNothing();
    spec.when(override(null, '2026-02')).thenNothing();
  });

  test('holds from its month to the next entry’s, whatever the order in which they were made', () => {
    const state = stateAfter(
      override(standard('3'), '2026-06'),
      override(standard('1'), '2026-02'),
      override(null, '2026-04'),
      override(standard('2'), '2026-02'),
    );
    const prices = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2030-01'].map(
      (month) => overrideIn(state, 'sms.sent', month),
    );
    const two = { kind: 'standard', unitPrice: '2' };
    const three = { kind: 'standard', unitPrice: '3' };
    expect(prices).toEqual([undefined, two, two, undefined, undefined, three, three]);
    expect(overrideIn(state, 'email.sent', '2026-03')).toBeUndefined();
  });

  test.each<[string, PriceTerms]>([
    ['a package of nothing', { kind: 'package', size: '0', price: '1' }],
    ['tiers without an open end', { kind: 'volume', tiers: [{ upTo: '5', unitPrice: '1' }] }],
    [
      'tiers that do not ascend',
      {
        kind: 'graduated',
        tiers: [
          { upTo: '5', unitPrice: '1' },
          { upTo: '5', unitPrice: '2' },
          { upTo: null, unitPrice: '3' },
        ],
      },
    ],
  ])('of %s is refused', (_what, price) => {
    spec.when(override(price, '2026-02')).thenRefused('invalid-price', 'price');
  });

  test('of no meter is refused', () => {
    spec.when(override(standard('1'), '2026-02', 'no.such')).thenRefused('unknown-event-type', 'eventType');
  });
});

describe('a minimum commitment', () => {
  test('holds from its month on, until it is ended', () => {
    const state = stateAfter(commit('500', '2026-02'), commit('700.5', '2026-04'), commit(null, '2026-06'));
    const amounts = ['2026-01', '2026-02', '2026-04', '2026-06'].map((month) => commitmentIn(state, month));
    expect(amounts).toEqual([undefined, '500.00', '700.50', undefined]);
  });

  test('said again changes nothing; of nothing or of parts of a cent it is refused', () => {
    given(commit('500', '2026-02')).when(commit('500.00', '2026-03')).thenNothing();
    for (const amount of ['0', '-1', '0.001'])
      spec.when(commit(amount, '2026-02')).thenRefused('invalid-amount', 'amount');
  });
});

describe("an alert threshold of one's own", () => {
  const alert = (value: string | null): UsageTermsCommand => ({
    type: 'setUsageAlert',
    now,
    customerId,
    eventType: 'sms.sent',
    threshold: value === null ? null : { unit: 'units', value },
  });

  test('takes the place of the one before; null ends it', () => {
    const own = { eventType: 'sms.sent', threshold: { unit: 'units', value: '20' } };
    expect(stateAfter(alert('10'), alert('20')).alerts).toEqual([own]);
    expect(stateAfter(alert('10'), alert(null)).alerts).toEqual([]);
    spec.when(alert(null)).thenNothing();
    given(alert('10')).when(alert('10')).thenNothing();
  });
});
