import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { BillingDue } from '../../projections/billing/due.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import {
  append,
  changeTier,
  invoiced,
  payment,
  registered,
  stored,
  subscribed,
  subscriptionLine,
} from '../support/events.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

const january = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
const year = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
const noon = '2026-01-10T12:00:00.000Z';

let models: ReadModels;
let reads: BillingReads;
let due: BillingDue;

beforeAll(async () => {
  models = await createReadModels(billingProjection);
  reads = new BillingReads(models.pool);
  due = new BillingDue(models.pool);
});
afterAll(() => models.close());
beforeEach(() => models.reset(billingProjection));

const apply = (events: readonly DomainEvent[]) => models.apply(billingProjection, stored(events));

function invoice(customerId: string, number: number, later: Parameters<typeof invoiced>[2] = []) {
  const invoiceId = `inv-${customerId}-${number}`;
  return invoiced({ customerId, invoiceId, at: january.from }, [subscriptionLine('299.00', january)], later);
}

describe('what stands where', () => {
  test('a customer and its subscription, from the real log', async () => {
    const store = new PostgresEventStore({ url: models.url });
    try {
      const events = await append(store, [
        ...registered('acme', noon),
        ...subscribed('acme', { now: noon, tier: 'starter' }, [
          changeTier('2026-01-20T00:00:00.000Z', 'pro'),
        ]),
      ]);
      await models.apply(billingProjection, events);
    } finally {
      await store.close();
    }
    expect(await reads.customerById('acme')).toEqual({
      customerId: 'acme',
      subjectId: 'sub-acme',
      currency: 'USD',
      taxRate: '0.08',
      taxInclusive: false,
      paymentMethod: true,
      registeredAt: noon,
      revision: 0,
      position: 1,
    });
    const view = await reads.subscriptionOf('acme');
    expect(view).toMatchObject({ revision: 1, position: 3 });
    expect(view?.subscription).toMatchObject({ status: 'active', tier: 'pro', price: '799.00' });
    expect(view?.subscription.segments.map(({ tier }) => tier)).toEqual(['starter', 'pro']);
    expect(await reads.customerById('nobody')).toBeUndefined();
    expect(await reads.subscriptionOf('nobody')).toBeUndefined();
    expect(await reads.firstMonth()).toBe('2026-01');
  });

  test('an invoice with its lines and payments', async () => {
    await apply(invoice('acme', 1, [payment(noon, '100.00', 'p1'), payment(noon, '250.00', 'p2')]));
    const found = await reads.invoiceById('inv-acme-1');
    expect(found).toMatchObject({
      number: 1,
      customerId: 'acme',
      subtotal: '299.00',
      tax: '23.92',
      total: '322.92',
      paid: '322.92',
      due: '0.00',
      status: 'paid',
      effectiveAt: january.from,
      dueAt: '2026-01-31T00:00:00.000Z',
      revision: 2,
      position: 3,
    });
    expect(found?.lines).toMatchObject([
      { kind: 'subscription', lineId: '1', amount: '299.00', tax: '23.92' },
    ]);
    expect(found?.payments).toMatchObject([
      { paymentId: 'p1', amount: '100.00', applied: '100.00', excess: '0.00', receivedAt: noon },
      { paymentId: 'p2', amount: '250.00', applied: '222.92', excess: '27.08' },
    ]);
    expect(await reads.invoiceById('inv-nobody')).toBeUndefined();
  });

  test('what is owed by a customer', async () => {
    await apply([...invoice('acme', 1, [payment(noon, '100.00', 'p1')]), ...invoice('acme', 2)]);
    const owed = { invoices: 2, invoiced: '645.84', paid: '100.00', outstanding: '545.84' };
    expect(await reads.accountOf('acme')).toEqual(owed);
    const nothing = { invoices: 0, invoiced: '0.00', paid: '0.00', outstanding: '0.00' };
    expect(await reads.accountOf('nobody')).toEqual(nothing);
  });

  test('an event of an invoice that is not there, or final twice, stops the line', async () => {
    const [final, paid] = invoice('acme', 1, [payment(noon, '10.00', 'p1')]);
    if (final === undefined || paid === undefined) throw new Error('two events expected');
    await expect(apply([paid])).rejects.toThrow(/no invoice inv-acme-1/);
    await expect(apply([final, final])).rejects.toThrow(/final twice/);
    const [, change] = subscribed('acme', { now: noon, tier: 'starter' }, [changeTier(noon, 'pro')]);
    if (change === undefined) throw new Error('two events expected');
    await expect(apply([change])).rejects.toThrow(/no subscription/);
    expect(await models.dump(billingProjection)).toMatchObject({ invoices: [], subscriptions: [] });
  });
});

