import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../api/client.ts';
import { type Service, startService } from '../../api/service/service.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { OWNER_KEY } from '../support/service.ts';

describe('API, projector and worker as separate processes on one database', () => {
  let database: TestDatabase;
  const services: Service[] = [];
  const clients: Client[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const ROLE of ['api', 'api', 'projector', 'worker']) {
      const config = loadConfig({
        ROLE,
        PORT: '0',
        CLOCK: 'manual:2026-01-01T00:00:00Z',
        DATABASE_URL: database.url,
        ADMIN_API_KEY: OWNER_KEY,
      });
      const service = await startService({ config, log: createLogger({ level: 'error' }) });
      services.push(service);
      if (service.url !== undefined) clients.push(await createClient({ url: service.url, key: OWNER_KEY }));
    }
  });

  afterAll(async () => {
    for (const service of services.reverse()) await service.close();
    await database.drop();
  });

  it('gives HTTP to the API processes alone', () => {
    expect(services.map((service) => service.url !== undefined)).toEqual([true, true, false, false]);
  });

  it('reads its own writes, whichever process projects them', async () => {
    const [first, second] = clients as [Client, Client];
    const made = await first.call('initializeCustomerRevenue', { customerId: 'split', tier: 'growth' });
    expect(made.status).toBe(201);
    const minPosition = made.headers.get('Revenue-Position');
    const read = await second.call('getCustomerRevenueDashboard', { customerId: 'split', minPosition });
    expect(read.body).toMatchObject({ recurringRevenue: { mrr: { amount: '299.00' } } });
  });

  it('moves one clock for all, with every job run before the answer', async () => {
    const [first, second] = clients as [Client, Client];
    expect((await first.call('advanceClock', { to: '2026-02-02T00:00:00Z' })).status).toBe(200);
    const invoices = await second.call('listInvoices', { customerId: 'split' });
    expect(invoices.body).toMatchObject({
      data: [{ total: { amount: '299.00' } }, { total: { amount: '299.00' } }],
    });
    // The other API process knows the time without being told.
    const early = await second.call('generateMonthlyInvoice', { customerId: 'split', period: '2026-01' });
    expect(early.status).toBe(200);
  });

  it('holds If-Match against what another process has written meanwhile', async () => {
    const [first, second] = clients as [Client, Client];
    await first.call('initializeCustomerRevenue', { customerId: 'matched', tier: 'growth' });
    await first.call('advanceClock', { to: '2026-03-01T01:00:00Z' });
    const month = { customerId: 'matched', period: '2026-02' };
    const at = (etag: string) => ({ headers: { 'If-Match': etag } });
    // From here on it knows the draft.
    expect((await second.call('generateMonthlyInvoice', month, at('"7"'))).status).toBe(412);
    const made = await first.call('generateMonthlyInvoice', month, at('"0"'));
    expect(made.status).toBe(201);
    const etag = made.headers.get('ETag') ?? '';
    expect((await second.call('generateMonthlyInvoice', month, at(etag))).status).toBe(200);
  });

  it('refuses to open the data with the other clock', async () => {
    const config = loadConfig({ PORT: '0', DATABASE_URL: database.url, ADMIN_API_KEY: OWNER_KEY });
    const start = startService({ config, log: createLogger({ level: 'silent' }) });
    await expect(start).rejects.toThrow(/opened with CLOCK=manual/);
  });
});
