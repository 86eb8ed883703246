import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InvoiceBody, type StoreName, startTestService, type TestService } from '../support/service.ts';
import { eventsOf, live, meterOf } from './service-support.ts';

interface ReleaseBody {
  readonly results: readonly { readonly status: string; readonly problem?: { readonly code: string } }[];
  readonly released: number;
}

interface QuarantineBody {
  readonly data: readonly { readonly eventId: string; readonly reason: string }[];
  readonly hasMore: boolean;
  readonly nextCursor?: string;
  readonly previousCursor?: string;
}

describe.each<StoreName>(['postgres', 'eventstoredb'])('quarantine over %s', (store) => {
  let service: TestService;
  const customerId = 'acme';
  const old = '2026-01-10T00:00:00Z';
  const release = (...eventIds: string[]) =>
    service.ok<ReleaseBody>('releaseQuarantinedUsage', { customerId, eventIds });
  const list = async (inputs: Readonly<Record<string, unknown>> = {}) =>
    (await service.ok<QuarantineBody>('listQuarantinedUsage', { customerId, ...inputs })).body;

  beforeAll(async () => {
    service = await startTestService({}, store);
    for (const id of [customerId, 'other']) {
      await service.ok('initializeCustomerRevenue', { customerId: id, tier: 'growth', paymentMethod: true });
    }
    await live(service, '2026-05-20T00:00:00.000Z', customerId, 'other');
    const fact = { customerId, eventType: 'sms.sent', occurredAt: old };
    const { position } = await service.ok('trackUsageEvents', {
      events: [
        { ...fact, eventId: 'q1', quantity: 1_000 },
        { ...fact, eventId: 'q2', quantity: 500 },
        {
          ...fact,
          eventId: 'q3',
          eventType: 'profile.enriched',
          metadata: { profileId: 'p', provider: 'x' },
        },
        {
          ...fact,
          eventId: 'q4',
          eventType: 'profile.enriched',
          metadata: { profileId: 'p', provider: 'x' },
        },
        { ...fact, eventId: 'now', occurredAt: '2026-05-19T00:00:00Z' },
        { ...fact, eventId: 'ahead', occurredAt: '2026-05-21T00:00:00Z' },
        { ...fact, eventId: 'q1', customerId: 'other' },
      ],
    });
    await meterOf(service, customerId, 'sms.sent', '2026-01', position);
  });
  afterAll(() => service.close());

  it('lists what is outside the window, in pages that go on where they stopped', async () => {
    const first = await list({ limit: 3 });
    expect(first.data.map(({ eventId }) => eventId)).toHaveLength(3);
    expect(first.hasMore).toBe(true);
    const rest = await list({ limit: 3, startingAfter: first.nextCursor });
    const all = [...first.data, ...rest.data];
    expect(all.map(({ eventId }) => eventId).sort()).toEqual(['ahead', 'q1', 'q2', 'q3', 'q4']);
    expect(all.find(({ eventId }) => eventId === 'ahead')?.reason).toBe('in-the-future');
    expect(rest.hasMore).toBe(false);
    const back = await list({ limit: 3, endingBefore: rest.previousCursor });
    expect(back.data).toEqual(first.data);
  });

  it('answers item by item, and releases each once, for ever', async () => {
    const { body } = await release('q1', 'no-such', 'now', 'q1', 'q3', 'q4');
    expect(body.results.map(({ status, problem }) => problem?.code ?? status)).toEqual([
      'released',
      'usage-event-not-found',
      'usage-not-quarantined',
      'duplicate',
      'released',
      'released',
    ]);
    await service.restart();
    const again = await release('q1', 'q3');
    expect(again.body.results.map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
    const released = (await eventsOf(service, `usage-${customerId}.2026-01`)).filter(
      ({ type }) => type === 'usage.released',
    );
    expect(released).toHaveLength(3);
    expect((await list()).data.map(({ eventId }) => eventId).sort()).toEqual(['ahead', 'q2']);
  });

  it('a released fact counts in its own month, a distinct thing once, and sent again it is known', async () => {
    expect(await meterOf(service, customerId, 'sms.sent', '2026-01')).toMatchObject({
      quantity: 1_000,
      ratedQuantity: 1_000,
      quarantined: 1,
    });
    expect(await meterOf(service, customerId, 'profile.enriched', '2026-01')).toMatchObject({
      quantity: 1,
      quarantined: 0,
    });
    const fact = { customerId, eventType: 'sms.sent', occurredAt: old, eventId: 'q1', quantity: 1_000 };
    expect((await service.ok('trackUsageEvent', fact)).body).toMatchObject({ status: 'duplicate' });
    expect(await meterOf(service, 'other', 'sms.sent', '2026-01')).toMatchObject({ quantity: 0 });
  });

  it('it is billed, however long ago its month was', async () => {
    await live(service, '2026-06-02T00:00:00.000Z', customerId);
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    const { body: invoice } = await service.ok<InvoiceBody>('getInvoice', {
      invoiceId: body.data[0]?.invoiceId,
    });
    expect(invoice.lines).toMatchObject([
      { kind: 'subscription' },
      { kind: 'usage', meter: 'sms.sent', month: '2026-01', amount: { amount: '12.00' } },
      { kind: 'usage', meter: 'sms.sent', month: '2026-05' },
    ]);
  });
});
