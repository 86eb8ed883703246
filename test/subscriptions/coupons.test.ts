import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { change, convert, coupon, create, given, ids, pause, renew, resume, spec } from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const month = (name: string) => `${name}-01T00:00:00.000Z`;
const monthly = { now: april.from, tier: 'growth' };

/** Price, and what is charged, of the months after a history, one renewal each. */
function renewals(history: ReturnType<typeof given>, months: readonly string[]) {
  let current = history;
  return months.map((name, index) => {
    const outcome = current.when(renew(month(name), `inv-${index}`));
    current = current.given(...outcome.events());
    const state = outcome.state();
    return state.status === 'none' ? [] : [state.price, state.charge?.amount, state.discount?.couponId ?? ''];
  });
}

describe('a coupon', () => {
  test('holds from now on for the charges that begin in its time', () => {
    given(monthly)
      .when(coupon(half, '20', 3))
      .thenEvents({
        type: 'subscription.coupon_applied',
        data: {
          ...ids,
          couponId: 'SPRING',
          percentOff: '20',
          months: 3,
          from: half,
          until: month('2026-08'),
        },
        effectiveAt: half,
      });
  });

  test('leaves the running charge and its price alone', () => {
    const state = given(monthly)
      .when(coupon(half, '20', 3))
      .state();
    expect(state).toMatchObject({ price: '299.00', discount: null, charge: { amount: '299.00' } });
  });

  test('of three months lowers three months, price and charge, and runs out', () => {
    const months = ['2026-05', '2026-06', '2026-07', '2026-08', '2026-09'];
    expect(renewals(given(monthly, coupon(half, '20', 3)), months)).toEqual([
      ['239.20', '239.20', 'SPRING'],
      ['239.20', '239.20', 'SPRING'],
      ['239.20', '239.20', 'SPRING'],
      ['299.00', '299.00', ''],
      ['299.00', '299.00', ''],
    ]);
  });

  test('for ever does not run out', () => {
    const [years] = renewals(given(monthly, coupon(half, '12.5', null)), ['2026-05']);
    expect(years).toEqual(['261.62', '261.62', 'SPRING']);
    const long = given(monthly, coupon(half, '20', null), renew(month('2026-05')));
    expect(renewals(long, ['2026-06', '2026-07']).map(([price]) => price)).toEqual(['239.20', '239.20']);
  });

  test('of 100 % charges nothing, and is not Free', () => {
    const [may, june] = renewals(given(monthly, coupon(half, '100', 1)), ['2026-05', '2026-06']);
    expect(may).toEqual(['0.00', '0.00', 'SPRING']);
    expect(june).toEqual(['299.00', '299.00', '']);
    const free = given(monthly, coupon(half, '100', 1), renew(april.to));
    expect(free.when(change('2026-05-11T00:00:00.000Z', 'pro')).events()[0]?.data).toMatchObject({
      charge: { amount: '0.00' },
      credit: { amount: '0.00' },
      settlement: 'invoice',
    });
    expect(free.when(pause('2026-05-11T00:00:00.000Z')).state()).toMatchObject({ status: 'paused' });
  });

  test('is in the price of an upgrade in its time', () => {
    const [event] = given(monthly, coupon(half, '50', 1))
      .when(change(half, 'pro'))
      .events();
    expect(event?.data).toMatchObject({
      listPrice: '799.00',
      price: '399.50',
      charge: { fullPrice: '399.50', amount: '199.75', discount: { couponId: 'SPRING', percentOff: '50' } },
      credit: { amount: '149.50' },
      settlement: 'invoice',
    });
  });

  test('that makes the dearer plan cheaper than what is left settles by credit note', () => {
    const [event] = given(monthly, coupon(half, '75', 1))
      .when(change(half, 'pro'))
      .events();
    expect(event?.data).toMatchObject({
      charge: { invoiceId: 'inv-acme-1', amount: '99.88' },
      credit: { amount: '149.50' },
      settlement: 'creditNote',
    });
  });

  test('on trial counts from the conversion', () => {
    const trial = given({ ...monthly, trialDays: 14 }, coupon('2026-04-02T00:00:00.000Z', '20', 1));
    const converted = trial.when(convert('2026-04-15T00:00:00.000Z'));
    expect(converted.state()).toMatchObject({ price: '239.20', charge: { amount: '127.57' } });
    expect(trial.when(coupon(half, '20', 1)).events()).toEqual([]);
    const state = given({ ...monthly, trialDays: 14 })
      .when(coupon(april.from, '20', 2))
      .state();
    expect(state).toMatchObject({ coupon: { until: '2026-06-15T00:00:00.000Z' } });
  });

  test('for an annual plan lowers the term that begins in it', () => {
    const annual = { now: april.from, tier: 'growth', billingCycle: 'annual' } as const;
    const next = given(annual, coupon(half, '10', 1)).when(renew('2027-04-01T00:00:00.000Z'));
    expect(next.state()).toMatchObject({ price: '2583.36', charge: { amount: '2583.36' } });
  });

  test('holds through a pause', () => {
    const paused = given(monthly, coupon(half, '20', 2), pause(half));
    expect(paused.when(resume('2026-05-16T00:00:00.000Z')).state()).toMatchObject({
      price: '239.20',
      charge: { amount: '123.46' },
    });
    expect(paused.when(resume('2026-07-01T00:00:00.000Z')).state()).toMatchObject({
      price: '299.00',
      discount: null,
    });
  });

  test('is one at a time, and the same one again changes nothing', () => {
    const first = given(monthly, coupon(half, '20', 1));
    first.when(coupon('2026-04-20T00:00:00.000Z', '20', 1)).thenNothing();
    first.when(coupon('2026-04-25T00:00:00.000Z', '20', 1)).thenNothing();
    // Asking for longer had been answered with success and had changed nothing.
    for (const months of [3, null]) {
      first.when(coupon('2026-04-20T00:00:00.000Z', '20', months)).thenRefused('coupon-active', 'couponId');
    }
    first.when(coupon('2026-04-20T00:00:00.000Z', '30', 1)).thenRefused('coupon-active', 'couponId');
    first.when(coupon('2026-04-20T00:00:00.000Z', '20', 1, 'OTHER')).thenRefused('coupon-active');
    const later = given(
      monthly,
      coupon(half, '20', 1),
      renew(month('2026-05')),
      renew(month('2026-06'), 'b'),
    );
    expect(later.when(coupon('2026-06-02T00:00:00.000Z', '30', 1, 'SUMMER')).events()).toHaveLength(1);
  });

  test('goes with the subscription', () => {
    const gone = given({ now: april.from, tier: 'free' }, coupon(half, '20', null));
    expect(gone.when(change(half, 'growth')).state()).toMatchObject({ price: '239.20' });
    spec.when(coupon(half, '20', 1)).thenRefused('subscription-not-found');
    expect(spec.when(create(half, 'growth')).state()).toMatchObject({ coupon: null });
  });

  test('of any percentage never lowers below zero or above the list, half-even to the cent', () => {
    const percent = fc
      .integer({ min: 1, max: 10_000 })
      .map((units) => (units === 10_000 ? '100' : (units / 100).toFixed(2)));
    fc.assert(
      fc.property(percent, (off) => {
        const next = given(monthly, coupon(half, off, null))
          .when(renew(april.to))
          .state();
        if (next.status === 'none') return expect.unreachable('a subscription');
        const left = BigInt(Math.round(10_000 - Number(off) * 100)) * 29_900n;
        const floor = left / 10_000n;
        const twice = (left % 10_000n) * 2n;
        const up = twice > 10_000n || (twice === 10_000n && floor % 2n === 1n);
        expect(BigInt(next.price.replace('.', ''))).toBe(up ? floor + 1n : floor);
        expect(next.charge?.amount).toBe(next.price);
      }),
      { numRuns: 200 },
    );
  });
});
