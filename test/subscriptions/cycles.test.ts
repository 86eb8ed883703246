import { describe, expect, test } from 'vitest';
import { applyScheduled, change, given, renew } from './support.ts';

const half = '2026-04-16T00:00:00.000Z';
const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const monthly = { now: april.from, tier: 'growth' };
const annual = (now: string) => ({ now, tier: 'growth', billingCycle: 'annual' }) as const;

const cycle = (
  now: string,
  billingCycle: 'monthly' | 'annual',
  effectiveAt: 'now' | 'periodEnd' | null = null,
  tier = 'growth',
) => ({ ...change(now, tier, effectiveAt), billingCycle });

describe('from months to years', () => {
  test('now, by default: the term begins and counts from that instant', () => {
    const outcome = given(monthly).when(cycle(half, 'annual'));
    expect(outcome.events()[0]?.data).toMatchObject({
      billingCycle: 'annual',
      price: '2870.40',
      charge: { from: half, to: '2027-04-16T00:00:00.000Z', amount: '2870.40' },
      credit: { invoiceId: 'inv-acme-1', amount: '149.50' },
      settlement: 'invoice',
    });
    expect(outcome.state()).toMatchObject({ anchor: half });
  });

  test('at the end of the month: the term begins with the next one', () => {
    const asked = given(monthly, cycle(half, 'annual', 'periodEnd'));
    expect(asked.when(renew(april.to)).state()).toMatchObject({
      billingCycle: 'annual',
      anchor: april.to,
      charge: { from: april.to, to: '2027-05-01T00:00:00.000Z', amount: '2870.40' },
    });
    const applied = given(monthly, cycle(half, 'annual', 'periodEnd'), applyScheduled(april.to));
    expect(applied.when(renew(april.to)).state()).toMatchObject({
      anchor: april.to,
      charge: { from: april.to, amount: '2870.40' },
    });
  });

  test('on 29 February: the anchor clamps and comes back', () => {
    const day = '2028-02-29T10:00:00.000Z';
    const term = given(
      { now: '2028-02-01T00:00:00.000Z', tier: 'starter' },
      cycle(day, 'annual', 'now', 'starter'),
    );
    const ends = [
      '2029-02-28T10:00:00.000Z',
      '2030-02-28T10:00:00.000Z',
      '2031-02-28T10:00:00.000Z',
      '2032-02-29T10:00:00.000Z',
    ];
    let current = term;
    expect(
      given({ now: '2028-02-01T00:00:00.000Z', tier: 'starter' })
        .when(cycle(day, 'annual', 'now', 'starter'))
        .state(),
    ).toMatchObject({ charge: { to: ends[0] } });
    for (const [index, end] of ends.slice(0, -1).entries()) {
      const outcome = current.when(renew(end, `inv-${index}`));
      expect(outcome.state()).toMatchObject({ charge: { from: end, to: ends[index + 1] } });
      current = current.given(...outcome.events());
    }
  });

  test('with an upgrade, in one change', () => {
    expect(
      given(monthly)
        .when(cycle(half, 'annual', null, 'pro'))
        .events()[0]?.data,
    ).toMatchObject({
      tier: 'pro',
      charge: { amount: '7670.40' },
      credit: { amount: '149.50' },
    });
  });

  test('with a downgrade waits, as downgrades do', () => {
    expect(
      given(monthly)
        .when(cycle(half, 'annual', null, 'starter'))
        .state(),
    ).toMatchObject({
      tier: 'growth',
      scheduled: { toTier: 'starter', toBillingCycle: 'annual', at: april.to },
    });
  });
});

describe('from years to months', () => {
  const term = annual('2026-01-31T12:00:00.000Z');
  const end = '2027-01-31T12:00:00.000Z';

  test('waits for the end of the term, by default', () => {
    expect(given(term).when(cycle(half, 'monthly')).state()).toMatchObject({
      billingCycle: 'annual',
      scheduled: { toTier: 'growth', toBillingCycle: 'monthly', at: end },
    });
  });

  test('a term that ends within a month is followed by the rest of that month', () => {
    const rest = given(term, cycle(half, 'monthly')).when(renew(end, 'inv-rest'));
    expect(rest.state()).toMatchObject({
      billingCycle: 'monthly',
      price: '299.00',
      charge: { from: end, to: '2027-02-01T00:00:00.000Z', amount: '4.82' },
    });
    const next = given(term, cycle(half, 'monthly'), renew(end, 'inv-rest'));
    expect(next.when(renew('2027-02-01T00:00:00.000Z')).state()).toMatchObject({
      charge: { from: '2027-02-01T00:00:00.000Z', to: '2027-03-01T00:00:00.000Z', amount: '299.00' },
    });
  });

  test('the same when the change has been applied before', () => {
    const applied = given(term, cycle(half, 'monthly'), applyScheduled(end));
    expect(applied.when(renew(end, 'inv-rest')).state()).toMatchObject({
      charge: { from: end, to: '2027-02-01T00:00:00.000Z', amount: '4.82' },
    });
  });

  test('a term that ends with a month is followed by whole ones', () => {
    const whole = given(annual(april.from), cycle(half, 'monthly')).when(renew('2027-04-01T00:00:00.000Z'));
    expect(whole.state()).toMatchObject({
      charge: { from: '2027-04-01T00:00:00.000Z', to: '2027-05-01T00:00:00.000Z', amount: '299.00' },
    });
  });

  test('now: the rest of the term is credited, less the rest of the month', () => {
    const at = '2026-07-01T12:00:00.000Z';
    expect(
      given(annual(april.from))
        .when(cycle(at, 'monthly', 'now'))
        .events()[0]?.data,
    ).toMatchObject({
      charge: { invoiceId: 'inv-acme-1', from: at, to: '2026-08-01T00:00:00.000Z', amount: '294.18' },
      credit: { invoiceId: 'inv-acme-1', amount: '2150.83' },
      settlement: 'creditNote',
    });
  });

  test('and to another tier within the term: what is scheduled is replaced', () => {
    const asked = given(term, cycle(half, 'monthly'));
    expect(asked.when(cycle('2026-05-01T00:00:00.000Z', 'monthly', null, 'starter')).state()).toMatchObject({
      scheduled: { toTier: 'starter', toBillingCycle: 'monthly', at: end },
    });
    asked.when(cycle('2026-05-01T00:00:00.000Z', 'monthly')).thenNothing();
    expect(asked.when(change('2026-05-01T00:00:00.000Z', 'growth')).state()).toMatchObject({
      scheduled: null,
    });
  });
});
