import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  balancesOf,
  type InvoiceBody,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../support/service.ts';
import { eventsOf, live } from './service-support.ts';

let service: TestService;
const signUp = (customerId: string, tier = 'growth') =>
  service.ok('initializeCustomerRevenue', { customerId, tier, paymentMethod: true });
const use = (customerId: string, eventType: string, quantity: number, occurredAt: string) =>
  service.ok('trackUsageEvent', {
    customerId,
    eventType,
    quantity,
    occurredAt,
    eventId: `${eventType}-${occurredAt}`,
  });
const newest = async (customerId: string) => {
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
  return (await service.ok<InvoiceBody>('getInvoice', { invoiceId: body.data[0]?.invoiceId })).body;
};
const usageOf = (invoice: InvoiceBody) =>
  invoice.lines.filter(({ kind }) => kind === 'usage').map(({ meter, amount }) => [meter, amount.amount]);

beforeAll(async () => {
  service = await startTestService();
  for (const id of ['own-price', 'committed', 'ended', 'late', 'stub']) await signUp(id);
  await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
});
afterAll(() => service.close());

it("a price of one's own holds for whole months: in the view, in the accrual and on the invoice", async () => {
  const customerId = 'own-price';
  await use(customerId, 'sms.sent', 1_500, '2026-01-15T00:00:00Z');
  const tiers = [
    { upTo: 1_000, unitPrice: '0.045' },
    { upTo: null, unitPrice: '0.01' },
  ];
  const { body, position } = await service.ok('setPriceOverride', {
    customerId,
    eventType: 'sms.sent',
    price: { kind: 'graduated', tiers },
  });
  expect(body).toMatchObject({ prices: [{ eventType: 'sms.sent', from: '2026-01' }] });
  expect((await service.ok('getUsageTerms', { customerId, minPosition: position })).body).toEqual(body);
  const view = await service.ok<{ meters: { eventType: string }[] }>('calculateBillableUsage', {
    customerId,
    period: '2026-01',
  });
  expect(view.body.meters.find(({ eventType }) => eventType === 'sms.sent')).toMatchObject({
    priceModel: 'graduated',
    unitPrice: { amount: '0.045' },
    amount: { amount: '50.00' },
  });
});

it('a commitment is topped up once the month is over, and shown on the way', async () => {
  const customerId = 'committed';
  await use(customerId, 'sms.sent', 10_000, '2026-01-15T00:00:00Z');
  const amount = { amount: '500.00', currency: 'USD' };
  const { position } = await service.ok('setMinimumCommitment', { customerId, amount });
  const { body } = await service.ok('calculateBillableUsage', {
    customerId,
    period: '2026-01',
    minPosition: position,
  });
  expect(body).toMatchObject({
    commitment: {
      committed: { amount: '500.00' },
      shortfall: { amount: '380.00' },
      accrued: { amount: '0.00' },
    },
    total: { amount: '120.00' },
  });
  await service.ok('setMinimumCommitment', { customerId: 'late', amount });
  await service.ok('setMinimumCommitment', { customerId: 'ended', amount });
  await service.ok('setMinimumCommitment', { customerId: 'ended', amount: null });
});

it('months are billed by what was agreed', async () => {
  await service.ok('advanceClock', { to: '2026-02-02T00:00:00Z' });
  expect(usageOf(await newest('own-price'))).toEqual([['sms.sent', '50.00']]);
  expect(usageOf(await newest('committed'))).toEqual([
    ['sms.sent', '120.00'],
    ['minimum.commitment', '380.00'],
  ]);
  expect(usageOf(await newest('late'))).toEqual([['minimum.commitment', '500.00']]);
  expect(usageOf(await newest('ended'))).toEqual([]);
  const [accrued] = await eventsOf(service, 'rating-late.2026-01');
  expect(accrued).toMatchObject({ metadata: { entry: { template: 'USE-10@1' } } });
});

it('late usage lowers what a commitment asks for: billed once, the top-up credited', async () => {
  await use('late', 'sms.sent', 1_000, '2026-01-31T00:00:00Z');
  await live(service, '2026-03-02T00:00:00.000Z', 'late', 'own-price');
  const rating = await eventsOf(service, 'rating-late.2026-01');
  const credited = rating.filter(({ type }) => type === 'usage.credited');
  expect(credited).toMatchObject([
    { data: { lines: [{ meter: 'minimum.commitment', accrued: '12.00', credited: '12.00' }] } },
  ]);
  expect(usageOf(await newest('late'))).toEqual([
    ['sms.sent', '12.00'],
    ['minimum.commitment', '500.00'],
  ]);
});

it('with effect in the past the difference is posted at once: credited down, billed up', async () => {
  const customerId = 'own-price';
  const standard = (unitPrice: string) => ({ kind: 'standard', unitPrice });
  await service.ok('setPriceOverride', {
    customerId,
    eventType: 'sms.sent',
    from: '2026-01',
    price: standard('0.02'),
  });
  const rating = await eventsOf(service, `rating-${customerId}.2026-01`);
  expect(rating.slice(-2)).toMatchObject([
    { type: 'usage.accrued', data: { lines: [{ amount: '30.00', delta: '-20.00' }] } },
    { type: 'usage.credited', data: { lines: [{ quantity: '0', accrued: '20.00', credited: '20.00' }] } },
  ]);
  await service.ok('setPriceOverride', {
    customerId,
    eventType: 'sms.sent',
    from: '2026-01',
    price: standard('0.021'),
  });
  await live(service, '2026-04-02T00:00:00.000Z', customerId);
  expect(usageOf(await newest(customerId))).toEqual([['sms.sent', '1.50']]);
  const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { customerId });
  expect(balancesOf(body)).toMatchObject({ '4020': '-31.50' });
});

it.each([
  ['setPriceOverride', { eventType: 'no.such', price: null }, 'unknown-event-type'],
  [
    'setPriceOverride',
    { eventType: 'sms.sent', price: { kind: 'volume', tiers: [{ upTo: 5, unitPrice: '1' }] } },
    'invalid-price',
  ],
  [
    'setPriceOverride',
    { eventType: 'sms.sent', price: { kind: 'standard', unitPrice: '-1' } },
    'validation-failed',
  ],
  [
    'setPriceOverride',
    { eventType: 'sms.sent', price: { kind: 'standard', unitPrice: '0.0000000001' } },
    'validation-failed',
  ],
  ['setMinimumCommitment', { amount: { amount: '1.005', currency: 'USD' } }, 'invalid-amount'],
  ['setMinimumCommitment', { amount: { amount: '1.00', currency: 'EUR' } }, 'currency-mismatch'],
  ['setMinimumCommitment', { customerId: 'nobody', amount: null }, 'customer-not-found'],
  ['setUsageAlert', { eventType: 'no.such', threshold: 5 }, 'unknown-event-type'],
])('%s refuses %j', async (operation, inputs, code) => {
  const answer = await service.client.call(operation, { customerId: 'own-price', ...inputs });
  expect(answer.body).toMatchObject({ code });
});
