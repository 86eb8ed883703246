import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  balancesOf,
  type InvoiceBody,
  type MoneyBody,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../support/service.ts';

/** Used in the catalogue's worked example, and what each meter costs. */
const USED = {
  'event.tracked': [25_000_000, '200.00'],
  'data.exported': [500_000, '0.00'],
  'api.called': [1_100_000, '10.00'],
  'email.sent': [350_000, '240.00'],
  'audience.activated': [350_000, '300.00'],
  'prediction.scored': [120_000, '250.00'],
  'ai.brief_generated': [75, '125.00'],
  'model.trained': [2, '100.00'],
} as const;
const ENRICHMENTS = 22_500;
const BATCH = 1_000;

interface Tracked {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
}

const customerId = 'acme';
const occurredAt = '2026-01-15T10:00:00Z';

function usageBatches(): object[][] {
  const facts: object[] = Object.entries(USED).map(([eventType, [quantity]]) => ({
    customerId,
    eventType,
    quantity,
    eventId: eventType,
    occurredAt,
  }));
  for (let index = 0; index < ENRICHMENTS; index += 1) {
    const metadata = { profileId: `profile-${index}`, provider: 'clearbit' };
    facts.push({ customerId, eventType: 'profile.enriched', eventId: `e${index}`, occurredAt, metadata });
  }
  return Array.from({ length: Math.ceil(facts.length / BATCH) }, (_, batch) =>
    facts.slice(batch * BATCH, (batch + 1) * BATCH),
  );
}

describe.each(['postgres', 'eventstoredb'] as const)('the worked example over %s: 1,924.00', (store) => {
  let service: TestService;
  let invoice: InvoiceBody;

  const track = async () => {
    const totals = { accepted: 0, duplicates: 0, rejected: 0 };
    for (const events of usageBatches()) {
      const { body } = await service.ok<Tracked>('trackUsageEvents', { events });
      totals.accepted += body.accepted;
      totals.duplicates += body.duplicates;
      totals.rejected += body.rejected;
    }
    return totals;
  };

  beforeAll(async () => {
    service = await startTestService({}, store);
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
    await service.ok('advanceClock', { to: '2026-01-20T00:00:00Z' });
    expect(await track()).toEqual({ accepted: 22_508, duplicates: 0, rejected: 0 });
    await service.ok('advanceClock', { to: '2026-02-01T00:00:00Z' });
    const { body, position } = await service.ok<{ invoiceId: string }>('generateMonthlyInvoice', {
      customerId,
      period: '2026-01',
    });
    const shown = await service.ok<InvoiceBody>('getInvoice', {
      invoiceId: body.invoiceId,
      minPosition: position,
    });
    invoice = shown.body;
  });

  afterAll(() => service?.close());

  it('bills the next month’s subscription and each meter’s overage', () => {
    expect(invoice.total).toEqual({ amount: '1924.00', currency: 'USD' });
    const lines = Object.fromEntries(
      invoice.lines.map((line) => [line.meter ?? line.kind, line.amount.amount]),
    );
    const meters = Object.entries(USED).filter(([, [, amount]]) => amount !== '0.00');
    expect(lines).toEqual({
      subscription: '299.00',
      'profile.enriched': '400.00',
      ...Object.fromEntries(meters.map(([meter, [, amount]]) => [meter, amount])),
    });
  });

  it('agrees with the usage view and the ledger, line by line', async () => {
    const { body: usage } = await service.ok<{
      meters: { eventType: string; amount: MoneyBody; accrued: MoneyBody; billed: MoneyBody }[];
      total: MoneyBody;
    }>('calculateBillableUsage', { customerId, period: '2026-01' });
    expect(usage.total.amount).toBe('1625.00');
    const billed = new Map(invoice.lines.map((line) => [line.meter, line.amount.amount]));
    const { body: journal } = await service.ok<{
      data: { postings: { account: string; meter: string | null; side: string; amount: MoneyBody }[] }[];
    }>('listJournalEntries', { customerId, template: 'USE-1@1' });
    const earned = new Map(
      journal.data
        .flatMap((entry) => entry.postings)
        .filter(({ account }) => account === '4020')
        .map((posting) => [posting.meter, posting.amount.amount]),
    );
    for (const meter of usage.meters) {
      const expected = meter.amount.amount;
      expect(meter.accrued.amount).toBe(expected);
      expect(meter.billed.amount).toBe(expected);
      expect(billed.get(meter.eventType) ?? '0.00').toBe(expected);
      expect(earned.get(meter.eventType) ?? '0.00').toBe(expected);
    }
  });

  it('leaves balanced books: January earned, February deferred, nothing unbilled', async () => {
    const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { customerId });
    expect(body.zero).toBe(true);
    expect(balancesOf(body)).toEqual({
      '1200': '2223.00',
      '1210': '0.00',
      '2100': '-299.00',
      '4010': '-299.00',
      '4020': '-1625.00',
    });
  });

  it('changes nothing when the same facts come again', async () => {
    const before = await service.service.core.store.head();
    expect(await track()).toEqual({ accepted: 0, duplicates: 22_508, rejected: 0 });
    expect(await service.service.core.store.head()).toBe(before);
    const again = await service.ok<InvoiceBody>('generateMonthlyInvoice', { customerId, period: '2026-01' });
    expect(again.body.invoiceId).toBe(invoice.invoiceId);
    expect(await service.service.core.store.head()).toBe(before);
  });

  it('is taken up by payment, dashboard and MRR', async () => {
    const paid = await service.ok('recordInvoicePayment', {
      invoiceId: invoice.invoiceId,
      amount: invoice.total,
      method: 'card',
    });
    const { body } = await service.ok<{
      recurringRevenue: { mrr: MoneyBody };
      invoices: { paid: MoneyBody; outstanding: MoneyBody };
      books: Record<string, MoneyBody>;
    }>('getCustomerRevenueDashboard', { customerId, minPosition: paid.position });
    expect(body.recurringRevenue.mrr.amount).toBe('299.00');
    expect(body.invoices.paid.amount).toBe('1924.00');
    expect(body.invoices.outstanding.amount).toBe('299.00');
    expect(body.books['receivable']?.amount).toBe('299.00');
    expect(body.books['usageRevenue']?.amount).toBe('1625.00');
    const { body: mrr } = await service.ok<{
      months: { new: { mrr: MoneyBody }; closing: { mrr: MoneyBody } }[];
    }>('getMrrMovements', { from: '2026-01', to: '2026-02' });
    expect(mrr.months.map((month) => [month.new.mrr.amount, month.closing.mrr.amount])).toEqual([
      ['299.00', '299.00'],
      ['0.00', '299.00'],
    ]);
  });

  it('is all still there after a restart', async () => {
    await service.restart();
    const { body } = await service.ok<InvoiceBody>('getInvoice', { invoiceId: invoice.invoiceId });
    expect(body.status).toBe('paid');
    const replay = await service.ok<Tracked>('trackUsageEvents', { events: usageBatches()[0] ?? [] });
    expect(replay.body.duplicates).toBe(1_000);
  });
});
