import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  balancesOf,
  type InvoiceBody,
  type StoreName,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../support/service.ts';
import { eventsOf, live, meterOf } from './service-support.ts';

interface CorrectionBody {
  readonly correctionId: string;
  readonly occurredAt: string;
  readonly period: string;
}

describe.each<StoreName>(['postgres', 'eventstoredb'])('corrections over %s', (store) => {
  let service: TestService;
  const customerId = 'acme';
  const correct = (inputs: Readonly<Record<string, unknown>>, key?: string) =>
    service.ok<CorrectionBody>('correctUsage', { customerId, reason: 'counted twice', ...inputs }, key);

  beforeAll(async () => {
    service = await startTestService({}, store);
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
    await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
  });
  afterAll(() => service.close());

  it('adds a signed quantity to its month, on a meter of distinct things too, also below zero', async () => {
    await service.ok('trackUsageEvent', { customerId, eventType: 'api.called', eventId: 'a', quantity: 500 });
    await correct({ eventType: 'api.called', quantity: -200 });
    await correct({ eventType: 'profile.enriched', quantity: 40 });
    const { position } = await correct({ eventType: 'email.sent', quantity: -7 });
    expect(await meterOf(service, customerId, 'api.called', '2026-01', position)).toMatchObject({
      quantity: 300,
      ratedQuantity: 300,
      corrected: -200,
    });
    expect(await meterOf(service, customerId, 'profile.enriched', '2026-01')).toMatchObject({
      quantity: 40,
      corrected: 40,
    });
    expect(await meterOf(service, customerId, 'email.sent', '2026-01')).toMatchObject({
      quantity: -7,
      billable: 0,
      remaining: 50_007,
    });
  });

  it('is made once for its key, for ever; another body under the key is refused', async () => {
    const first = await correct({ eventType: 'api.called', quantity: 11 }, 'once');
    await service.restart();
    const again = await correct({ eventType: 'api.called', quantity: 11 }, 'once');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    const other = await service.client.call(
      'correctUsage',
      { customerId, eventType: 'api.called', quantity: 12, reason: 'counted twice' },
      { idempotencyKey: 'once' },
    );
    expect(other.body).toMatchObject({ code: 'idempotency-key-reused' });
    const head = (await eventsOf(service, `usage-${customerId}.2026-01`)).length;
    const foreign = await service.client.call(
      'createSubscription',
      { customerId, tier: 'pro' },
      { idempotencyKey: 'once' },
    );
    expect(foreign.status).toBeGreaterThanOrEqual(409);
    expect(await eventsOf(service, `usage-${customerId}.2026-01`)).toHaveLength(head);
  });

  it.each([
    ['a customer that does not exist', { customerId: 'nobody' }, 'customer-not-found'],
    ['another event type', { eventType: 'no.such' }, 'unknown-event-type'],
    ['nothing', { quantity: 0 }, 'invalid-usage'],
    ['what has not happened yet', { occurredAt: '2026-06-01T00:00:00Z' }, 'invalid-usage'],
  ])('refuses %s', async (_what, inputs, code) => {
    const body = { customerId, eventType: 'api.called', quantity: 1, reason: 'r', ...inputs };
    expect((await service.client.call('correctUsage', body)).body).toMatchObject({ code });
  });

  it('after the invoice is final: the accrual falls at once, and what was billed beyond it is credited', async () => {
    await service.ok('trackUsageEvent', { customerId, eventType: 'sms.sent', eventId: 's', quantity: 1_000 });
    await service.ok('advanceClock', { to: '2026-02-02T00:00:00Z' });
    const { position } = await correct({
      eventType: 'sms.sent',
      quantity: -250,
      occurredAt: '2026-01-15T00:00:00Z',
    });
    const rating = await eventsOf(service, `rating-${customerId}.2026-01`);
    const [accrued, credited] = rating.slice(-2);
    expect(accrued).toMatchObject({
      type: 'usage.accrued',
      data: { late: true, lines: [{ meter: 'sms.sent', quantity: '750', amount: '9.00', delta: '-3.00' }] },
      metadata: { entry: { template: 'USE-11@1' } },
    });
    expect(credited).toMatchObject({
      type: 'usage.credited',
      data: {
        month: '2026-01',
        currency: 'USD',
        lines: [{ meter: 'sms.sent', quantity: '250', accrued: '3.00', credited: '3.00' }],
      },
    });
    const billable = await service.ok('calculateBillableUsage', {
      customerId,
      period: '2026-01',
      minPosition: position,
    });
    expect(billable.body).toMatchObject({
      meters: expect.arrayContaining([
        expect.objectContaining({
          eventType: 'sms.sent',
          accrued: { amount: '9.00', currency: 'USD' },
          billed: { amount: '9.00', currency: 'USD' },
        }),
      ]),
    });
  });

  it('upwards, it is on the next monthly invoice, with its own service month', async () => {
    await correct({ eventType: 'sms.sent', quantity: 500, occurredAt: '2026-01-15T00:00:00Z' });
    await live(service, '2026-03-02T00:00:00.000Z', customerId);
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    const newest = await service.ok<InvoiceBody>('getInvoice', { invoiceId: body.data[0]?.invoiceId });
    expect(newest.body.lines).toMatchObject([
      { kind: 'subscription' },
      { kind: 'usage', meter: 'sms.sent', month: '2026-01', quantity: 500, amount: { amount: '6.00' } },
    ]);
    const { body: balances } = await service.ok<TrialBalanceBody>('getTrialBalance');
    expect(balances.zero).toBe(true);
    expect(Number(balancesOf(balances)['4020'])).toBe(-15);
  });
});
