import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Billing, startBilling } from './support/billing.ts';

let billing: Billing;
beforeEach(async () => {
  billing = await startBilling();
});
afterEach(() => billing.prove());

const growth = { paymentMethod: true, tier: 'growth' };
const half = '2026-01-16T12:00:00Z';

it('a downgrade now is credited, and an upgrade kept for later is billed, on every plan', async () => {
  await billing.signUp('down', { ...growth, tier: 'pro' });
  await billing.pay('down');
  await billing.signUp('later', growth);
  await billing.signUp('annual', { ...growth, billingCycle: 'annual' });
  await billing.advance(half);
  await billing.subscription('changeSubscriptionTier', 'down', { newTier: 'growth', effectiveAt: 'now' });
  expect(await billing.balances('down')).toMatchObject({ '2100': '-149.50', '2200': '-270.00' });
  for (const customer of ['later', 'annual']) {
    const change = { newTier: 'pro', prorate: 'nextInvoice' };
    const { settlement } = await billing.subscription('changeSubscriptionTier', customer, change);
    expect(settlement).toBe('nextInvoice');
  }
  await billing.advance('2026-02-02');
  const [, later] = await billing.invoices('later');
  expect(later?.lines.map((line) => `${line.kind} ${line.amount.amount}`)).toEqual([
    'subscription 799.00',
    'proration 250.00',
  ]);
  // An annual plan has no invoice in a month without usage, but for what waits for one.
  const [, annual] = await billing.invoices('annual');
  expect(annual).toMatchObject({ kind: 'monthly', lines: [{ kind: 'proration' }] });
  expect((await billing.balances('annual'))['1210']).toBeUndefined();
  await billing.advance('2026-03-02');
  expect(await billing.invoices('annual')).toHaveLength(2);
});

it('an annual plan bills usage by the month, and renews at its anchor', async () => {
  await billing.advance('2026-01-31T12:00:00Z');
  await billing.signUp('acme', { ...growth, billingCycle: 'annual' });
  await billing.pay('acme');
  await billing.advance('2026-02-10');
  await billing.mail('acme', 60_000, '2026-02-10T00:00:00Z');
  await billing.advance('2026-03-02');
  expect(await billing.summary('acme')).toEqual(['signup 3100.03 paid', 'monthly 8.64 finalized']);
  await billing.pay('acme');
  await billing.subscription('changeSubscriptionTier', 'acme', {
    newTier: 'growth',
    billingCycle: 'monthly',
  });
  await billing.advance('2027-01-31T12:00:00Z');
  // The term ends within a month: its rest is charged by itself, then the calendar has it.
  expect((await billing.summary('acme')).at(-1)).toBe('renewal 5.21 finalized');
  await billing.advance('2027-02-02');
  expect((await billing.summary('acme')).at(-1)).toBe('monthly 322.92 finalized');
});

it('a coupon lowers price and recurring revenue for its months, and runs out', async () => {
  await billing.signUp('acme', growth);
  const coupon = { customerId: 'acme', couponId: 'SPRING', percentOff: '20', months: 2 };
  await billing.service.ok('applyCoupon', coupon);
  expect(await billing.refusal('applyCoupon', { ...coupon, couponId: 'OTHER' })).toBe('coupon-active');
  const mrr: string[] = [];
  for (const month of ['02', '03', '04']) {
    await billing.pay('acme');
    await billing.advance(`2026-${month}-02`);
    await billing.service.service.core.drain();
    const { body } = await billing.service.ok<{
      recurringRevenue: { mrr: { amount: string } };
    }>('getCustomerRevenueDashboard', { customerId: 'acme' });
    mrr.push(body.recurringRevenue.mrr.amount);
  }
  expect(mrr).toEqual(['239.20', '239.20', '299.00']);
  expect((await billing.summary('acme')).map((line) => line.split(' ')[1])).toEqual([
    ...['322.92', '258.34', '258.34', '322.92'],
  ]);
});

