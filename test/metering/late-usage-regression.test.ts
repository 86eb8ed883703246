import { afterAll, beforeAll, expect, it } from 'vitest';
import { balancesOf, startTestService, type TestService, type TrialBalanceBody } from '../support/service.ts';

/**
 * What came after a month's invoice was accrued with the next invoice only, a month after it was received. It belongs
 * to the month in which it was received (billing rule 8).
 */
let service: TestService;
const customerId = 'tardy';

beforeAll(async () => {
  service = await startTestService();
});

afterAll(() => service?.close());

it('late usage posts in the month in which it was received, with the service month it belongs to', async () => {
  await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
  await service.ok('advanceClock', { to: '2026-02-03T00:00:00Z' });
  await service.ok('trackUsageEvent', {
    customerId,
    eventType: 'model.trained',
    eventId: 'late',
    occurredAt: '2026-01-31T12:00:00Z',
  });
  await service.ok('advanceClock', { to: '2026-03-01T00:00:00Z' });
  await service.service.core.drain();
  const usageAsOf = async (asOf: string) => {
    const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { asOf });
    return balancesOf(body)['4020'];
  };
  expect(await usageAsOf('2026-01-31')).toBeUndefined();
  expect(await usageAsOf('2026-02-28')).toBe('-50.00');
  const { body } = await service.ok<{ data: { template: string; postings: object[] }[] }>(
    'listJournalEntries',
    { customerId, account: '4020' },
  );
  expect(body.data).toMatchObject([{ template: 'USE-4@1' }]);
  expect(body.data[0]?.postings).toContainEqual(
    expect.objectContaining({ account: '4020', servicePeriod: '2026-01' }),
  );
});
