import { afterAll, beforeAll, expect, it } from 'vitest';
import { balancesOf, startTestService, type TestService, type TrialBalanceBody } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ PROVISION: 'monthly' });
});

afterAll(() => service?.close());

const balances = async (asOf: string) => {
  await service.service.core.drain();
  const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { asOf });
  expect(body.zero).toBe(true);
  const { '1205': allowance, '5100': expense } = balancesOf(body);
  return { allowance, expense };
};

it('expected loss follows the age of what is owed, and goes back when it is paid', async () => {
  await service.ok('initializeCustomerRevenue', { customerId: 'slow', tier: 'growth', taxRate: '0.08' });
  await service.ok('advanceClock', { to: '2026-02-10T00:00:00Z' });
  // January's 299.00, due on the 31st, is a day overdue at the end of the month: 2 %.
  expect(await balances('2026-01-31')).toEqual({ allowance: '-5.98', expense: '5.98' });
  const { body } = await service.ok<{ data: { invoiceId: string; kind: string; due: object }[] }>(
    'listInvoices',
    { customerId: 'slow', kind: 'signup' },
  );
  const [january] = body.data;
  await service.ok('recordInvoicePayment', {
    invoiceId: january?.invoiceId,
    amount: january?.due,
    method: 'card',
  });
  await service.ok('advanceClock', { to: '2026-03-01T00:00:00Z' });
  // It is paid; February's is delivered and not due yet: half a per cent.
  expect(await balances('2026-02-28')).toEqual({ allowance: '-1.50', expense: '1.50' });
});
