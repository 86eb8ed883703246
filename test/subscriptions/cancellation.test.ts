import { describe, expect, test } from 'vitest';
import {
  applyCancellation,
  cancel,
  change,
  convert,
  coupon,
  create,
  given,
  ids,
  pause,
  renew,
  resume,
  settleOverdue,
  spec,
  suspend,
  terms,
} from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const monthly = { now: april.from, tier: 'growth' };
const trial = { ...monthly, trialDays: 14 };
const annual = { now: half, tier: 'growth', billingCycle: 'annual' } as const;

const cancelled = (
  effectiveAt: string,
  over: {
    readonly voluntary?: boolean;
    readonly refund?: 'none' | 'unused';
    readonly credit?: { readonly invoiceId: string; readonly amount: string } | null;
    readonly finalInvoiceId?: string | null;
  } = {},
) => ({
  type: 'subscription.cancelled' as const,
  data: {
    ...{ ...ids, tier: 'growth', reason: 'too dear', voluntary: true },
    ...{ refund: 'none' as const, credit: null, finalInvoiceId: 'inv-final', ...over },
  },
  effectiveAt,
});

describe('cancelled now', () => {
  const credit = { invoiceId: 'inv-acme-1', amount: '149.50' };

  test('names the rest of the running charge and the invoice of what is not billed', () => {
    given(monthly).when(cancel(half)).thenEvents(cancelled(half, { credit }));
    given(monthly)
      .when(cancel(half, 'now', 'unused'))
      .thenEvents(cancelled(half, { credit, refund: 'unused' }));
  });

  test('takes the rest from the invoice, which knows it better', () => {
    const [event] = given(monthly)
      .when(cancel(half, 'now', 'none', { invoiceId: credit.invoiceId, from: monthly.now, amount: '99.50' }))
      .events();
    expect(event?.data).toMatchObject({ credit: { amount: '99.50' } });
  });

  test('leaves no plan, no allowance and nothing to come', () => {
    const state = given(monthly, change(half, 'starter'), coupon(half, '20', null))
      .when(cancel(half))
      .state();
    expect(state).toMatchObject({
      status: 'cancelled',
      charge: null,
      scheduled: null,
      coupon: null,
      segments: [{ counts: true }, { tier: 'none', from: half, counts: false }],
    });
  });

  test('on trial leaves nothing', () => {
    given(trial)
      .when(cancel('2026-04-05T00:00:00.000Z'))
      .thenEvents(cancelled('2026-04-05T00:00:00.000Z', { finalInvoiceId: null }));
  });

  test('of Free bills the usage; it has no period to wait for', () => {
    const free = given({ now: april.from, tier: 'free' });
    for (const at of ['now', 'periodEnd'] as const) {
      const [event] = free.when(cancel(half, at)).events();
      expect(event).toMatchObject({ type: 'subscription.cancelled', data: { credit: null } });
    }
  });

  test('in a pause of a month has nothing to give back', () => {
    given(monthly, pause(half))
      .when(cancel('2026-06-01T00:00:00.000Z'))
      .thenEvents(cancelled('2026-06-01T00:00:00.000Z'));
    given(monthly, pause(half))
      .when(cancel('2026-04-20T00:00:00.000Z', 'periodEnd'))
      .thenEvents(cancelled('2026-04-20T00:00:00.000Z'));
  });

  test('in a suspension, also after the charge has run out', () => {
    const dunned = given(monthly, suspend(half));
    dunned
      .when(cancel('2026-04-20T00:00:00.000Z'))
      .thenEvents(
        cancelled('2026-04-20T00:00:00.000Z', { credit: { invoiceId: 'inv-acme-1', amount: '109.63' } }),
      );
    dunned.when(cancel('2026-06-20T00:00:00.000Z')).thenEvents(cancelled('2026-06-20T00:00:00.000Z'));
    dunned
      .when(cancel('2026-06-20T00:00:00.000Z', 'periodEnd'))
      .thenEvents(cancelled('2026-06-20T00:00:00.000Z'));
  });

  test('waits for what is not invoiced yet', () => {
    given(monthly).when(cancel(april.to)).thenRefused('not-due');
    given(monthly).when(cancel(april.to, 'periodEnd')).thenRefused('not-due');
  });

  test('by dunning is not voluntary', () => {
    given(monthly)
      .when({ ...cancel(half), voluntary: false })
      .thenEvents(cancelled(half, { voluntary: false, credit }));
  });
});

