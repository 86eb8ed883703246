import { afterEach, beforeEach, expect, it } from 'vitest';
import { addMillis } from '../../domain/kernel/time.ts';
import { type Billing, startBilling } from './support/billing.ts';

let billing: Billing;
beforeEach(async () => {
  billing = await startBilling();
});
afterEach(() => billing.prove());

const growth = { paymentMethod: true, tier: 'growth' };
/** The sign-up invoice of 1 January is due on the 31st. */
const day = (days: number) => addMillis('2026-01-31T00:00:00.000Z', days * 86_400_000);

async function stepOf(customerId: string): Promise<string> {
  const [first] = await billing.invoices(customerId);
  return `${first?.status} ${first?.dunning}`;
}

const requests = async () => {
  const events = await billing.service.service.core.store.readAll(0, 10_000);
  return events.filter(({ type }) => type === 'payment.requested').length;
};

it('goes day by day from past due to the write-off, and a recovery comes after', async () => {
  await billing.signUp('acme', growth);
  await billing.advance(day(-1));
  expect(await stepOf('acme')).toBe('finalized null');
  for (const [days, step] of [
    [0, 'past_due'],
    [7, 'grace'],
    [14, 'restricted'],
    [21, 'suspended'],
  ] as const) {
    await billing.advance(day(days));
    expect(await stepOf('acme')).toBe(`past_due ${step}`);
  }
  expect(await billing.stateOf('acme')).toMatchObject({ status: 'suspended' });
  expect(await billing.refusal('changeSubscriptionTier', { customerId: 'acme', newTier: 'pro' })).toBe(
    'subscription-suspended',
  );
  const stopped = (await billing.balances())['4010'];
  await billing.advance(day(44));
  // February's rest stands still, and March is not invoiced.
  expect((await billing.balances())['4010']).toBe(stopped);
  expect(await billing.invoices('acme')).toHaveLength(2);
  await billing.advance(day(45));
  expect(await stepOf('acme')).toBe('uncollectible cancelled');
  expect(await billing.stateOf('acme')).toMatchObject({ status: 'cancelled' });
  await billing.advance('2026-04-20');
  expect(await billing.summary('acme')).toEqual([
    'signup 322.92 uncollectible',
    'monthly 322.92 uncollectible',
  ]);
  const [signUp] = await billing.invoices('acme');
  const recovery = { invoiceId: signUp?.invoiceId, method: 'card' };
  for (const amount of ['100.00', '222.92']) {
    await billing.service.ok('recordInvoicePayment', { ...recovery, amount: { amount, currency: 'USD' } });
  }
  expect((await billing.invoices('acme'))[0]?.recovered.amount).toBe('322.92');
  const more = { ...recovery, amount: { amount: '0.01', currency: 'USD' } };
  expect(await billing.refusal('recordInvoicePayment', more)).toBe('invoice-already-paid');
});

it('a payment on day 30 catches up what stood still', async () => {
  await billing.signUp('acme', growth);
  await billing.signUp('good', growth);
  for (const date of [day(0), '2026-02-02T00:00:00Z', '2026-02-10T00:00:00Z']) {
    await billing.pay('good');
    await billing.advance(date);
  }
  await billing.mail('acme', 60_000, '2026-02-10T00:00:00Z');
  await billing.pay('good');
  await billing.advance(day(30));
  await billing.pay('good');
  expect(await billing.stateOf('acme')).toMatchObject({ status: 'suspended' });
  expect((await billing.balances('acme'))['4010']).toBe('-299.00');
  await billing.pay('acme');
  expect(await billing.stateOf('acme')).toMatchObject({ status: 'active' });
  // February is earned, March is invoiced with February's usage: as if nothing had been.
  expect((await billing.balances('acme'))['4010']).toBe('-598.00');
  expect((await billing.summary('acme')).at(-1)).toBe('monthly 331.56 finalized');
  await billing.advance('2026-04-01');
  expect((await billing.balances('acme'))['4010']).toBe((await billing.balances('good'))['4010']);
});

it('asks for the payment on its days, and a hard decline ends that alone', async () => {
  await billing.signUp('acme', growth);
  await billing.signUp('declined', { tier: 'growth' });
  await billing.advance(day(3));
  expect(await requests()).toBe(4);
  const [invoice] = await billing.invoices('declined');
  const failure = { invoiceId: invoice?.invoiceId, reason: 'stolen card' };
  await billing.service.ok('recordPaymentFailure', failure);
  await billing.service.ok('recordPaymentFailure', { ...failure, hard: true });
  await billing.pay('acme');
  await billing.advance(day(14));
  expect(await requests()).toBe(4);
  expect(await stepOf('declined')).toBe('past_due restricted');
  expect(await stepOf('acme')).toMatch(/^paid /);
  expect(
    await billing.refusal('recordPaymentFailure', {
      ...failure,
      invoiceId: (await billing.invoices('acme'))[0]?.invoiceId,
    }),
  ).toBe('invoice-already-paid');
});

it('a write-off by hand credits what is not delivered and lets the service go on', async () => {
  await billing.signUp('acme', growth);
  await billing.advance('2026-01-21T16:00:00Z');
  const [invoice] = await billing.invoices('acme');
  const invoiceId = invoice?.invoiceId;
  const { body } = await billing.service.ok('writeOffInvoice', { invoiceId, reason: 'small claim' });
  expect(body).toMatchObject({
    status: 'uncollectible',
    creditNote: { toReceivable: { amount: '107.64' } },
    writtenOff: { amount: '215.28' },
  });
  expect(await billing.balances()).toEqual({ '1205': '199.33', '4010': '-199.33' });
  expect(await billing.refusal('voidInvoice', { invoiceId, reason: 'x' })).toBe('invoice-not-voidable');
});
