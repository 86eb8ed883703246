import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InvoiceBody, startTestService, type TestService } from '../support/service.ts';

let service: TestService;
const use = (customerId: string, quantity: number, occurredAt: string) =>
  service.ok('trackUsageEvent', {
    customerId,
    eventType: 'sms.sent',
    quantity,
    occurredAt,
    eventId: `${occurredAt} ${quantity}`,
  });
const usageOf = (invoice: InvoiceBody) =>
  invoice.lines.filter(({ kind }) => kind === 'usage').map(({ amount }) => amount.amount);
const monthly = async (customerId: string) => {
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
  const found = body.data.find(({ kind }) => kind === 'monthly');
  return (await service.ok<InvoiceBody>('getInvoice', { invoiceId: found?.invoiceId })).body;
};

beforeAll(async () => {
  service = await startTestService();
  for (const customerId of ['first', 'second', 'none']) {
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
  }
  await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
  await use('first', 1_000, '2026-01-19T00:00:00Z');
  await use('second', 1_000, '2026-01-19T00:00:00Z');
});
afterAll(() => service.close());

it('refuses a month that runs, and a customer that does not exist', async () => {
  const call = async (customerId: string) =>
    (await service.client.call('generateUsageInvoice', { customerId, period: '2026-01' })).body;
  expect(await call('first')).toMatchObject({ code: 'period-not-ended' });
  expect(await call('nobody')).toMatchObject({ code: 'customer-not-found' });
});

it('bills the usage of the month alone; the monthly invoice bills what is left', async () => {
  await service.ok('advanceClock', { to: '2026-02-01T00:00:00Z' });
  const asked = { customerId: 'first', period: '2026-01' };
  const made = await service.ok<InvoiceBody>('generateUsageInvoice', asked);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    kind: 'usage',
    period: '2026-01',
    lines: [{ kind: 'usage', meter: 'sms.sent', quantity: 1_000 }],
    total: { amount: '12.00' },
  });
  await use('first', 500, '2026-01-31T00:00:00Z');
  const again = await service.ok<InvoiceBody>('generateUsageInvoice', asked);
  expect(again.status).toBe(200);
  expect(again.body).toEqual(made.body);
  await service.ok('advanceClock', { to: '2026-02-02T00:00:00Z' });
  expect(usageOf(await monthly('first'))).toEqual(['6.00']);
});

it('after the monthly invoice there is nothing to bill but what came late', async () => {
  expect(usageOf(await monthly('second'))).toEqual(['12.00']);
  const asked = { customerId: 'second', period: '2026-01' };
  const nothing = await service.client.call('generateUsageInvoice', asked);
  expect(nothing.body).toMatchObject({ code: 'nothing-to-bill' });
  await use('second', 250, '2026-01-31T00:00:00Z');
  const { body } = await service.ok<InvoiceBody>('generateUsageInvoice', asked);
  expect(usageOf(body)).toEqual(['3.00']);
  const none = await service.client.call('generateUsageInvoice', { customerId: 'none', period: '2026-01' });
  expect(none.body).toMatchObject({ code: 'nothing-to-bill' });
});
