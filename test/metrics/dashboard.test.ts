import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

const customerId = 'acme';
let service: TestService;

const dashboard = async () => {
  const minPosition = await service.service.core.store.head();
  return (await service.ok<object>('getCustomerRevenueDashboard', { customerId, minPosition })).body;
};

beforeAll(async () => {
  service = await startTestService();
  await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
});
afterAll(() => service?.close());

describe('a customer at a glance', () => {
  it('begins with what is owed and nothing earned', async () => {
    expect(await dashboard()).toMatchObject({
      standing: 'good',
      lifetimeRevenue: { kind: 'activity', amount: { amount: '0.00' } },
      cashCollected: { amount: { amount: '0.00' } },
      receivables: { open: { kind: 'balance', amount: { amount: '299.00' } }, pastDue: { amount: '0.00' } },
      alerts: { period: '2026-01', standing: 0, recommendation: false },
      funds: { credit: { amount: '0.00' }, wallet: { amount: '0.00' }, promotion: { amount: '0.00' } },
    });
  });

  it('shows thresholds that are passed, and funds', async () => {
    await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
    const fact = { customerId, eventType: 'email.sent', eventId: 'many', quantity: 60_000 };
    await service.ok('trackUsageEvents', { events: [fact] });
    await service.ok('topUpWallet', {
      customerId,
      amount: { amount: '50.00', currency: 'USD' },
      method: 'card',
    });
    await service.ok('advanceClock', { to: '2026-01-21T00:00:00Z' });
    const body = await dashboard();
    expect(body).toMatchObject({
      funds: { wallet: { amount: '50.00' } },
      cashCollected: { amount: { amount: '50.00' } },
    });
    const { alerts } = body as { alerts: { standing: number } };
    expect(alerts.standing).toBeGreaterThan(0);
  });

  it('shows what is past due', async () => {
    await service.ok('advanceClock', { to: '2026-02-03T00:00:00Z' });
    expect(await dashboard()).toMatchObject({
      standing: 'past-due',
      receivables: { pastDue: { amount: '299.00' } },
      lifetimeRevenue: { amount: { amount: expect.stringMatching(/^3\d\d\.\d+$/) } },
    });
  });
});
