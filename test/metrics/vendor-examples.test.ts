import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MoneyBody, startTestService, type TestService } from '../support/service.ts';

interface Recurring {
  readonly mrr: MoneyBody;
  readonly arr: MoneyBody;
}
interface Item {
  readonly kind: string;
  readonly subKind: string;
  readonly at: string;
  readonly delta: Recurring;
}
interface RateBody {
  readonly value: string | null;
  readonly reason: string | null;
}
interface Retention {
  readonly [name: string]: RateBody;
}

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

const latest = () => service.service.core.store.head();
const advance = (to: string) => service.ok('advanceClock', { to });
const usd = (amount: string): MoneyBody => ({ amount, currency: 'USD' });
const contractOf = (contractId: string, price: string) => ({ contractId, price: usd(price) });

async function movementsOf(customerId: string) {
  const { body } = await service.ok<{ data: Item[] }>('listMrrMovements', {
    customerId,
    minPosition: await latest(),
  });
  return body.data.map(({ kind, subKind, delta }) => [kind, subKind, delta.mrr.amount]);
}

async function mrrOf(customerId: string): Promise<string> {
  const { body } = await service.ok<Recurring>('getMrr', { customerId, minPosition: await latest() });
  return body.mrr.amount;
}

async function settleAll(): Promise<void> {
  const { body } = await service.ok<{ data: { invoiceId: string; due: MoneyBody; status: string }[] }>(
    'listInvoices',
    { limit: 100, minPosition: await latest() },
  );
  for (const { invoiceId, due, status } of body.data) {
    if (status === 'draft' || Number(due.amount) <= 0) continue;
    await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
  }
}

describe('ChartMogul’s worked example: Silver 30 a month, Gold 500 a year', () => {
  const customerId = 'mogul';

  it('4 Gold yearly are new at 166.67; 2 Silver monthly +60; without them -60', async () => {
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'free' });
    const plan = { customerId, newTier: 'enterprise', billingCycle: 'annual', effectiveAt: 'now' };
    await service.ok('changeSubscriptionTier', { ...plan, contract: contractOf('gold', '2000.00') });
    expect(await mrrOf(customerId)).toBe('166.67');
    await settleAll();
    await advance('2026-01-20T00:00:00Z');
    await service.ok('changeSubscriptionTier', {
      ...plan,
      contract: contractOf('gold-and-silver', '2720.00'),
    });
    expect(await mrrOf(customerId)).toBe('226.67');
    await settleAll();
    await advance('2026-02-10T00:00:00Z');
    await service.ok('changeSubscriptionTier', { ...plan, contract: contractOf('gold-again', '2000.00') });
    expect(await mrrOf(customerId)).toBe('166.67');
    await settleAll();
  });

  it('the last cancellation is churn when the paid period ends, and not before', async () => {
    await service.ok('cancelSubscription', { customerId, reason: 'moves on' });
    await advance('2026-06-01T00:00:00Z');
    expect(await mrrOf(customerId)).toBe('166.67');
    const { body } = await service.ok<{ churn: Recurring; committed: Recurring }>('getCommittedMrr', {
      minPosition: await latest(),
    });
    expect([body.churn.arr.amount, body.committed.arr.amount]).toEqual(['-2000.00', '0.00']);
    await advance('2027-01-02T00:00:00Z');
    expect(await mrrOf(customerId)).toBe('0.00');
  });

  it('who comes back with 3 Gold monthly is a reactivation of 150', async () => {
    await service.ok('createSubscription', {
      customerId,
      tier: 'enterprise',
      contract: contractOf('gold-monthly', '150.00'),
    });
    expect(await mrrOf(customerId)).toBe('150.00');
    expect(await movementsOf(customerId)).toEqual([
      ['new', 'upgrade', '166.67'],
      ['expansion', 'contract', '60.00'],
      ['contraction', 'contract', '-60.00'],
      ['churn', 'voluntary', '-166.67'],
      ['reactivation', 'return', '150.00'],
    ]);
    await settleAll();
    await service.ok('cancelSubscription', { customerId, at: 'now', reason: 'end of the example' });
    await settleAll();
  });
});

describe('proration: 100 to 250 in mid-month, with lines of +125 and -50', () => {
  it('gives MRR 250: prices count, not what is charged', async () => {
    const customerId = 'midmonth';
    await advance('2027-02-01T00:00:00Z');
    const start = { tier: 'enterprise', contract: contractOf('c-100', '100.00') };
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'free' });
    await service.ok('changeSubscriptionTier', {
      customerId,
      newTier: 'enterprise',
      ...start,
      tier: undefined,
    });
    await settleAll();
    await advance('2027-02-15T00:00:00Z');
    const { body } = await service.ok<{ charge: { amount: MoneyBody }; credit: { amount: MoneyBody } }>(
      'changeSubscriptionTier',
      { customerId, newTier: 'enterprise', contract: contractOf('c-250', '250.00') },
    );
    expect([body.charge.amount.amount, body.credit.amount.amount]).toEqual(['125.00', '50.00']);
    expect(await mrrOf(customerId)).toBe('250.00');
    await settleAll();
    await service.ok('cancelSubscription', { customerId, at: 'now', reason: 'end of the example' });
    await settleAll();
  });
});

