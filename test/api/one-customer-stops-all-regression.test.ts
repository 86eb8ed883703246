import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InvoiceBody, startTestService, type TestService } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ CLOCK: 'manual:2026-01-10T12:00:00Z' });
});
afterAll(() => service.close());

it('a customer whose usage is beyond what an amount can hold does not stop the books of the others', async () => {
  for (const customerId of ['cus_absurd', 'cus_plain']) {
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
  }
  const most = { eventType: 'model.trained', quantity: 1_000_000_000_000 };
  const facts = Array.from({ length: 25 }, (_, index) => ({
    ...most,
    customerId: 'cus_absurd',
    eventId: `absurd-${index}`,
  }));
  await service.ok('trackUsageEvents', { events: facts });
  await service.ok('advanceClock', { to: '2026-03-05T00:00:00Z' });
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId: 'cus_plain' });
  expect(body.data.map(({ kind }) => kind)).toEqual(['monthly', 'monthly', 'signup']);
});
