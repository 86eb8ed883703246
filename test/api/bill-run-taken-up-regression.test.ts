import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClient as createApiClient } from '../../api/client.ts';
import { type Service, startService } from '../../api/service/service.ts';
import { BillRunStoppedError } from '../../commands/bill-run.ts';
import type { BillRunProgress } from '../../commands/bill-run-record.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createClient } from '../../platform/postgres.ts';
import { type HeldLog, holdLog } from '../support/held-log.ts';
import { OWNER_KEY, startTestService, type TestService } from '../support/service.ts';
import { startServiceProcess, steadyPort } from '../support/service-process.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { monthlyInvoices } from './support/monthly-invoices.ts';

const CUSTOMERS = ['a', 'b', 'c', 'd', 'e'];
const period = '2026-01';

/** It does everything, and was there before any run began. */
let worker: TestService;
let held: HeldLog | undefined;
const others: Service[] = [];

beforeEach(async () => {
  worker = await startTestService();
  for (const customerId of CUSTOMERS) {
    await worker.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
  }
  await worker.ok('advanceClock', { to: '2026-02-01T06:00:00Z' });
});
afterEach(async () => {
  await held?.release();
  held = undefined;
  for (const service of others.splice(0)) await service.close();
  await worker.close();
});

/** Another process on the same database that takes requests, and nothing else. */
async function startApi(): Promise<Service> {
  const config = loadConfig({
    ROLE: 'api',
    PORT: '0',
    CLOCK: 'manual:2026-01-01T00:00:00Z',
    DATABASE_URL: worker.databaseUrl,
    ADMIN_API_KEY: OWNER_KEY,
  });
  const service = await startService({ config, log: createLogger({ level: 'error' }) });
  others.push(service);
  return service;
}

async function finished(): Promise<BillRunProgress> {
  const over = async () => {
    const { body } = await worker.ok<BillRunProgress>('getBillingRun', { period });
    expect(body.status).toBe('finished');
    return body;
  };
  return vi.waitFor(over, { timeout: 60_000, interval: 100 });
}

async function everybodyIsBilledOnce(): Promise<void> {
  expect(await finished()).toMatchObject({ customers: 5, invoiced: 5, skipped: 0, failed: 0 });
  const { store } = worker.service.core;
  expect(await monthlyInvoices(store, period)).toEqual(CUSTOMERS.map((customerId) => [customerId, '299.00']));
}

it('a run that an API process began and died over is taken up by a worker that runs already', async () => {
  const dataDir = await temporaryFolder();
  const env = { ROLE: 'api', DATABASE_URL: worker.databaseUrl, ADMIN_API_KEY: OWNER_KEY };
  const api = await startServiceProcess({ dataDir, port: await steadyPort(), env });
  try {
    await api.ready();
    const client = await createApiClient({ url: api.url, key: OWNER_KEY });
    held = await holdLog(worker.databaseUrl);
    expect((await client.call('runBilling', { period })).status).toBe(202);
    await held.waiting();
    expect(await worker.service.core.billRun.abandoned()).toEqual([]);
  } finally {
    await api.kill();
    await removeTemporaryFolder(dataDir);
  }
  await held.release();
  await everybodyIsBilledOnce();
}, 120_000);

it('a run that another process works on is joined, not done a second time', async () => {
  const api = await startApi();
  held = await holdLog(worker.databaseUrl);
  const first = api.core.billRun.run(period);
  await held.waiting();
  const { promise: seen, resolve: see } = Promise.withResolvers<BillRunProgress>();
  const second = worker.service.core.billRun.run(period, see);
  expect(await seen).toMatchObject({ status: 'running', customers: 5, invoiced: 0 });
  await held.release();
  expect(await second).toEqual(await first);
  await everybodyIsBilledOnce();
});

it('a process that is told to stop finishes the invoices under way, and a worker goes on', async () => {
  const api = await startApi();
  held = await holdLog(worker.databaseUrl);
  const run = expect(api.core.billRun.run(period)).rejects.toThrow(BillRunStoppedError);
  await held.waiting();
  const stopped = api.core.billRun.stop();
  await held.release();
  await Promise.all([run, stopped]);
  await expect(api.core.billRun.run(period)).rejects.toThrow(BillRunStoppedError);
  await everybodyIsBilledOnce();
});

it('a process that has lost its hold on the run leaves it to others', async () => {
  const api = await startApi();
  held = await holdLog(worker.databaseUrl);
  const run = expect(api.core.billRun.run(period)).rejects.toThrow('the connection that holds');
  await held.waiting();
  const [first] = await connections(LOCK);
  await endConnections(LOCK);
  const takenOver = async () => {
    const next = await connections(LOCK);
    expect(next.filter((pid) => pid !== first)).toHaveLength(1);
  };
  await vi.waitFor(takenOver, { timeout: 60_000, interval: 50 });
  await held.release();
  await run;
  await everybodyIsBilledOnce();
});

/** Of processes that hold a run, or wait for it. */
const LOCK = 'aura-lock';

/** Ids of the server's processes behind connections of a name. */
async function connections(name: string): Promise<number[]> {
  const { rows } = await worker.service.core.pool.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and application_name = $1',
    [name],
  );
  return rows.map(({ pid }) => pid);
}

async function endConnections(name: string): Promise<void> {
  const owner = createClient({ url: worker.databaseUrl, name: 'test', as: 'owner' });
  await owner.connect();
  await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = $1`,
    [name],
  );
  await owner.end();
}
