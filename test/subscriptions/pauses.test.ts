import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMillis, fromMillis, toMillis } from '../../domain/kernel/time.ts';
import {
  applyCancellation,
  applyScheduled,
  cancel,
  change,
  charge,
  given,
  ids,
  pause,
  renew,
  resume,
  suspend,
  terms,
} from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const monthly = { now: april.from, tier: 'growth' };
const annual = { now: april.from, tier: 'growth', billingCycle: 'annual' } as const;
const termEnd = '2027-04-01T00:00:00.000Z';

describe('a pause of a month', () => {
  test('credits what is not earned (SUB-12) and counts no allowance', () => {
    const credit = { invoiceId: 'inv-acme-1', amount: '149.50' };
    given(monthly)
      .when(pause(half))
      .thenEvents({
        type: 'subscription.paused',
        data: { ...ids, tier: 'growth', billingCycle: 'monthly', credit },
        effectiveAt: half,
      });
    const state = given(monthly).when(pause(half)).state();
    expect(state).toMatchObject({ status: 'paused', pausedAt: half, charge: null });
    expect(state.status === 'none' ? undefined : state.segments.at(-1)).toMatchObject({ counts: false });
  });

  test('is charged again from the day it ends, like a sign-up, and renews with the calendar', () => {
    const at = '2026-07-11T00:00:00.000Z';
    const stretch = { from: at, to: '2026-08-01T00:00:00.000Z', amount: '202.55' };
    const rest = charge('growth', { invoiceId: 'inv-resume', kind: 'resume', ...stretch });
    given(monthly, pause(half))
      .when(resume(at))
      .thenEvents({
        type: 'subscription.resumed',
        data: { ...terms('growth'), charge: rest },
        effectiveAt: at,
      });
    const resumed = given(monthly, pause(half), resume(at));
    expect(resumed.when(renew(stretch.to)).state()).toMatchObject({
      status: 'active',
      charge: { from: stretch.to, to: '2026-09-01T00:00:00.000Z', amount: '299.00' },
    });
  });

  test('is not renewed while it lasts', () => {
    given(monthly, pause(half)).when(renew('2026-06-01T00:00:00.000Z')).thenNothing();
  });

  test('takes up a downgrade that was scheduled, also while it lasts', () => {
    const down = given(monthly, change(half, 'starter'), pause(half), applyScheduled(april.to));
    expect(down.when(resume('2026-05-16T00:00:00.000Z')).state()).toMatchObject({
      tier: 'starter',
      charge: { amount: '51.10' },
    });
  });

  test('that goes to Free in it is over', () => {
    const free = given(monthly, change(half, 'free'), pause(half)).when(applyScheduled(april.to));
    expect(free.state()).toMatchObject({ status: 'active', tier: 'free', charge: null });
  });

  test('ends where an end was scheduled', () => {
    const ending = given(monthly, cancel(half, 'periodEnd'), pause(half));
    expect(ending.when(applyCancellation(april.to)).state()).toMatchObject({ status: 'cancelled' });
    expect(ending.when(applyCancellation(april.to)).events()[0]?.data).toMatchObject({ credit: null });
  });

  test('and back in the same month keeps what was scheduled', () => {
    const at = '2026-04-20T00:00:00.000Z';
    expect(given(monthly, cancel(half, 'periodEnd'), pause(half)).when(resume(at)).state()).toMatchObject({
      status: 'active',
      cancellation: { at: april.to },
    });
    expect(given(monthly, change(half, 'starter'), pause(half)).when(resume(at)).state()).toMatchObject({
      scheduled: { toTier: 'starter', at: april.to },
    });
  });
});