describe('churn: opening 100, churn 10, contraction 10, expansion 10', () => {
  it('is 20 % gross and 10 % net', async () => {
    await advance('2027-03-05T00:00:00Z');
    const start = { gone: '10.00', less: '40.00', more: '20.00', same: '30.00' };
    for (const [customerId, price] of Object.entries(start)) {
      await service.ok('initializeCustomerRevenue', { customerId, tier: 'free' });
      const contract = contractOf(`${customerId}-1`, price);
      await service.ok('changeSubscriptionTier', { customerId, newTier: 'enterprise', contract });
    }
    await settleAll();
    await advance('2027-04-05T00:00:00Z');
    await settleAll();
    for (const [customerId, price] of Object.entries({ less: '30.00', more: '30.00' })) {
      const contract = contractOf(`${customerId}-2`, price);
      await service.ok('changeSubscriptionTier', {
        customerId,
        newTier: 'enterprise',
        contract,
        effectiveAt: 'now',
      });
    }
    await service.ok('cancelSubscription', { customerId: 'gone', at: 'now', reason: 'moves on' });
    await settleAll();
    const { body } = await service.ok<{ retention: Retention; quick: unknown }>('getRevenueSummary', {
      period: '2027-04',
      minPosition: await latest(),
    });
    expect(body.retention).toMatchObject({
      grossMrrChurn: { value: '0.2', numerator: '240', denominator: '1200' },
      netMrrChurn: { value: '0.1' },
      nrr: { value: '0.9' },
      grr: { value: '0.8' },
      logoChurn: { value: '0.25', numerator: '1', denominator: '4' },
      lost: { voluntary: 1, involuntary: 0, pause: 0, discount: 0 },
      quickRatio: { value: '0.5' },
    });
  });
});

