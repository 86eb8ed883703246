import { describe, expect, test } from 'vitest';
import type { Contract } from '../../domain/subscriptions/events.ts';
import { change, coupon, create, given, pause, renew, resume, spec, terms } from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';

const contract: Contract = {
  contractId: 'c-1',
  price: '4500.00',
  allowances: { 'api.called': '50000000' },
  limits: { users: 'unlimited' },
  commitment: '1000.00',
};

describe('a contract', () => {
  const signed = spec.when(create(april.from, 'enterprise', { contract }));

  test('sets the price, and is in the terms and the segment', () => {
    expect(signed.state()).toMatchObject({
      contract,
      listPrice: '4500.00',
      price: '4500.00',
      charge: { amount: '4500.00' },
      segments: [{ tier: 'enterprise', contract }],
    });
  });

  test('holds at renewal, less a coupon', () => {
    const history = spec.given(...signed.events());
    expect(history.when(renew(april.to)).state()).toMatchObject({ contract, charge: { amount: '4500.00' } });
    const [applied] = history.when(coupon(half, '10', null)).events();
    expect(
      history
        .given(applied ?? expect.unreachable())
        .when(renew(april.to))
        .state(),
    ).toMatchObject({
      listPrice: '4500.00',
      price: '4050.00',
    });
  });

  test('replaced by another one at once, dearer by invoice and cheaper by credit note', () => {
    const history = spec.given(...signed.events());
    const next = (price: string) => ({
      ...change(half, 'enterprise'),
      contract: { ...contract, contractId: 'c-2', price },
    });
    expect(history.when(next('6000.00')).events()[0]?.data).toMatchObject({
      charge: { amount: '3000.00' },
      credit: { amount: '2250.00' },
      settlement: 'invoice',
    });
    expect(history.when(next('3000.00')).events()[0]?.data).toMatchObject({
      charge: { amount: '1500.00' },
      settlement: 'creditNote',
    });
    history.when({ ...change(half, 'enterprise'), contract }).thenNothing();
  });

  test('comes with an upgrade to Enterprise, which asks for a tenant once', () => {
    const up = given({ now: april.from, tier: 'growth' }).when({ ...change(half, 'enterprise'), contract });
    expect(up.events().map(({ type }) => type)).toEqual([
      'subscription.changed',
      'subscription.tenant_requested',
    ]);
    expect(up.state()).toMatchObject({ contract, listPrice: '4500.00' });
  });

  test('ends with the tier', () => {
    const history = spec.given(...signed.events());
    const [down] = history.when(change(half, 'pro')).events();
    expect(
      history
        .given(down ?? expect.unreachable())
        .when(renew(april.to))
        .state(),
    ).toMatchObject({
      tier: 'pro',
      contract: null,
      price: '799.00',
    });
  });

  const faulty = [
    ['a price of nothing', { price: '0.00' }, 'invalid-amount'],
    ['a price below a cent', { price: '4500.001' }, 'invalid-amount'],
    ['a commitment of nothing', { commitment: '0.00' }, 'invalid-amount'],
    ['an unknown meter', { allowances: { 'coffee.drunk': '1' } }, 'unknown-event-type'],
    ['a metered limit', { limits: { apiCalls: '5' } }, 'unknown-resource'],
  ] as const;

  test.each(faulty)('with %s is refused', (_name, over, code) => {
    const wrong = { contract: { ...contract, ...over } as Contract };
    spec.when(create(half, 'enterprise', wrong)).thenRefused(code, 'contract');
    given({ now: april.from, tier: 'growth' })
      .when({ ...change(half, 'enterprise'), ...wrong })
      .thenRefused(code, 'contract');
  });

  test('for another tier is refused', () => {
    spec.when(create(half, 'pro', { contract })).thenRefused('contract-not-available', 'contract');
    given({ now: april.from, tier: 'growth' })
      .when({ ...change(half, 'pro'), contract })
      .thenRefused('contract-not-available', 'contract');
  });
});

describe('prices that include tax (SUB-17)', () => {
  const inclusive = spec.when(create(april.from, 'growth', { taxInclusive: true }));
  const history = spec.given(...inclusive.events());

  test('keep the list gross, and count the net', () => {
    expect(inclusive.state()).toMatchObject({
      listPrice: '299.00',
      price: '276.85',
      charge: { fullPrice: '276.85', amount: '276.85', gross: '299.00' },
    });
  });

  test('are discounted and prorated gross', () => {
    const stub = spec.when(create(half, 'growth', { taxInclusive: true })).state();
    expect(stub).toMatchObject({ charge: { gross: '149.50', amount: '138.43' } });
    const [applied] = history.when(coupon(half, '20', null)).events();
    const next = history
      .given(applied ?? expect.unreachable())
      .when(renew(april.to))
      .state();
    expect(next).toMatchObject({ price: '221.48', charge: { gross: '239.20', amount: '221.48' } });
  });

  test('are charged and credited net in a change', () => {
    expect(history.when(change(half, 'pro')).events()[0]?.data).toMatchObject({
      charge: { gross: '399.50', amount: '369.91' },
      credit: { amount: '138.43' },
      settlement: 'invoice',
    });
  });
});

describe('a plan that is no longer sold at that price', () => {
  const old = { ...terms('growth'), catalogueVersion: '2025-01', listPrice: '249.00', price: '249.00' };
  const invoiceId = 'inv-old';
  const running = { invoiceId, kind: 'renewal', tier: 'growth', billingCycle: 'monthly' } as const;
  const charge = { ...running, ...april, fullPrice: '249.00', amount: '249.00', gross: null, discount: null };
  const held = given({ now: '2026-03-01T00:00:00.000Z', tier: 'growth' }).given({
    type: 'subscription.renewed',
    data: { ...old, charge },
    effectiveAt: april.from,
  });

  test('keeps price and version at renewal, with a coupon, and after a pause', () => {
    const kept = { catalogueVersion: '2025-01', listPrice: '249.00' };
    expect(held.when(renew(april.to)).state()).toMatchObject({ ...kept, charge: { amount: '249.00' } });
    const [applied] = held.when(coupon(half, '20', null)).events();
    expect(
      held
        .given(applied ?? expect.unreachable())
        .when(renew(april.to))
        .state(),
    ).toMatchObject({
      ...kept,
      price: '199.20',
    });
    const [paused] = held.when(pause(half)).events();
    const back = held.given(paused ?? expect.unreachable()).when(resume('2026-06-01T00:00:00.000Z'));
    expect(back.state()).toMatchObject({ ...kept, segments: [{}, {}, { catalogueVersion: '2025-01' }] });
  });

  test('asked for again stays as it is; another one is sold as it is now', () => {
    held.when(change(half, 'growth')).thenNothing();
    expect(held.when(change(half, 'pro')).state()).toMatchObject({
      catalogueVersion: '2026-01',
      listPrice: '799.00',
    });
  });
});

test('a sign-up with a tier that there is not, or a trial of Free, is refused', () => {
  spec.when(create(half, 'platinum')).thenRefused('unknown-tier', 'tier');
  spec.when(create(half, 'free', { trialDays: 14 })).thenRefused('trial-not-available', 'trialDays');
});
