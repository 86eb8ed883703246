import { describe, expect, test } from 'vitest';
import type { Charge } from '../../domain/subscriptions/events.ts';
import { change, charge, convert, given, renew, spec, type Tier, terms } from './support.ts';

const create = (
  now: string,
  tier: string,
  {
    billingCycle = 'monthly',
    trialDays = 0,
  }: { billingCycle?: 'monthly' | 'annual'; trialDays?: number } = {},
) => {
  const party = { customerId: 'acme', subscriptionId: 'sub-acme', currency: 'USD', taxRate: '0.08' };
  return {
    type: 'createSubscription',
    now,
    ...party,
    invoiceId: 'inv-1',
    tier,
    billingCycle,
    trialDays,
  } as const;
};

const started = (now: string, tier: Tier, first: Charge | null, trialEndsAt: string | null = null) => ({
  type: 'subscription.started' as const,
  data: { ...terms(tier, first?.billingCycle), trialEndsAt, charge: first },
  effectiveAt: now,
});

describe('sign-up', () => {
  test.each([
    ['at half of a 30-day month', 'growth', '2026-04-16T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '149.50'],
    ['at the first instant', 'growth', '2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '299.00'],
    ['a second later', 'growth', '2026-04-01T00:00:01.000Z', '2026-05-01T00:00:00.000Z', '299.00'],
    ['in the last second', 'enterprise', '2026-04-30T23:59:59.000Z', '2026-05-01T00:00:00.000Z', '0.00'],
    ['in the last millisecond', 'growth', '2026-04-30T23:59:59.999Z', '2026-05-01T00:00:00.000Z', '0.00'],
    ['at an odd instant', 'pro', '2026-03-10T12:34:56.789Z', '2026-04-01T00:00:00.000Z', '553.52'],
    ['at half of February', 'growth', '2026-02-15T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '149.50'],
    ['in a leap February', 'growth', '2028-02-15T00:00:00.000Z', '2028-03-01T00:00:00.000Z', '154.66'],
    ['at a tie, half to even', 'starter', '2026-04-30T18:00:00.000Z', '2026-05-01T00:00:00.000Z', '0.82'],
    ['in December', 'starter', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z', '3.19'],
  ] as const)('%s bills the rest of the calendar month to the second', (_when, tier, from, to, amount) => {
    const stub = charge(tier, { invoiceId: 'inv-1', kind: 'signup', from, to, amount });
    spec.when(create(from, tier)).thenEvents(started(from, tier, stub));
  });

  test('of an annual term bills all of it, to the same time of day a year later', () => {
    const from = '2026-04-16T10:20:30.000Z';
    const stretch = { from, to: '2027-04-16T10:20:30.000Z', amount: '2870.40' };
    const term = charge('growth', { invoiceId: 'inv-1', kind: 'signup', ...stretch }, 'annual');
    spec.when(create(from, 'growth', { billingCycle: 'annual' })).thenEvents(started(from, 'growth', term));
  });

  test('on Free bills nothing', () => {
    const now = '2026-04-16T00:00:00.000Z';
    spec.when(create(now, 'free')).thenEvents(started(now, 'free', null));
    expect(spec.when(create(now, 'free')).state()).toMatchObject({ status: 'active', charge: null });
  });

  test('is refused', () => {
    const now = '2026-04-16T00:00:00.000Z';
    spec.when(create(now, 'platinum')).thenRefused('unknown-tier', 'tier');
    spec.when(create(now, 'free', { trialDays: 14 })).thenRefused('trial-not-available', 'trialDays');
    spec.when(create(now, 'enterprise', { trialDays: 1 })).thenRefused('trial-not-available', 'trialDays');
    given({ now, tier: 'free' }).when(create(now, 'growth')).thenRefused('subscription-exists', 'customerId');
  });
});

describe('a trial', () => {
  const now = '2026-03-25T12:00:00.000Z';
  const ends = '2026-04-08T12:00:00.000Z';
  const trial = given({ now, tier: 'growth', trialDays: 14 });

  test('lasts days of 24 hours and bills nothing', () => {
    spec.when(create(now, 'growth', { trialDays: 14 })).thenEvents(started(now, 'growth', null, ends));
    trial.when(renew('2026-05-01T00:00:00.000Z')).thenNothing();
  });

  test.each([
    ['at its end', ends],
    ['when the job comes late', '2026-04-08T15:00:00.000Z'],
  ])('converts as of its end, %s', (_when, at) => {
    const stretch = { from: ends, to: '2026-05-01T00:00:00.000Z', amount: '224.25' };
    const first = charge('growth', { invoiceId: 'inv-conversion', kind: 'trial-conversion', ...stretch });
    const data = { ...terms('growth'), charge: first };
    trial.when(convert(at)).thenEvents({ type: 'subscription.trial_converted', data, effectiveAt: ends });
  });

  test('of an annual plan makes its end the anchor of the terms', () => {
    const annual = given({ now, tier: 'growth', trialDays: 14, billingCycle: 'annual' });
    const first = { from: ends, to: '2027-04-08T12:00:00.000Z', amount: '2870.40' };
    expect(annual.when(convert(ends)).state()).toMatchObject({ anchor: ends, charge: first });
  });

  test('converts once, and not before its end', () => {
    trial.when(convert('2026-04-08T11:59:59.999Z')).thenRefused('not-due');
    const converted = given({ now, tier: 'growth', trialDays: 14 }, convert(ends));
    converted.when(convert(ends)).thenRefused('not-due');
    given({ now, tier: 'growth' }).when(convert(ends)).thenRefused('not-due');
  });

  test('goes on through a change of tier in either direction, which moves no money', () => {
    for (const tier of ['pro', 'starter'] as const) {
      const at = '2026-04-01T00:00:00.000Z';
      const data = {
        ...terms(tier),
        fromTier: 'growth',
        charge: null,
        credit: null,
        settlement: 'none' as const,
      };
      trial.when(change(at, tier, 'now')).thenEvents({ type: 'subscription.changed', data, effectiveAt: at });
    }
    const changed = given(
      { now, tier: 'growth', trialDays: 14 },
      change('2026-04-01T00:00:00.000Z', 'starter', 'now'),
    );
    expect(changed.when(convert(ends)).state()).toMatchObject({
      status: 'active',
      tier: 'starter',
      charge: { from: ends, amount: '74.25' },
    });
  });

  test('ends with a change to Free, which has no trial', () => {
    const changed = trial.when(change('2026-04-01T00:00:00.000Z', 'free', 'now')).state();
    expect(changed).toMatchObject({ status: 'active', tier: 'free', trialEndsAt: null, charge: null });
  });

  test('with a change scheduled for its end converts to that tier, whoever comes first', () => {
    const scheduled = given(
      { now, tier: 'growth', trialDays: 14 },
      change('2026-04-01T00:00:00.000Z', 'starter'),
    );
    const events = scheduled.when(convert(ends)).events();
    expect(events.map(({ type, effectiveAt }) => [type, effectiveAt])).toEqual([
      ['subscription.changed', ends],
      ['subscription.trial_converted', ends],
    ]);
    expect(scheduled.when(convert(ends)).state()).toMatchObject({
      tier: 'starter',
      charge: { amount: '74.25' },
    });
    scheduled
      .given(...events)
      .when({ type: 'applyScheduledChange', now: ends })
      .thenRefused('not-due');
  });

  test('with Free scheduled for its end becomes Free and bills nothing', () => {
    const scheduled = given(
      { now, tier: 'growth', trialDays: 14 },
      change('2026-04-01T00:00:00.000Z', 'free'),
    );
    expect(scheduled.when(convert(ends)).state()).toMatchObject({
      status: 'active',
      tier: 'free',
      charge: null,
    });
  });

  test('that has ended is converted before anything changes', () => {
    trial.when(change(ends, 'pro')).thenRefused('not-due');
    trial.when(change(ends, 'starter', 'periodEnd')).thenRefused('not-due');
  });
});

test('without a subscription there is nothing to change', () => {
  const now = '2026-04-16T00:00:00.000Z';
  spec.when(change(now, 'pro')).thenRefused('subscription-not-found', 'customerId');
  spec.when(convert(now)).thenRefused('subscription-not-found');
  spec.when(renew(now)).thenRefused('subscription-not-found');
  spec.when({ type: 'applyScheduledChange', now }).thenRefused('subscription-not-found');
});