describe('lists of invoices', () => {
  beforeEach(async () => {
    const all = [1, 2, 3, 4].flatMap((number) => invoice('acme', number));
    await apply([...all, ...invoice('other', 1, [payment(noon, '322.92', 'p')])]);
  });
  const numbers = async (filter: Parameters<BillingReads['listInvoices']>[0]) => {
    const page = await reads.listInvoices(filter);
    return [page.invoices.map(({ number }) => number), page.hasMore];
  };

  test('newest first, by customer and status', async () => {
    expect(await numbers({ limit: 10 })).toEqual([[5, 4, 3, 2, 1], false]);
    expect(await numbers({ customerId: 'acme', limit: 10 })).toEqual([[4, 3, 2, 1], false]);
    expect(await numbers({ status: 'paid', limit: 10 })).toEqual([[5], false]);
  });

  test('pages in both directions, stable while new ones come in', async () => {
    expect(await numbers({ limit: 2 })).toEqual([[5, 4], true]);
    await models.apply(billingProjection, stored(invoice('new', 1), 100));
    expect(await numbers({ limit: 2, startingAfter: 4 })).toEqual([[3, 2], true]);
    expect(await numbers({ limit: 2, startingAfter: 2 })).toEqual([[1], false]);
    expect(await numbers({ limit: 2, endingBefore: 1 })).toEqual([[3, 2], true]);
    expect(await numbers({ limit: 2, endingBefore: 4 })).toEqual([[6, 5], false]);
  });
});

