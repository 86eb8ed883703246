import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
  await service.ok('initializeCustomerRevenue', { customerId: 'cus_a', tier: 'growth' });
});
afterAll(() => service.close());

const cursor = (sortKey: string) => Buffer.from(JSON.stringify([sortKey, 'x'])).toString('base64url');
const customerId = 'cus_a';

type Asked = readonly [string, Readonly<Record<string, unknown>>];

const faulty: Asked[] = [
  ['getUsage', { customerId, period: '0001-01' }],
  ['getUsage', { customerId, period: '9999-12' }],
  ['calculateBillableUsage', { customerId, period: '1969-12' }],
  ['generateMonthlyInvoice', { customerId, period: '9999-12' }],
  ['getMrrMovements', { from: '9999-11', to: '9999-12' }],
  ['getMrrMovements', { from: '0000-01', to: '2026-01' }],
  ['trackUsageEvent', { customerId, eventType: 'api.called', occurredAt: '9999-12-31T23:59:59-12:00' }],
  ['trackUsageEvent', { customerId, eventType: 'api.called', occurredAt: '0000-01-01T00:00:00+12:00' }],
  ['trackUsageEvent', { customerId, eventType: 'api.called', quantity: 1_000_000_001 }],
  ['advanceClock', { to: '9999-12-31T23:59:59Z' }],
  ['getTrialBalance', { asOf: '9999-12-31' }],
  ['getTrialBalance', { asOf: '9999-12-31T23:59:59-12:00' }],
  ['getTrialBalance', { knownAt: '9999-12-31T23:59:59-12:00' }],
  ['getAccountStatement', { account: '1200', from: '0000-01-01' }],
  ['getEvent', { stream: 'customer-cus_a', revision: 99_999_999_999 }],
  ...['abc', '-5', '1e30', '1.5', '9'.repeat(20)].flatMap((sortKey): Asked[] => [
    ['listInvoices', { startingAfter: cursor(sortKey) }],
    ['listInvoices', { endingBefore: cursor(sortKey) }],
    ['listEvents', { startingAfter: cursor(sortKey) }],
    ['listEvents', { stream: 'customer-cus_a', startingAfter: cursor(sortKey) }],
    ['listJournalEntries', { startingAfter: cursor(sortKey) }],
    ['getAccountStatement', { account: '1200', startingAfter: cursor(sortKey) }],
  ]),
];

it.each(faulty)('%s of %o is the fault of who asks', async (operation, inputs) => {
  expect((await service.client.call(operation, inputs)).status).toBe(400);
});

const sound: Asked[] = [
  ['getUsage', { customerId, period: '1971-01' }],
  ['getUsage', { customerId, period: '2999-12' }],
  ['getTrialBalance', { asOf: '2999-12-31' }],
  ['getTrialBalance', { knownAt: '2999-12-31T23:59:59-12:00' }],
];

it('the largest quantity of a fact is taken', async () => {
  const fact = { customerId, eventType: 'api.called', quantity: 1_000_000_000 };
  expect((await service.client.call('trackUsageEvent', fact)).status).toBe(201);
});

it.each(sound)('%s of %o has an answer', async (operation, inputs) => {
  expect((await service.client.call(operation, inputs)).status).toBe(200);
});
