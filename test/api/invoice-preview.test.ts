import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InvoiceBody, type MoneyBody, startTestService, type TestService } from '../support/service.ts';

interface Preview {
  readonly period: string;
  readonly invoice: {
    readonly total: MoneyBody;
    readonly lines: readonly { readonly kind: string; readonly amount: MoneyBody }[];
  } | null;
}

const customerId = 'previewed';

describe('the preview of the running month', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });

  afterAll(() => service?.close());

  const preview = async (minPosition?: number) =>
    (await service.ok<Preview>('previewInvoice', { customerId, minPosition })).body;
  const linesOf = (invoice: Preview['invoice'] | InvoiceBody | undefined) =>
    invoice?.lines.map(({ kind, amount }) => `${kind} ${amount.amount}`);

  it('equals the invoice that the month then gets, to the cent, with nothing appended', async () => {
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', taxRate: '0.0725' });
    await service.ok('setMinimumCommitment', {
      customerId,
      amount: { amount: '500.00', currency: 'USD' },
    });
    await service.ok('grantCredit', {
      customerId,
      amount: { amount: '17.35', currency: 'USD' },
      reason: 'welcome',
    });
    await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
    await service.ok('changeSubscriptionTier', { customerId, newTier: 'pro', prorate: 'nextInvoice' });
    const { position } = await service.ok('trackUsageEvent', {
      customerId,
      eventType: 'email.sent',
      eventId: 'mails',
      quantity: 333_333,
    });
    await service.service.core.drain();
    const head = await service.service.core.store.head();
    const before = await preview(position);
    expect(await service.service.core.store.head()).toBe(head);
    expect(before.period).toBe('2026-01');
    expect(new Set(before.invoice?.lines.map(({ kind }) => kind))).toEqual(
      new Set(['subscription', 'proration', 'usage', 'promotion']),
    );
    await service.ok('advanceClock', { to: '2026-02-02T00:00:00Z' });
    await service.service.core.drain();
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', {
      customerId,
      kind: 'monthly',
      period: '2026-01',
    });
    const invoiceId = body.data[0]?.invoiceId;
    const { body: invoice } = await service.ok<InvoiceBody>('getInvoice', { invoiceId });
    expect(linesOf(before.invoice)).toEqual(linesOf(invoice));
    expect(before.invoice?.total).toEqual(invoice.total);
  });

  it('is empty for a customer that has nothing to bill, and refused for nobody', async () => {
    await service.ok('initializeCustomerRevenue', { customerId: 'idle' });
    const { body } = await service.ok<Preview>('previewInvoice', { customerId: 'idle' });
    expect(body.invoice).toBeNull();
    expect(await service.client.call('previewInvoice', { customerId: 'nobody' })).toMatchObject({
      status: 404,
      body: { code: 'customer-not-found' },
    });
  });
});
