import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BillRunProgress } from '../../commands/bill-run-record.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { monthlyInvoices } from '../api/support/monthly-invoices.ts';
import { type HeldLog, holdLog } from '../support/held-log.ts';
import { type Run, runNode } from '../support/run-node.ts';
import { startTestService, type TestService } from '../support/service.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** More than two stops finish, since 64 are worked on side by side. */
const CUSTOMERS = 140;
const MONTH = '2026-01';

let service: TestService;
let store: PostgresEventStore;

const customers = Array.from({ length: CUSTOMERS }, (_, index) => `shop-${String(index).padStart(3, '0')}`);

function aura(...args: readonly string[]): Run {
  return runNode(MAIN, args, { DATABASE_URL: service.databaseUrl, CLOCK: 'manual:2026-01-01T00:00:00Z' });
}

async function status(): Promise<BillRunProgress> {
  const { out } = await aura('bill', 'status', MONTH, '--json').ended();
  return JSON.parse(out) as BillRunProgress;
}

beforeAll(async () => {
  service = await startTestService();
  for (const customerId of customers) {
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth', paymentMethod: true });
  }
  await service.ok('advanceClock', { to: '2026-02-01T06:00:00Z' });
  // A running service would go on with a run that is stopped.
  await service.service.close();
  store = new PostgresEventStore({ url: service.databaseUrl });
});
afterAll(async () => {
  await store.close();
  await service.close();
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  it(`ends at ${signal} with 130, after the invoices under way and before the rest`, async () => {
    const billedBefore = (await monthlyInvoices(store, MONTH)).length;
    const held: HeldLog = await holdLog(service.databaseUrl);
    const run = aura('bill', MONTH);
    try {
      await run.said(`bill ${MONTH}: ${billedBefore} of ${CUSTOMERS} customers`);
      await held.waiting();
      run.child.kill(signal);
      await run.said('Stopping: the invoices under way are finished first.');
    } finally {
      await held.release();
    }
    const { code, out, err } = await run.ended();
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain(
      `Stopped. Run it again to go on with ${MONTH}; a running service goes on by itself.\n`,
    );
    const billed = await monthlyInvoices(store, MONTH);
    expect(billed.length).toBeGreaterThan(billedBefore);
    expect(billed.length).toBeLessThan(CUSTOMERS);
    expect(await status()).toMatchObject({
      status: 'running',
      finishedAt: null,
      customers: CUSTOMERS,
      invoiced: billed.length,
    });
  });
}

it('run again, it goes on with what is left: everybody is billed once', async () => {
  const { code, out } = await aura('bill', MONTH, '--json').ended();
  expect(code).toBe(0);
  const expected = { status: 'finished', customers: CUSTOMERS, invoiced: CUSTOMERS, skipped: 0, failed: 0 };
  expect(JSON.parse(out)).toMatchObject(expected);
  expect(await status()).toEqual(JSON.parse(out));
  expect(await monthlyInvoices(store, MONTH)).toEqual(customers.map((customerId) => [customerId, '299.00']));
});