describe('cancelled at the end of the period', () => {
  const scheduled = (at: string, now = half) => ({
    type: 'subscription.cancellation_scheduled' as const,
    data: { ...ids, at, reason: 'too dear' },
    effectiveAt: now,
  });
  const ending = given(monthly, cancel(half, 'periodEnd'));

  test('runs on to the end and is not renewed', () => {
    given(monthly).when(cancel(half, 'periodEnd')).thenEvents(scheduled(april.to));
    ending.when(renew(april.to)).thenNothing();
    ending.when(applyCancellation('2026-04-30T23:59:59.999Z')).thenRefused('not-due');
    ending.when(cancel('2026-04-20T00:00:00.000Z', 'periodEnd')).thenNothing();
  });

  test('leaves a month’s usage to the monthly invoice', () => {
    ending.when(applyCancellation(april.to)).thenEvents(cancelled(april.to, { finalInvoiceId: null }));
    ending
      .when(applyCancellation('2026-05-03T00:00:00.000Z'))
      .thenEvents(cancelled(april.to, { finalInvoiceId: null }));
  });

  test('of an annual term that ends within a month bills the usage so far', () => {
    const end = '2027-04-16T00:00:00.000Z';
    given(annual)
      .when(cancel('2026-08-01T00:00:00.000Z', 'periodEnd'))
      .thenEvents(scheduled(end, '2026-08-01T00:00:00.000Z'));
    given(annual, cancel('2026-08-01T00:00:00.000Z', 'periodEnd'))
      .when(applyCancellation(end))
      .thenEvents(cancelled(end));
  });

  test('of a trial is the end of the trial, in place of its conversion', () => {
    const end = '2026-04-15T00:00:00.000Z';
    const leaving = given(trial, cancel('2026-04-05T00:00:00.000Z', 'periodEnd'));
    leaving.when(applyCancellation(end)).thenEvents(cancelled(end, { finalInvoiceId: null }));
    leaving.when(convert(end)).thenEvents(cancelled(end, { finalInvoiceId: null }));
  });

  test('replaces a scheduled change, and is replaced by one', () => {
    expect(given(monthly, change(half, 'starter')).when(cancel(half, 'periodEnd')).state()).toMatchObject({
      scheduled: null,
      cancellation: { at: april.to },
    });
    for (const tier of ['starter', 'pro']) {
      const state = ending.when(change('2026-04-20T00:00:00.000Z', tier)).state();
      expect(state).toMatchObject({ cancellation: null });
    }
  });

  test('is withdrawn by resuming it, or by asking for the present plan', () => {
    const at = '2026-04-20T00:00:00.000Z';
    const withdrawn = { type: 'subscription.cancellation_withdrawn', data: ids, effectiveAt: at } as const;
    ending.when(resume(at)).thenEvents(withdrawn);
    ending.when(change(at, 'growth')).thenEvents(withdrawn);
    const back = given(monthly, cancel(half, 'periodEnd'), resume(at));
    back.when(applyCancellation(april.to)).thenRefused('not-due');
    expect(back.when(renew(april.to)).state()).toMatchObject({ charge: { from: april.to } });
  });

  test('comes also in a suspension', () => {
    const dunned = given(monthly, cancel(half, 'periodEnd'), suspend('2026-04-20T00:00:00.000Z'));
    expect(dunned.when(applyCancellation(april.to)).state()).toMatchObject({
      status: 'cancelled',
      overdue: [],
    });
  });
});

describe('after the end', () => {
  const gone = given(monthly, cancel(half));
  const back = '2026-06-16T00:00:00.000Z';

  test('nothing answers but a new start', () => {
    const commands = [change(back, 'pro'), coupon(back, '20', null), cancel(back), pause(back), resume(back)];
    for (const command of commands) gone.when(command).thenRefused('subscription-not-found', 'customerId');
    gone.when(suspend(back)).thenRefused('subscription-not-found');
    gone.when(renew(back)).thenNothing();
    gone.when(settleOverdue(back)).thenNothing();
    gone.when(applyCancellation(back)).thenRefused('not-due');
    gone.when(convert(back)).thenRefused('not-due');
  });

  test('the customer starts anew in the same stream: stub, own id, no old coupon', () => {
    const [event] = gone.when(create(back, 'pro')).events();
    expect(event?.data).toMatchObject({
      ...terms('pro'),
      subscriptionId: 'sub-acme-2',
      charge: { invoiceId: 'inv-acme-2', from: back, to: '2026-07-01T00:00:00.000Z', amount: '399.50' },
    });
    const state = given(monthly, coupon(half, '20', null), cancel(half))
      .when(create(back, 'pro'))
      .state();
    expect(state).toMatchObject({
      status: 'active',
      price: '799.00',
      segments: [{ tier: 'growth' }, { tier: 'none' }, { tier: 'pro', from: back, counts: true }],
    });
  });

  test('the customer may also come back on trial, or on Free', () => {
    expect(gone.when(create(back, 'growth', { trialDays: 14 })).state()).toMatchObject({
      status: 'trialing',
      anchor: null,
    });
    expect(gone.when(create(back, 'free')).state()).toMatchObject({ status: 'active', charge: null });
  });

  /** A sign-up that a crash held up carries the time of its request. */
  test('a new start does not reach back before the end', () => {
    expect(gone.when(create(april.from, 'growth')).state()).toMatchObject({ charge: { from: half } });
  });

  test('a second subscription is refused while there is one', () => {
    given(monthly).when(create(half, 'pro')).thenRefused('subscription-exists', 'customerId');
    given(monthly, pause(half)).when(create(half, 'pro')).thenRefused('subscription-exists');
  });
});

test('without a subscription there is nothing to cancel, pause, resume or discount', () => {
  const commands = [cancel(half), pause(half), resume(half), coupon(half, '20', null), suspend(half)];
  for (const command of commands) spec.when(command).thenRefused('subscription-not-found', 'customerId');
});
