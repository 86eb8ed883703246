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
  const most = { customerId: 'cus_absurd', eventType: 'model.trained', quantity: 1_000_000_000 };
  for (let call = 0; call < 25; call += 1) {
    const events = Array.from({ length: 1_000 }, (_, index) => ({ ...most, eventId: `${call}-${index}` }));
    await service.ok('trackUsageEvents', { events });
  }
  await service.ok('advanceClock', { to: '2026-03-05T00:00:00Z' });
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId: 'cus_plain' });
  expect(body.data.map(({ kind }) => kind)).toEqual(['monthly', 'monthly', 'signup']);
});
