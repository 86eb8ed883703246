import { describe, expect, test } from 'vitest';
import {
  applyScheduled,
  cancel,
  change,
  coupon,
  given,
  ids,
  pause,
  renew,
  resume,
  settleOverdue,
  suspend,
} from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const day = '2026-05-10T00:00:00.000Z';
const growth = { now: april.from, tier: 'growth' };

describe('an overdue invoice', () => {
  const dunned = given(growth, suspend(half));

  test('suspends the subscription, once for each invoice', () => {
    given(growth)
      .when(suspend(half))
      .thenEvents({
        type: 'subscription.suspended',
        data: { ...ids, invoiceId: 'inv-acme-1' },
        effectiveAt: half,
      });
    dunned.when(suspend(half)).thenNothing();
    expect(dunned.when(suspend(half, 'inv-2')).state()).toMatchObject({ overdue: ['inv-acme-1', 'inv-2'] });
  });

  test('stops the next charge until the last one is settled', () => {
    dunned.when(renew(april.to)).thenNothing();
    const two = given(growth, suspend(half), suspend(half, 'inv-2'));
    const settled = (invoiceId: string) => ({
      type: 'subscription.overdue_settled' as const,
      data: { ...ids, invoiceId },
      effectiveAt: day,
    });
    two.when(settleOverdue(day)).thenEvents(settled('inv-acme-1'));
    given(growth, suspend(half), suspend(half, 'inv-2'), settleOverdue(day))
      .when(settleOverdue(day, 'inv-2'))
      .thenEvents(settled('inv-2'), {
        type: 'subscription.reinstated',
        data: { ...ids },
        effectiveAt: day,
      });
    const back = given(growth, suspend(half), settleOverdue(day));
    expect(back.when(renew(april.to)).state()).toMatchObject({ charge: { from: april.to } });
  });

  test('that did not stop anything settles nothing', () => {
    dunned.when(settleOverdue(day, 'inv-other')).thenNothing();
    given(growth).when(settleOverdue(day)).thenNothing();
  });

  test('leaves a pause, and lets nobody end it before it is paid', () => {
    const paused = given(growth, pause(half), suspend(day));
    expect(paused.when(coupon(day, '20', 1)).state()).toMatchObject({
      status: 'paused',
      overdue: ['inv-acme-1'],
    });
    paused.when(resume(day)).thenRefused('subscription-suspended');
    const paid = given(growth, pause(half), suspend(day), settleOverdue(day));
    expect(paid.when(resume(day)).state()).toMatchObject({ status: 'active', overdue: [] });
  });

  test('goes on through a change to Free that ends the pause (regression)', () => {
    const change_ = change('2026-04-10T00:00:00.000Z', 'free');
    const free = given(growth, change_, pause(half), suspend('2026-04-22T00:00:00.000Z'));
    const changed = free.when(applyScheduled(april.to));
    expect(changed.state()).toMatchObject({ status: 'suspended', tier: 'free', overdue: ['inv-acme-1'] });
  });

  test('does not touch a trial', () => {
    given({ ...growth, trialDays: 14 })
      .when(suspend('2026-04-02T00:00:00.000Z'))
      .thenNothing();
  });

  test('refuses changes, but not a coupon or an end', () => {
    dunned.when(change(half, 'pro')).thenRefused('subscription-suspended', 'customerId');
    dunned.when(change(half, 'growth')).thenRefused('subscription-suspended');
    expect(dunned.when(coupon(half, '20', null)).events()).toHaveLength(1);
    expect(dunned.when(cancel(half)).state()).toMatchObject({ status: 'cancelled' });
  });
});

describe('a change that falls due in a suspension', () => {
  const down = given(growth, change(half, 'starter'), suspend('2026-04-20T00:00:00.000Z'));

  /** It had been taken for a stretch that is not rated: usage stayed free for good. */
  test('applies, and its time counts', () => {
    const state = down.when(applyScheduled(april.to)).state();
    expect(state).toMatchObject({ status: 'suspended', tier: 'starter' });
    expect(state.status === 'none' ? undefined : state.segments.at(-1)).toMatchObject({ counts: true });
  });

  /** Going to Free had reinstated who does not pay. */
  test('to Free leaves it suspended', () => {
    const free = given(growth, change(half, 'free'), suspend('2026-04-20T00:00:00.000Z'));
    expect(free.when(applyScheduled(april.to)).state()).toMatchObject({ status: 'suspended', tier: 'free' });
    const settled = given(
      growth,
      change(half, 'free'),
      suspend('2026-04-20T00:00:00.000Z'),
      applyScheduled(april.to),
    ).when(settleOverdue(day));
    expect(settled.state()).toMatchObject({ status: 'active', tier: 'free', charge: null });
  });

  /** It had made the plan a paid one that is never charged. */
  test('from Free to a paid plan waits until it is paid', () => {
    const waiting = [change(half, 'growth', 'periodEnd'), suspend('2026-04-20T00:00:00.000Z')];
    const free = { now: april.from, tier: 'free' };
    given(free, ...waiting)
      .when(applyScheduled(april.to))
      .thenRefused('not-due');
    const paid = given(free, ...waiting, settleOverdue(day)).when(applyScheduled(april.to));
    expect(paid.state()).toMatchObject({ tier: 'growth', charge: { from: april.to, amount: '299.00' } });
  });
});