describe('what others got wrong', () => {
  const scheduled = async () => {
    const { body } = await service.ok<{
      current: Recurring;
      expansion: Recurring;
      contraction: Recurring;
      committed: Recurring;
      scheduled: { customerId: string; subKind: string; kind: string; delta: Recurring }[];
    }>('getCommittedMrr', { minPosition: await latest() });
    return body;
  };

  beforeAll(async () => {
    await service.close();
    service = await startTestService();
  });

  it('a yearly price is a twelfth a month, not the whole (polar#4318)', async () => {
    await service.ok('initializeCustomerRevenue', {
      customerId: 'year',
      tier: 'growth',
      billingCycle: 'annual',
    });
    expect(await mrrOf('year')).toBe('239.20');
  });

  it('a change of billing cycle at an equal price of a year moves nothing', async () => {
    const customerId = 'equal';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'free' });
    const plan = { customerId, newTier: 'enterprise', effectiveAt: 'now' };
    await service.ok('changeSubscriptionTier', { ...plan, contract: contractOf('by-month', '100.00') });
    await service.ok('changeSubscriptionTier', {
      ...plan,
      billingCycle: 'annual',
      contract: contractOf('by-year', '1200.00'),
    });
    expect(await movementsOf(customerId)).toEqual([['new', 'upgrade', '100.00']]);
  });

  it('a free first month does not poison what is committed (polar#8222)', async () => {
    const customerId = 'first-month';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
    await service.ok('applyCoupon', { customerId, couponId: 'launch', percentOff: '100', months: 1 });
    const before = await scheduled();
    const own = () => before.scheduled.filter((step) => step.customerId === customerId);
    expect(own().map(({ kind, subKind, delta }) => [kind, subKind, delta.mrr.amount])).toEqual([
      ['churn', 'discount', '-299.00'],
      ['expansion', 'discount-ended', '299.00'],
    ]);
    expect(before.committed).toEqual({ mrr: before.current.mrr, arr: before.current.arr });
    await settleAll();
    await advance('2026-02-02T12:00:00Z');
    expect(await mrrOf(customerId)).toBe('0.00');
    const free = await scheduled();
    expect(free.expansion.mrr.amount).toBe('299.00');
  });

  it('a discount as large as the charge leaves zero, never less (stripe-cohort#2), and ends as it began', async () => {
    await settleAll();
    await advance('2026-03-02T12:00:00Z');
    expect(await movementsOf('first-month')).toEqual([
      ['new', 'signup', '299.00'],
      ['churn', 'discount', '-299.00'],
      ['reactivation', 'discount-ended', '299.00'],
    ]);
  });

  it('a discount that starts is contraction, one that ends expansion', async () => {
    const customerId = 'discounted';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
    await service.ok('applyCoupon', { customerId, couponId: 'fifth', percentOff: '20', months: 2 });
    expect(await mrrOf(customerId)).toBe('299.00');
    await settleAll();
    for (const to of ['2026-04-02T12:00:00Z', '2026-05-02T12:00:00Z', '2026-06-02T12:00:00Z']) {
      await advance(to);
      await settleAll();
    }
    expect(await movementsOf(customerId)).toEqual([
      ['new', 'signup', '299.00'],
      ['contraction', 'discount', '-59.80'],
      ['expansion', 'discount-ended', '59.80'],
    ]);
  });

  it('a cancellation lowers MRR once (Ghost#255), when it takes effect and not when it is asked for (rdyrct#82)', async () => {
    const customerId = 'leaves';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'pro' });
    await settleAll();
    await service.ok('cancelSubscription', { customerId, reason: 'no need' });
    expect(await mrrOf(customerId)).toBe('799.00');
    const { body } = await service.ok<object>('getCustomerRevenueDashboard', {
      customerId,
      minPosition: await latest(),
    });
    expect(body).toMatchObject({
      standing: 'good',
      recurringRevenue: { mrr: { amount: '799.00' } },
      committedRecurringRevenue: { mrr: { amount: '0.00' } },
      subscription: { cancelsAt: '2026-07-01T00:00:00.000Z' },
    });
    await advance('2026-07-02T12:00:00Z');
    await settleAll();
    expect(await movementsOf(customerId)).toEqual([
      ['new', 'signup', '799.00'],
      ['churn', 'voluntary', '-799.00'],
    ]);
  });

  it('who pays nothing counts nothing: a trial, Free, and a plan given away (rdyrct#82)', async () => {
    await service.ok('initializeCustomerRevenue', { customerId: 'trial', tier: 'pro', trialDays: 14 });
    await service.ok('initializeCustomerRevenue', { customerId: 'free', tier: 'free' });
    for (const customerId of ['trial', 'free']) expect(await movementsOf(customerId)).toEqual([]);
    const { body } = await service.ok<{
      tiers: { tier: string; paying: number; byStatus: { trialing: number } }[];
    }>('getSubscriptionsByTier', { minPosition: await latest() });
    expect(body.tiers.find(({ tier }) => tier === 'pro')).toMatchObject({
      paying: 0,
      byStatus: { trialing: 1, cancelled: 1 },
    });
  });

  it('a tax-inclusive price counts without its tax', async () => {
    const customerId = 'inclusive';
    const tax = { taxRate: '0.08', taxInclusive: true };
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', ...tax });
    expect(await mrrOf(customerId)).toBe('276.85');
    await settleAll();
  });

  it('a month is what holds at its end, not an average (posthog#37087)', async () => {
    const customerId = 'mid';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'starter' });
    await settleAll();
    await advance('2026-07-20T12:00:00Z');
    await service.ok('changeSubscriptionTier', { customerId, newTier: 'growth' });
    const { body } = await service.ok<{ months: { closing: Recurring }[] }>('getMrrMovements', {
      from: '2026-07',
      to: '2026-07',
      customerId,
      minPosition: await latest(),
    });
    expect(body.months[0]?.closing.mrr.amount).toBe('299.00');
    await settleAll();
  });
});

describe('pauses and unpaid invoices', () => {
  it('a pause is churn with its reason, and resuming reactivation with its own', async () => {
    const customerId = 'rests';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
    await settleAll();
    await service.ok('pauseSubscription', { customerId });
    expect(await mrrOf(customerId)).toBe('0.00');
    await advance('2026-08-10T00:00:00Z');
    await settleAll();
    await service.ok('resumeSubscription', { customerId });
    await settleAll();
    expect(await movementsOf(customerId)).toEqual([
      ['new', 'signup', '299.00'],
      ['churn', 'pause', '-299.00'],
      ['reactivation', 'resume', '299.00'],
    ]);
  });

  it('who does not pay counts until dunning has failed for good; then it is involuntary churn', async () => {
    const customerId = 'owes';
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
    await advance('2026-10-05T00:00:00Z');
    const { body } = await service.ok<object>('getCustomerRevenueDashboard', {
      customerId,
      minPosition: await latest(),
    });
    expect(body).toMatchObject({ standing: 'suspended', subscription: { status: 'suspended' } });
    expect(await mrrOf(customerId)).toBe('299.00');
    await advance('2026-11-15T00:00:00Z');
    expect(await movementsOf(customerId)).toEqual([
      ['new', 'signup', '299.00'],
      ['churn', 'involuntary', '-299.00'],
    ]);
  });
});