describe('a pause of an annual term', () => {
  const ended = '2026-10-01T00:00:00.000Z';
  const paused = given(annual, pause('2026-07-01T00:00:00.000Z'));

  test('freezes its rest and moves its end and its anchor', () => {
    const stretch = { from: ended, to: '2027-07-02T00:00:00.000Z', amount: '2154.77' };
    paused.when(resume(ended)).thenEvents({
      type: 'subscription.resumed',
      data: {
        ...terms('growth', 'annual'),
        charge: charge('growth', { invoiceId: 'inv-acme-1', kind: 'resume', ...stretch }, 'annual'),
      },
      effectiveAt: ended,
    });
    expect(paused.when(resume(ended)).state()).toMatchObject({ anchor: stretch.to });
  });

  test('renews where the moved term ends, for a whole year', () => {
    const moved = '2027-07-02T00:00:00.000Z';
    const resumed = given(annual, pause('2026-07-01T00:00:00.000Z'), resume(ended));
    resumed.when(renew('2027-07-01T23:59:59.999Z')).thenNothing();
    expect(resumed.when(renew(moved)).state()).toMatchObject({
      charge: { from: moved, to: '2028-07-02T00:00:00.000Z', amount: '2870.40' },
    });
  });

  test('twice moves it twice', () => {
    const again = given(
      annual,
      pause('2026-07-01T00:00:00.000Z'),
      resume('2026-07-11T00:00:00.000Z'),
      pause('2026-12-01T00:00:00.000Z'),
    );
    expect(again.when(resume('2026-12-21T00:00:00.000Z')).state()).toMatchObject({
      charge: { to: '2027-05-01T00:00:00.000Z' },
    });
  });

  test('an upgrade after it goes by the seconds of the moved term', () => {
    const at = '2027-01-01T00:00:00.000Z';
    const resumed = given(annual, pause('2026-07-01T00:00:00.000Z'), resume(ended));
    const seconds = (from: string, to: string) => (toMillis(to) - toMillis(from)) / 1000;
    const left = seconds(at, '2027-07-02T00:00:00.000Z');
    const whole = seconds('2026-07-02T00:00:00.000Z', '2027-07-02T00:00:00.000Z');
    expect(resumed.when(change(at, 'pro')).events()[0]?.data).toMatchObject({
      charge: { to: '2027-07-02T00:00:00.000Z', amount: ((7670.4 * left) / whole).toFixed(2) },
    });
  });

  /** Its paid time stands still: neither comes to the end of the term before it goes on. */
  test('holds what was scheduled for the end of the term, and moves it along', () => {
    const down = given(annual, change(half, 'free'), pause('2026-07-01T00:00:00.000Z'));
    down.when(applyScheduled(termEnd)).thenRefused('not-due');
    const ending = given(annual, cancel(half, 'periodEnd'), pause('2026-07-01T00:00:00.000Z'));
    ending.when(applyCancellation(termEnd)).thenRefused('not-due');
    expect(ending.when(resume(ended)).state()).toMatchObject({
      cancellation: { at: '2027-07-02T00:00:00.000Z' },
    });
    expect(down.when(resume(ended)).state()).toMatchObject({
      scheduled: { toTier: 'free', at: '2027-07-02T00:00:00.000Z' },
    });
  });

  test('cancelled in it gives its whole rest to the invoice, however long it lasted', () => {
    for (const at of ['2026-08-01T00:00:00.000Z', '2029-01-01T00:00:00.000Z']) {
      expect(paused.when(cancel(at, 'now', 'unused')).events()[0]?.data).toMatchObject({
        credit: { invoiceId: 'inv-acme-1', amount: '2154.77' },
      });
    }
  });

  test('keeps an anchor on 29 February in a leap year', () => {
    const leap = { now: '2028-02-29T09:30:00.000Z', tier: 'growth', billingCycle: 'annual' } as const;
    const day = '2028-06-01T00:00:00.000Z';
    expect(given(leap, pause(day)).when(resume(day)).state()).toMatchObject({
      charge: { to: '2029-02-28T09:30:00.000Z' },
    });
    expect(given(leap, pause(day)).when(resume('2028-06-02T00:00:00.000Z')).state()).toMatchObject({
      charge: { to: '2029-03-01T09:30:00.000Z' },
    });
  });

  test.each([29, 30, 31])('moves a term from the %ith to the second, whenever it is paused', (day) => {
    const now = `2027-01-${day}T12:00:00.000Z`;
    const from = { now, tier: 'starter', billingCycle: 'annual' } as const;
    const days = fc.integer({ min: 0, max: 364 * 86_400 });
    fc.assert(
      fc.property(days, days, (until, length) => {
        const at = addMillis(now, until * 1000);
        const back = addMillis(at, length * 1000);
        const state = given(from, pause(at)).when(resume(back)).state();
        const end = fromMillis(Date.UTC(2028, 0, day, 12) + length * 1000);
        expect(state).toMatchObject({ charge: { from: back, to: end }, anchor: end });
      }),
      { numRuns: 50 },
    );
  });
});

describe('refused', () => {
  test('a pause of a trial, of Free, in a pause, and in a suspension', () => {
    given({ ...monthly, trialDays: 14 })
      .when(pause(half))
      .thenRefused('not-pausable');
    given({ now: april.from, tier: 'free' }).when(pause(half)).thenRefused('not-pausable');
    given(monthly, pause(half)).when(pause(half)).thenRefused('subscription-paused');
    given(monthly, suspend(half)).when(pause(half)).thenRefused('subscription-suspended');
  });

  test('a pause of a month that is not invoiced yet, and of nothing', () => {
    given(monthly).when(pause(april.to)).thenRefused('not-due');
    given(monthly, cancel(half)).when(pause(april.to)).thenRefused('subscription-not-found');
  });

  test('a change in a pause, and a resumption in a suspension', () => {
    given(monthly, pause(half)).when(change(half, 'pro')).thenRefused('subscription-paused');
    given(monthly, suspend(half)).when(resume(half)).thenRefused('subscription-suspended');
  });

  test('nothing: resuming what is active changes nothing', () => {
    given(monthly).when(resume(half)).thenNothing();
  });
});
