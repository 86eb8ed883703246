import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Billing, startBilling } from './support/billing.ts';

let billing: Billing;
beforeEach(async () => {
  billing = await startBilling();
});
afterEach(() => billing.prove());

const growth = { paymentMethod: true, tier: 'growth' };
const half = '2026-01-16T12:00:00Z';

describe('a pause', () => {
  it('of a month credits its rest, and starts again like a sign-up', async () => {
    await billing.signUp('paid', growth);
    await billing.pay('paid');
    await billing.signUp('open', growth);
    await billing.advance(half);
    for (const customer of ['paid', 'open']) await billing.subscription('pauseSubscription', customer);
    expect(await billing.balances('paid')).toMatchObject({ '2200': '-161.46', '4010': '-149.50' });
    expect(await billing.balances('open')).toMatchObject({ '1200': '161.46', '4010': '-149.50' });
    expect(await billing.refusal('pauseSubscription', { customerId: 'paid' })).toBe('subscription-paused');
    await billing.pay('open');
    await billing.advance('2026-01-20');
    await billing.mail('paid', 90_000, '2026-01-20T00:00:00Z');
    await billing.advance('2026-03-10');
    expect(await billing.summary('paid')).toEqual(['signup 322.92 paid']);
    expect(await billing.stateOf('paid')).toMatchObject({ status: 'paused', paidThrough: null });
    for (const customer of ['paid', 'open']) await billing.subscription('resumeSubscription', customer);
    const [, resumed] = await billing.invoices('paid');
    expect(resumed).toMatchObject({ kind: 'resume', subtotal: { amount: '212.19' } });
    await billing.advance('2026-04-02');
    expect((await billing.summary('open')).map((line) => line.split(' ')[0])).toEqual([
      'signup',
      'resume',
      'monthly',
    ]);
  });

  it('of an annual term freezes it, and it ends later by the pause', async () => {
    await billing.signUp('acme', { ...growth, billingCycle: 'annual' });
    await billing.pay('acme');
    await billing.advance('2026-04-01');
    await billing.subscription('cancelSubscription', 'acme', { at: 'periodEnd' });
    await billing.subscription('pauseSubscription', 'acme');
    const frozen = await billing.balances();
    expect(frozen).toMatchObject({ '2100': '-2162.63', '4010': '-707.77' });
    // Past the end that the term had: nothing is earned, renewed or ended.
    await billing.advance('2027-02-01');
    expect(await billing.balances()).toEqual(frozen);
    await billing.subscription('resumeSubscription', 'acme');
    const end = '2027-11-03T00:00:00.000Z';
    expect(await billing.stateOf('acme')).toMatchObject({ status: 'active', paidThrough: end, endsAt: end });
    await billing.advance('2027-11-02');
    expect((await billing.stateOf('acme')).status).toBe('active');
    await billing.advance(end);
    expect((await billing.stateOf('acme')).status).toBe('cancelled');
    await billing.advance('2027-12-02');
    expect(await billing.balances()).toMatchObject({ '4010': '-2870.40' });
    expect(await billing.summary('acme')).toEqual(['signup 3100.03 paid']);
  });

  it('of an annual term that is cancelled in it gives its rest back', async () => {
    await billing.signUp('acme', { ...growth, billingCycle: 'annual' });
    await billing.pay('acme');
    await billing.advance('2026-04-01');
    await billing.subscription('pauseSubscription', 'acme');
    await billing.advance('2027-06-01');
    await billing.subscription('cancelSubscription', 'acme', { at: 'now', refund: 'unused' });
    const [invoice] = await billing.invoices('acme');
    expect(invoice?.refunds).toMatchObject([{ amount: { amount: '2335.64' }, status: 'pending' }]);
    expect(await billing.balances()).toMatchObject({ '2220': '-2335.64', '4010': '-707.77' });
  });
});

