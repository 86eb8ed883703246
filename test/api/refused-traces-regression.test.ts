import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../platform/postgres.ts';
import { type InvoiceBody, startTestService, type TestService } from '../support/service.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });

interface InvoicesBody {
  readonly data: readonly InvoiceBody[];
}

describe('what is refused leaves nothing, also where it has steps before its own', () => {
  let service: TestService;
  let customers = 0;
  let months = 0;

  beforeAll(async () => {
    service = await startTestService({ CLOCK: 'manual:2026-01-10T12:00:00Z' });
  });
  afterAll(() => service.close());

  const head = () => service.service.core.store.head();

  /** Types of the events after a log position. */
  async function eventsAfter(position: number): Promise<string[]> {
    const events = await service.service.core.store.readAll(position, 100);
    return events.map(({ type }) => type);
  }

  async function signUp(): Promise<string> {
    customers += 1;
    const customerId = `cus_${customers}`;
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'starter' });
    return customerId;
  }

  /** Pays what is owed, and moves on into the next month; its invoices are drafts still. @returns the month that is over */
  async function nextMonth(): Promise<string> {
    await service.service.core.drain();
    const { body } = await service.ok<InvoicesBody>('listInvoices', { status: 'finalized' });
    for (const { invoiceId, due } of body.data) {
      await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
    }
    months += 1;
    await service.ok('advanceClock', { to: `2026-0${months + 1}-01T10:00:00Z` });
    return `2026-0${months}`;
  }

  it('a change to no tier, when a month is over that is not invoiced yet', async () => {
    const customerId = await signUp();
    await nextMonth();
    const before = await head();
    const contract = { contractId: 'con_1', price: { amount: '4000.00', currency: 'USD' } };
    for (const change of [{ newTier: 'bogus' }, { newTier: 'starter' }, { newTier: 'pro', contract }]) {
      await service.client.call('changeSubscriptionTier', { customerId, ...change });
    }
    expect(await eventsAfter(before)).toEqual([]);
    const change = await service.client.call('changeSubscriptionTier', { customerId, newTier: 'growth' });
    expect(change.status).toBe(201);
    const since = await eventsAfter(before);
    expect(since.slice(0, 3)).toEqual(['subscription.renewed', 'invoice.finalized', 'subscription.changed']);
  });

  it.each([
    ['changeSubscriptionTier', { newTier: 'pro', prorate: 'nextInvoice' }, 'subscription.changed'],
    ['pauseSubscription', {}, 'subscription.paused'],
    ['cancelSubscription', { at: 'now', reason: 'none' }, 'subscription.cancelled'],
  ])('%s with a key or an If-Match that does not hold, when a month is over', async (name, body, type) => {
    const customerId = await signUp();
    await service.ok('grantCredit', { customerId, amount: usd('1.00'), reason: 'welcome' }, customerId);
    await nextMonth();
    const before = await head();
    const inputs = { customerId, ...body };
    const stale = await service.client.call(name, inputs, { headers: { 'If-Match': '"7"' } });
    expect(stale.status).toBe(412);
    const reused = await service.client.call(name, inputs, { idempotencyKey: customerId });
    expect(reused.status).toBe(422);
    expect(await eventsAfter(before)).toEqual([]);
    const { status } = await service.client.call(name, inputs);
    expect(status).toBeLessThan(300);
    const since = await eventsAfter(before);
    expect(since.slice(0, 3)).toEqual(['subscription.renewed', 'invoice.finalized', type]);
  });

  it('a monthly invoice with an If-Match that does not hold', async () => {
    const customerId = await signUp();
    const period = await nextMonth();
    const before = await head();
    const inputs = { customerId, period };
    const call = (headers: Record<string, string>, idempotencyKey?: string) =>
      service.client.call('generateMonthlyInvoice', inputs, {
        headers,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
    // The draft has stood at revision 0 since the month ended.
    for (const headers of [{ 'If-Match': '"7"' }, { 'If-None-Match': '*' }]) {
      const refused = await call(headers);
      expect([refused.status, refused.headers.get('ETag')]).toEqual([412, '"0"']);
    }
    expect(await eventsAfter(before)).toEqual([]);
    expect((await call({ 'If-Match': '"0"' }, 'first')).status).toBe(201);
    expect((await call({ 'If-Match': '"0"' }, 'first')).status).toBe(200);
    expect((await call({ 'If-Match': '"0"' })).status).toBe(412);
  });

  it('a sign-up whose key or If-Match does not hold: no personal data stays either', async () => {
    const customerId = await signUp();
    const settings = { idempotencyKey: 'used elsewhere' };
    await service.ok('changeSubscriptionTier', { customerId, newTier: 'pro' }, settings.idempotencyKey);
    const person = { customerId: 'cus_new', name: 'Ada Example', email: 'ada@example.com' };
    const reused = await service.client.call('initializeCustomerRevenue', person, settings);
    expect(reused.status).toBe(422);
    const stale = await service.client.call('initializeCustomerRevenue', person, {
      headers: { 'If-Match': '"3"' },
    });
    expect(stale.status).toBe(412);
    const client = createClient({ url: service.databaseUrl, name: 'test', as: 'owner' });
    await client.connect();
    const { rows } = await client.query('select name from vault.subjects where name is not null');
    await client.end();
    expect(rows).toEqual([]);
  });
});
