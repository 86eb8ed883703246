import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../platform/postgres.ts';
import { startTestService, type TestService } from '../support/service.ts';

interface EventsBody {
  readonly data: readonly { readonly type: string }[];
}

describe('what is refused leaves nothing, also where it has steps before its own', () => {
  let service: TestService;
  let customers = 0;

  beforeAll(async () => {
    service = await startTestService({ CLOCK: 'manual:2026-01-10T12:00:00Z' });
  });
  afterAll(() => service.close());

  async function events(): Promise<string[]> {
    const { body } = await service.ok<EventsBody>('listEvents', { limit: 100 });
    return body.data.map(({ type }) => type);
  }

  async function signUp(): Promise<string> {
    customers += 1;
    const customerId = `cus_${customers}`;
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'starter' });
    return customerId;
  }

  it('a change to no tier, when a month is over that is not invoiced yet', async () => {
    const customerId = await signUp();
    await service.ok('advanceClock', { to: '2026-02-01T10:00:00Z' });
    const before = await events();
    for (const newTier of ['bogus', 'starter']) {
      await service.client.call('changeSubscriptionTier', { customerId, newTier });
    }
    const other = await service.client.call('changeSubscriptionTier', {
      customerId,
      newTier: 'pro',
      prorate: 'nextInvoice',
    });
    expect(other.status).toBeGreaterThanOrEqual(400);
    expect(await events()).toEqual(before);
    const change = await service.client.call('changeSubscriptionTier', { customerId, newTier: 'growth' });
    expect(change.status).toBe(201);
    const since = (await events()).slice(before.length);
    expect(since.slice(0, 3)).toEqual(['subscription.renewed', 'invoice.finalized', 'subscription.changed']);
  });

  it('a monthly invoice with an If-Match that does not hold', async () => {
    const customerId = await signUp();
    await service.ok('advanceClock', { to: '2026-03-01T10:00:00Z' });
    const before = await events();
    const inputs = { customerId, period: '2026-02' };
    const headers = { 'If-Match': '"7"' };
    const refused = await service.client.call('generateMonthlyInvoice', inputs, { headers });
    expect(refused.status).toBe(412);
    expect(await events()).toEqual(before);
    const none = { headers: { 'If-None-Match': '*' }, idempotencyKey: 'first' };
    expect((await service.client.call('generateMonthlyInvoice', inputs, none)).status).toBe(201);
    expect((await service.client.call('generateMonthlyInvoice', inputs, none)).status).toBe(200);
    const again = { headers: { 'If-None-Match': '*' } };
    expect((await service.client.call('generateMonthlyInvoice', inputs, again)).status).toBe(412);
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
