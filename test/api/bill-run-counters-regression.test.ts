import { afterEach, expect, it, vi } from 'vitest';
import type { BillRunProgress } from '../../commands/bill-run-record.ts';
import { SessionLock } from '../../platform/session-lock.ts';
import { type Billing, startBilling } from './support/billing.ts';

let billing: Billing;
afterEach(() => billing.prove());

const period = '2026-01';

/** Runs the month through HTTP and waits for its end. */
async function run(): Promise<BillRunProgress> {
  await billing.service.ok('runBilling', { period });
  const over = async () => {
    const { body } = await billing.service.ok<BillRunProgress>('getBillingRun', { period });
    expect(body.status).toBe('finished');
    return body;
  };
  return vi.waitFor(over, { timeout: 60_000, interval: 50 });
}

it('counts each customer once in a first, a resumed and a repeated run, also with late usage', async () => {
  billing = await startBilling();
  await billing.signUp('late', { tier: 'growth', paymentMethod: true });
  await billing.signUp('early', { tier: 'growth', paymentMethod: true });
  await billing.signUp('plain', { tier: 'starter', paymentMethod: true });
  // What it uses is free: there is nothing to bill.
  await billing.signUp('free', { tier: 'free' });
  await billing.advance('2026-02-01T06:00:00Z');
  await billing.mail('free', 10, '2026-01-31T00:00:00Z');
  await billing.service.ok('generateMonthlyInvoice', { customerId: 'early', period });
  expect(await run()).toMatchObject({ customers: 4, invoiced: 3, skipped: 1, failed: 0 });

  const counters = { customers: 3, invoiced: 3, skipped: 0, failed: 0 };
  await billing.mail('late', 60_000, '2026-01-31T00:00:00Z');
  await billing.mail('early', 60_000, '2026-01-31T00:00:00Z');
  expect(await run()).toMatchObject(counters);

  // As a process leaves it that dies before it has saved how far it is; until then it holds the run.
  const { core } = billing.service.service;
  const other = new SessionLock(billing.service.databaseUrl, `aura bill-run ${period}`, () => undefined);
  await other.open();
  expect(await other.tryTake()).toBe(true);
  await core.pool.query(
    `update ops.bill_runs set finished_at = null, customers = 9, invoiced = 2, skipped = 7, failed = 5`,
  );
  const progress: BillRunProgress[] = [];
  const joined = core.billRun.run(period, (at) => progress.push(at));
  await vi.waitFor(() => expect(progress[0]).toMatchObject({ customers: 9 }), { timeout: 60_000 });
  await other[Symbol.asyncDispose]();
  expect(await joined).toMatchObject(counters);
  const own = progress.filter(({ customers }) => customers !== 9);
  expect(own[0]).toMatchObject({ customers: 3, invoiced: 3, status: 'running' });
  expect(own.at(-1)).toMatchObject({ ...counters, status: 'finished' });
  expect(await billing.summary('late')).toEqual(['signup 322.92 past_due', 'monthly 322.92 finalized']);
});

it('counts an invoice that a command makes final while the run is under way', async () => {
  billing = await startBilling();
  for (const customerId of ['one', 'two']) {
    await billing.signUp(customerId, { tier: 'growth', paymentMethod: true });
  }
  await billing.advance('2026-02-01T06:00:00Z');
  const { core } = billing.service.service;
  let commanded: Promise<unknown> | undefined;
  const result = await core.billRun.run(period, () => {
    commanded ??= billing.service.ok('generateMonthlyInvoice', { customerId: 'two', period });
  });
  await commanded;
  expect(result).toMatchObject({ customers: 2, invoiced: 2, skipped: 0, failed: 0 });
});
