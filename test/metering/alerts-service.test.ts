import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

interface AlertBody {
  readonly customerId: string;
  readonly eventType: string;
  readonly unit: string;
  readonly threshold: number;
  readonly direction: string;
  readonly recommendation: string | null;
}

let service: TestService;
const customerId = 'acme';
let facts = 0;
const use = (quantity: number, eventType = 'api.called') => {
  facts += 1;
  return service.ok('trackUsageEvent', { customerId, eventType, quantity, eventId: `f${facts}` });
};
/** Alerts of a month, oldest first. */
async function alerts(period = '2026-01'): Promise<(readonly [string, string, number, string])[]> {
  await service.service.core.drain();
  const { body } = await service.ok<{ data: AlertBody[] }>('listUsageAlerts', {
    customerId,
    period,
    limit: 100,
  });
  return body.data
    .map((alert) => [alert.eventType, alert.unit, alert.threshold, alert.direction] as const)
    .reverse();
}

beforeAll(async () => {
  service = await startTestService();
  await service.ok('initializeCustomerRevenue', { customerId, tier: 'starter', paymentMethod: true });
  await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
});
afterAll(() => service.close());

it('says each standing threshold once, whatever comes after', async () => {
  await use(40_000);
  expect(await alerts()).toEqual([]);
  await use(10_000);
  await use(1);
  expect(await alerts()).toEqual([['api.called', 'percent', 50, 'up']]);
  await use(75_000);
  expect(await alerts()).toEqual(
    [50, 80, 90, 100, 120].map((percent) => ['api.called', 'percent', percent, 'up']),
  );
  await service.restart();
  await use(100_000);
  expect(await alerts()).toHaveLength(5);
});

it('from 80 % on it points to the upgrade recommendation', async () => {
  const { body } = await service.ok<{ data: AlertBody[] }>('listUsageAlerts', { customerId });
  const hinted = body.data.filter(({ recommendation }) => recommendation !== null);
  expect(hinted.map(({ threshold }) => threshold).sort((a, b) => a - b)).toEqual([80, 90, 100, 120]);
});

it('says once that usage was corrected below a threshold, and not again', async () => {
  const correct = (quantity: number) =>
    service.ok('correctUsage', { customerId, eventType: 'api.called', quantity, reason: 'twice' });
  await correct(-135_000);
  expect((await alerts()).slice(5)).toEqual(
    [100, 120].map((percent) => ['api.called', 'percent', percent, 'down']),
  );
  await correct(100_000);
  await correct(-100_000);
  expect(await alerts()).toHaveLength(7);
});

it("a threshold of one's own, in units or percent, is looked at when it is set", async () => {
  await use(30, 'sms.sent');
  expect(await alerts()).toHaveLength(7);
  const own = { customerId, eventType: 'sms.sent', threshold: 25, unit: 'units' };
  expect((await service.ok('setUsageAlert', own)).body).toMatchObject({
    alerts: [{ eventType: 'sms.sent', threshold: { unit: 'units', value: 25 } }],
  });
  expect((await alerts()).slice(7)).toEqual([['sms.sent', 'units', 25, 'up']]);
  await service.ok('setUsageAlert', { customerId, eventType: 'email.sent', threshold: 10 });
  await use(1_000, 'email.sent');
  expect((await alerts()).slice(8)).toEqual([['email.sent', 'percent', 10, 'up']]);
});

it('an upgrade that lifts the allowance is said as well', async () => {
  const before = await alerts();
  await service.ok('changeSubscriptionTier', { customerId, newTier: 'growth' });
  const after = (await alerts()).slice(before.length);
  expect(after).toContainEqual(['api.called', 'percent', 50, 'down']);
  expect(after.every(([, , , direction]) => direction === 'down')).toBe(true);
});

it('a new month begins anew', async () => {
  await service.ok('advanceClock', { to: '2026-02-10T00:00:00Z' });
  await use(600_000);
  expect(await alerts('2026-02')).toEqual([['api.called', 'percent', 50, 'up']]);
});