describe('cancelled now', () => {
  it('bills outstanding usage and keeps, refunds or credits the rest', async () => {
    for (const customer of ['kept', 'refunded', 'open']) {
      await billing.signUp(customer, growth);
      if (customer !== 'open') await billing.pay(customer);
    }
    await billing.advance(half);
    for (const customer of ['kept', 'refunded', 'open']) {
      await billing.mail(customer, 90_000, '2026-01-10T00:00:00Z');
    }
    await billing.subscription('cancelSubscription', 'kept', { at: 'now' });
    await billing.subscription('cancelSubscription', 'refunded', { at: 'now', refund: 'unused' });
    await billing.subscription('cancelSubscription', 'open', { at: 'now' });
    // Half a month has half of the allowance of 50,000.
    for (const customer of ['kept', 'refunded', 'open']) {
      const last = (await billing.invoices(customer)).at(-1);
      expect(last).toMatchObject({ kind: 'cancellation', lines: [{ billable: 65_000 }] });
    }
    const usage = { '4020': (await billing.balances('kept'))['4020'] };
    expect(await billing.balances('kept')).toMatchObject({ ...usage, '4010': '-299.00' });
    expect(await billing.balances('refunded')).toMatchObject({
      ...usage,
      '4010': '-149.50',
      '2220': '-161.46',
    });
    expect(await billing.balances('open')).toMatchObject({ ...usage, '4010': '-149.50' });
    const [invoice] = await billing.invoices('refunded');
    const refundId = invoice?.refunds[0]?.refundId ?? '';
    await billing.service.ok('settleRefund', { refundId });
    expect(await billing.refusal('settleRefund', { refundId })).toBe('refund-settled');
    expect(await billing.balances('refunded')).toMatchObject({ '1100': '-161.46' });
    await billing.advance('2026-03-02');
    expect(await billing.summary('kept')).toHaveLength(2);
  });

  it('in the hours of a draft makes that final first', async () => {
    await billing.signUp('annual', { ...growth, billingCycle: 'annual' });
    await billing.signUp('monthly', growth);
    await billing.advance('2026-01-10');
    for (const customer of ['annual', 'monthly']) {
      await billing.mail(customer, 60_000, '2026-01-10T00:00:00Z');
    }
    await billing.advance('2026-02-01T06:00:00Z');
    expect((await billing.summary('annual')).at(-1)).toBe('monthly 0.00 draft');
    for (const customer of ['annual', 'monthly']) {
      await billing.mail(customer, 7_000, '2026-02-01T05:00:00Z');
      await billing.subscription('cancelSubscription', customer, { at: 'now' });
      const all = await billing.summary(customer);
      expect(all.filter((line) => line.endsWith('draft'))).toEqual([]);
      expect(all.map((line) => line.split(' ')[0])).toEqual(['signup', 'monthly', 'cancellation']);
    }
  });

  it('and back again: a new start, a stub, and reactivation', async () => {
    await billing.signUp('acme', growth);
    await billing.pay('acme');
    await billing.advance(half);
    await billing.subscription('cancelSubscription', 'acme', { at: 'now' });
    expect(await billing.refusal('resumeSubscription', { customerId: 'acme' })).toBe(
      'subscription-not-found',
    );
    await billing.advance('2026-03-16T12:00:00Z');
    const again = await billing.subscription('createSubscription', 'acme', { tier: 'pro' });
    expect(again).toMatchObject({ status: 'active', charge: { amount: { amount: '399.50' } } });
    await billing.advance('2026-04-02');
    expect((await billing.summary('acme')).slice(1)).toEqual([
      'signup 431.46 finalized',
      'monthly 862.92 finalized',
    ]);
  });
});

it('cancelled at the end of the period bills the month’s usage and what was kept for it', async () => {
  await billing.signUp('acme', growth);
  await billing.pay('acme');
  await billing.advance(half);
  await billing.subscription('changeSubscriptionTier', 'acme', { newTier: 'pro', prorate: 'nextInvoice' });
  await billing.subscription('cancelSubscription', 'acme', { at: 'periodEnd' });
  await billing.advance('2026-02-02');
  expect(await billing.summary('acme')).toEqual(['signup 322.92 paid', 'monthly 270.00 finalized']);
  expect(await billing.stateOf('acme')).toMatchObject({ status: 'cancelled' });
});