describe('what is due', () => {
  test('trials, annual terms and scheduled changes, each once, in order', async () => {
    await apply([
      ...subscribed('trial', { now: noon, tier: 'growth', trialDays: 14 }),
      ...subscribed('annual', { now: noon, tier: 'growth', billingCycle: 'annual' }),
      ...subscribed('down', { now: noon, tier: 'pro' }, [changeTier(noon, 'starter')]),
      ...subscribed('free', { now: noon, tier: 'free' }),
    ]);
    const until = '2027-01-10T12:00:00.000Z';
    const trialEnd = { subject: 'trial', at: '2026-01-24T12:00:00.000Z' };
    const termEnd = { subject: 'annual', at: until };
    const change = { subject: 'down', at: january.to };
    expect(await due.dueTrials({ until, limit: 9 })).toEqual([trialEnd]);
    expect(await due.dueRenewals({ until, limit: 9 })).toEqual([termEnd]);
    expect(await due.dueScheduledChanges({ until, limit: 9 })).toEqual([change]);
    expect(await due.dueTrials({ until: '2026-01-24T11:59:59.999Z', limit: 9 })).toEqual([]);
    expect(await due.dueTrials({ until, limit: 9, after: trialEnd })).toEqual([]);
  });

  test('a month is invoiced to those on a paid monthly plan that is billed no further', async () => {
    await apply([
      ...subscribed('b', { now: noon, tier: 'growth' }),
      ...subscribed('a', { now: noon, tier: 'starter' }),
      ...subscribed('billed', { now: noon, tier: 'growth' }, [
        { type: 'renewSubscription', upTo: january.to, invoiceId: 'inv-next' },
      ]),
      ...subscribed('free', { now: noon, tier: 'free' }),
      ...subscribed('trial', { now: noon, tier: 'pro', trialDays: 30 }),
      ...subscribed('annual', { now: noon, tier: 'pro', billingCycle: 'annual' }),
    ]);
    const period = '2026-01';
    expect(await due.customersToInvoice({ period, limit: 9 })).toEqual(['a', 'b']);
    expect(await due.customersToInvoice({ period, limit: 9, after: 'a' })).toEqual(['b']);
    expect(await due.customersToInvoice({ period: '2025-12', limit: 9 })).toEqual([]);
    expect(await due.customersToInvoice({ period: '2026-02', limit: 9 })).toEqual(['a', 'b', 'billed']);
  });

  test('invoices are to be released until they are released or handed over', async () => {
    const at = january.from;
    const annual = (invoiceId: string, later: Parameters<typeof invoiced>[2] = []) =>
      invoiced({ customerId: 'acme', invoiceId, at }, [subscriptionLine('2870.40', year)], later);
    await apply([
      ...annual('fresh'),
      ...annual('january', [{ type: 'releaseRevenue', through: january.to }]),
      ...annual('done', [{ type: 'releaseRevenue', through: year.to }]),
      ...annual('gone', [{ type: 'handOverSchedule', at: noon, toInvoiceId: 'other' }]),
    ]);
    const through = '2026-03-01T00:00:00.000Z';
    const fresh = { customerId: 'acme', invoiceId: 'fresh', from: january.from };
    const released = { customerId: 'acme', invoiceId: 'january', from: january.to };
    expect(await due.invoicesToRelease({ through, limit: 9 })).toEqual([fresh, released]);
    expect(await due.invoicesToRelease({ through, limit: 9, after: fresh })).toEqual([released]);
    expect(await due.invoicesToRelease({ through: january.to, limit: 9 })).toEqual([fresh]);
  });
});

describe('properties', () => {
  const customers = ['a', 'b', 'c'];
  const story = (customerId: string): DomainEvent[] => [
    ...registered(customerId, noon),
    ...subscribed(customerId, { now: noon, tier: 'starter' }, [
      changeTier('2026-01-20T00:00:00.000Z', 'pro'),
    ]),
    ...invoice(customerId, 1, [
      { type: 'releaseRevenue', through: noon },
      { type: 'handOverSchedule', at: '2026-01-20T00:00:00.000Z', toInvoiceId: 'next' },
      payment(noon, '100.00', 'p1'),
      payment(noon, '250.00', 'p2'),
    ]),
    ...invoice(customerId, 2),
  ];
  /** The customers' stories interleaved, each kept in its own order. */
  const logs = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 40, maxLength: 40 }).map((turns) => {
    const left = customers.map(story);
    const picked = turns.flatMap((turn) => left[turn]?.shift() ?? []);
    return stored([...picked, ...left.flat()]);
  });
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 35 }), { maxLength: 8 });

  test('any split into batches gives the same bytes, and numbers without gaps in log order', async () => {
    await fc.assert(
      fc.asyncProperty(logs, cuts, async (log, places) => {
        await models.reset(billingProjection);
        await models.apply(billingProjection, ...cutAt(log, places));
        const incremental = await models.dump(billingProjection);
        const { invoices } = await reads.listInvoices({ limit: 100 });
        await models.reset(billingProjection);
        await models.apply(billingProjection, log);
        expect(await models.dump(billingProjection)).toEqual(incremental);
        const inLogOrder = log.flatMap((event) =>
          event.type === 'invoice.finalized' ? [(event.data as { invoiceId: string }).invoiceId] : [],
        );
        expect(invoices.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1]);
        expect(invoices.map(({ invoiceId }) => invoiceId).reverse()).toEqual(inLogOrder);
      }),
      { numRuns: 25 },
    );
  });
});
