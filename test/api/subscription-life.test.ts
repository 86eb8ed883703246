import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  balancesOf,
  type InvoiceBody,
  type MoneyBody,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../support/service.ts';

interface SubscriptionBody {
  readonly status: string;
  readonly tier: string;
  readonly trialEndsAt: string | null;
  readonly scheduledChange: { readonly tier: string; readonly at: string } | null;
  readonly charge: { readonly amount: MoneyBody; readonly from: string; readonly to: string } | null;
  readonly credit: { readonly amount: MoneyBody } | null;
}

interface DashboardBody {
  readonly subscription: {
    readonly status: string;
    readonly tier: string;
    readonly paidThrough: string | null;
  };
  readonly recurringRevenue: { readonly mrr: MoneyBody; readonly arr: MoneyBody };
}

interface MovementsBody {
  readonly months: readonly Record<string, { readonly mrr: MoneyBody } | string>[];
}

const customerId = 'life';

describe('a subscription’s life, by the clock and through HTTP', () => {
  let service: TestService;

  beforeEach(async () => {
    service = await startTestService();
  });

  afterEach(() => service?.close());

  const signUp = (inputs: object) => service.ok('initializeCustomerRevenue', { customerId, ...inputs });
  const advance = (to: string) => service.ok('advanceClock', { to });
  const dashboard = async () => {
    await service.service.core.drain();
    return (await service.ok<DashboardBody>('getCustomerRevenueDashboard', { customerId })).body;
  };

  async function balances(asOf?: string): Promise<Record<string, string>> {
    await service.service.core.drain();
    const { body } = await service.ok<TrialBalanceBody>(
      'getTrialBalance',
      asOf === undefined ? {} : { asOf },
    );
    expect(body.zero).toBe(true);
    return balancesOf(body);
  }

  async function totals(): Promise<string[]> {
    await service.service.core.drain();
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    return body.data
      .filter(({ status }) => status !== 'draft')
      .sort((one, other) => one.number - other.number)
      .map((invoice) => `${invoice.number} ${invoice.kind} ${invoice.total.amount}`);
  }

  /** Pays what is owed, so that no dunning sets in. */
  async function payAll(): Promise<void> {
    await service.service.core.drain();
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    for (const { invoiceId, due } of body.data) {
      if (due.amount === '0.00') continue;
      await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'bank_transfer' });
    }
  }

  it('upgrades Growth to Pro at half period as SUB-9 says, with tax', async () => {
    await signUp({ tier: 'growth', taxRate: '0.08' });
    await payAll();
    for (const month of ['02', '03']) {
      await advance(`2026-${month}-02T00:00:00Z`);
      await payAll();
    }
    await advance('2026-04-01T00:00:00Z');
    await service.ok('generateMonthlyInvoice', { customerId, period: '2026-03' });
    await advance('2026-04-16T00:00:00Z');
    const { body, position } = await service.ok<SubscriptionBody>('changeSubscriptionTier', {
      customerId,
      newTier: 'pro',
    });
    expect(body.credit?.amount.amount).toBe('149.50');
    expect(body.charge?.amount.amount).toBe('399.50');
    const { body: journal } = await service.ok<{
      data: { template: string; postings: { side: string; account: string; amount: MoneyBody }[] }[];
    }>('listJournalEntries', { customerId, template: 'SUB-9@1', minPosition: position });
    expect(
      journal.data[0]?.postings.map((line) => `${line.side} ${line.account} ${line.amount.amount}`),
    ).toEqual(['Dr 1200 270.00', 'Cr 2100 399.50', 'Dr 2100 149.50', 'Cr 2300 20.00']);
    await advance('2026-05-01T00:00:00Z');
    expect((await balances())['2100']).toBe('0.00');
    // January to March at 299, April 149.50 + 399.50.
    expect((await balances())['4010']).toBe('-1446.00');
  });

  it('asks for a tenant when it moves a customer to Enterprise, and not again when it is there', async () => {
    await signUp({ tier: 'growth' });
    const upgraded = () =>
      service.ok<{ tenantRequested: boolean; subscription: { tier: string } }>('handleCustomerUpgrade', {
        customerId,
        newTier: 'enterprise',
      });
    const first = await upgraded();
    expect(first.body).toMatchObject({ tenantRequested: true, subscription: { tier: 'enterprise' } });
    const again = await upgraded();
    expect(again.body).toMatchObject({ tenantRequested: false, subscription: { tier: 'enterprise' } });
  });

  it('converts a trial by itself after 14 days, and charges from then to the month’s end', async () => {
    await signUp({ tier: 'growth', trialDays: 14 });
    expect((await dashboard()).recurringRevenue.mrr.amount).toBe('0.00');
    await service.ok('trackUsageEvent', {
      customerId,
      eventType: 'api.called',
      eventId: 'in-trial',
      quantity: 9_000_000,
    });
    await advance('2026-01-15T00:00:00Z');
    expect(await totals()).toEqual(['1 trial-conversion 163.97']);
    expect((await dashboard()).recurringRevenue.mrr.amount).toBe('299.00');
    await advance('2026-02-02T00:00:00Z');
    // Trial usage is never rated: the invoice has February's fee alone.
    expect(await totals()).toEqual(['1 trial-conversion 163.97', '2 monthly 299.00']);
    expect(await balances()).toEqual({ '1200': '462.97', '2100': '-299.00', '4010': '-163.97' });
  });

  it('renews an annual term on its anniversary with an invoice of its own', async () => {
    await advance('2026-01-31T12:00:00Z');
    await signUp({ tier: 'growth', billingCycle: 'annual' });
    expect((await dashboard()).recurringRevenue.arr.amount).toBe('2870.40');
    await payAll();
    await advance('2027-01-31T12:00:00Z');
    expect(await totals()).toEqual(['1 signup 2870.40', '2 renewal 2870.40']);
    await advance('2027-02-01T00:00:00Z');
    const { '2100': deferred, '4010': revenue } = await balances();
    expect([deferred, revenue]).toEqual(['-2866.47', '-2874.33']);
  });

  it('schedules a downgrade, applies it at the end of the month, and shows it as contraction', async () => {
    await signUp({ tier: 'pro' });
    await advance('2026-01-10T00:00:00Z');
    const { body } = await service.ok<SubscriptionBody>('changeSubscriptionTier', {
      customerId,
      newTier: 'starter',
    });
    expect(body).toMatchObject({
      tier: 'pro',
      charge: null,
      scheduledChange: { tier: 'starter', at: '2026-02-01T00:00:00.000Z' },
    });
    await advance('2026-02-01T00:00:00Z');
    expect((await dashboard()).subscription.tier).toBe('starter');
    await advance('2026-02-02T00:00:00Z');
    expect(await totals()).toEqual(['1 signup 799.00', '2 monthly 99.00']);
    const { body: moved } = await service.ok<MovementsBody>('getMrrMovements', {
      from: '2026-01',
      to: '2026-02',
    });
    expect(moved.months[1]).toMatchObject({
      opening: { mrr: { amount: '799.00' } },
      contraction: { mrr: { amount: '-700.00' } },
      closing: { mrr: { amount: '99.00' } },
    });
  });

  it('bills the month that has ended before it changes anything in the next', async () => {
    await signUp({ tier: 'growth' });
    // After midnight, before the scheduler's 24 hours are over.
    await advance('2026-02-01T06:00:00Z');
    expect(await totals()).toEqual(['1 signup 299.00']);
    await service.ok('changeSubscriptionTier', { customerId, newTier: 'pro' });
    await advance('2026-02-02T00:00:00Z');
    const [first, second, third] = await totals();
    expect([first, second]).toEqual(['1 signup 299.00', '2 monthly 299.00']);
    expect(third).toMatch(/^3 change 49/);
    expect(await totals()).toHaveLength(3);
  });

  it('bills a fact that comes after the invoice on the next one', async () => {
    await signUp({ tier: 'growth' });
    await advance('2026-02-02T00:00:00Z');
    await payAll();
    await service.ok('trackUsageEvent', {
      customerId,
      eventType: 'model.trained',
      eventId: 'late',
      occurredAt: '2026-01-20T00:00:00Z',
    });
    await advance('2026-03-02T00:00:00Z');
    expect(await totals()).toEqual(['1 signup 299.00', '2 monthly 299.00', '3 monthly 349.00']);
    expect((await balances())['1210']).toBe('0.00');
  });

  it('caps Free without a payment method, and lets it overflow with one', async () => {
    await signUp({ tier: 'free' });
    await service.ok('initializeCustomerRevenue', {
      customerId: 'paying',
      tier: 'free',
      paymentMethod: true,
    });
    for (const customer of [customerId, 'paying']) {
      await service.ok('trackUsageEvent', {
        customerId: customer,
        eventType: 'model.trained',
        eventId: 'one',
        quantity: 2,
      });
    }
    await advance('2026-02-02T00:00:00Z');
    expect(await totals()).toEqual([]);
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId: 'paying' });
    expect(body.data.map((invoice) => invoice.total.amount)).toEqual(['100.00']);
  });

  it('answers for the books as of a date and as known at a moment', async () => {
    await signUp({ tier: 'growth' });
    await advance('2026-02-02T00:00:00Z');
    const before = await service.service.core.store.head();
    await advance('2026-03-02T00:00:00Z');
    expect(await balances('2026-01-31')).toEqual({ '1200': '299.00', '2100': '0.00', '4010': '-299.00' });
    const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { knownAt: before });
    expect(balancesOf(body)).toEqual({ '1200': '598.00', '2100': '-299.00', '4010': '-299.00' });
  });

  it('splits releases by day where the cadence is daily, with the same month end', async () => {
    await service.close();
    service = await startTestService({ ACCRUAL_CADENCE: 'daily' });
    await signUp({ tier: 'growth' });
    await advance('2026-01-04T00:00:00Z');
    expect((await balances())['4010']).toBe('-28.94');
    await advance('2026-02-01T00:00:00Z');
    expect((await balances())['4010']).toBe('-299.00');
  });
});