it('a draft gathers late facts for a day, and is then final with the number that comes next', async () => {
  await billing.signUp('acme', growth);
  await billing.signUp('quiet', { ...growth, tier: 'free' });
  await billing.advance('2026-01-10');
  await billing.mail('quiet', 10, '2026-01-10T00:00:00Z');
  await billing.advance('2026-02-01T08:00:00Z');
  const [, draft] = await billing.invoices('acme');
  expect(draft).toMatchObject({ status: 'draft', number: null, period: '2026-01' });
  const invoiceId = draft?.invoiceId ?? '';
  const money = { amount: '1.00', currency: 'USD' };
  for (const [operation, inputs] of [
    ['recordInvoicePayment', { amount: money, method: 'card' }],
    ['voidInvoice', { reason: 'x' }],
    ['issueCreditNote', { amount: money, reason: 'x' }],
    ['writeOffInvoice', { reason: 'x' }],
  ] as const) {
    expect(await billing.refusal(operation, { invoiceId, ...inputs })).toBe('invoice-not-final');
  }
  await billing.mail('acme', 60_000, '2026-01-31T23:00:00Z');
  await billing.mail('acme', 70_000, '2026-02-01T07:00:00Z');
  expect(await billing.summary('quiet')).toEqual([]);
  // What the draft will bill, and nothing of the month that runs.
  const previewed = () => billing.service.ok('previewInvoice', { customerId: 'acme' });
  expect((await previewed()).body).toMatchObject({
    period: '2026-01',
    finalizesAt: '2026-02-02T00:00:00.000Z',
    invoice: { invoiceId, total: { amount: '331.56' } },
  });
  await billing.advance('2026-02-02');
  expect((await previewed()).body).toMatchObject({ period: '2026-02' });
  const [, final] = await billing.invoices('acme');
  expect(final).toMatchObject({ invoiceId, status: 'finalized', number: 2, total: { amount: '331.56' } });
  expect(await billing.summary('quiet')).toEqual([]);
});

it('a draft that has come to nothing goes when the bill run finds that out', async () => {
  await billing.signUp('acme', { ...growth, tier: 'free' });
  await billing.advance('2026-01-10');
  await billing.mail('acme', 60_000, '2026-01-10T00:00:00Z');
  await billing.advance('2026-02-01T08:00:00Z');
  expect(await billing.summary('acme')).toEqual(['monthly 0.00 draft']);
  const wrong = { customerId: 'acme', eventType: 'email.sent', quantity: -60_000 };
  await billing.service.ok('correctUsage', {
    ...wrong,
    occurredAt: '2026-01-10T00:00:00Z',
    reason: 'a test of the sender',
  });
  await billing.advance('2026-02-02');
  expect(await billing.summary('acme')).toEqual([]);
  const { body } = await billing.service.ok('getBillingRun', { period: '2026-01' });
  expect(body).toMatchObject({ status: 'finished', customers: 1, skipped: 1, invoiced: 0 });
});

it('a void gives usage to the next invoice; corrections of an open invoice tie out', async () => {
  await billing.signUp('acme', growth);
  await billing.pay('acme');
  await billing.advance('2026-01-10');
  await billing.mail('acme', 60_000, '2026-01-10T00:00:00Z');
  await billing.advance('2026-02-05');
  const [, invoice] = await billing.invoices('acme');
  const invoiceId = invoice?.invoiceId ?? '';
  await billing.service.ok('voidInvoice', { invoiceId, reason: 'wrong address' });
  expect((await billing.balances())['1210']).toBe('8.00');
  expect(
    await billing.refusal('recordInvoicePayment', {
      ...{ invoiceId, method: 'card', amount: { amount: '1.00', currency: 'USD' } },
    }),
  ).toBe('invoice-void');
  await billing.advance('2026-03-02');
  const [, , next] = await billing.invoices('acme');
  expect(next?.lines.map((line) => `${line.kind} ${line.amount.amount}`)).toEqual([
    'subscription 299.00',
    'usage 8.00',
  ]);
  const id = next?.invoiceId ?? '';
  await billing.service.ok('issueCreditNote', {
    ...{ invoiceId: id, reason: 'outage', amount: { amount: '50.00', currency: 'USD' } },
  });
  expect(await billing.refusal('voidInvoice', { invoiceId: id, reason: 'x' })).toBe('invoice-not-voidable');
  await billing.pay('acme');
  const refund = { invoiceId: id, reason: 'complaint', amount: { amount: '100.00', currency: 'USD' } };
  const { body } = await billing.service.ok<{ refundId: string }>('refundPayment', refund);
  await billing.service.ok('settleRefund', { refundId: body.refundId, outcome: 'failed', reason: 'closed' });
  await billing.service.ok('settleRefund', { refundId: body.refundId });
  await billing.advance('2026-04-02');
});
