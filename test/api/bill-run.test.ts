import { afterEach, expect, it, vi } from 'vitest';
import { type Billing, startBilling } from './support/billing.ts';
import { monthlyInvoices } from './support/monthly-invoices.ts';

interface RunBody {
  readonly status: string;
  readonly customers: number;
  readonly invoiced: number;
  readonly skipped: number;
  readonly failed: number;
}

let billing: Billing;
afterEach(() => billing.prove());

const PLANS = ['free', 'starter', 'growth', 'pro'] as const;
const FEES = { free: 0, starter: 99, growth: 299, pro: 799 };
const CUSTOMERS = 240;

const planOf = (index: number) => PLANS[index % PLANS.length] ?? 'free';
/** Every third one sends 60,000 e-mails; what is above the allowance costs 0.0008 each. */
const ALLOWANCE = { free: 1_000, starter: 10_000, growth: 50_000, pro: 250_000 };

const progress = async () => (await billing.service.ok<RunBody>('getBillingRun', { period: '2026-01' })).body;

function finished(): Promise<RunBody> {
  const over = async () => {
    const run = await progress();
    if (run.status !== 'finished') throw new Error(`still running: ${JSON.stringify(run)}`);
    return run;
  };
  return vi.waitFor(over, { timeout: 240_000, interval: 500 });
}

it('bills everybody once, also when the service ends in the middle', async () => {
  billing = await startBilling();
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const customerId = `c-${index}`;
    await billing.signUp(customerId, { tier: planOf(index), taxRate: '0', paymentMethod: true });
  }
  await billing.advance('2026-01-10');
  for (let index = 0; index < CUSTOMERS; index += 3) {
    await billing.mail(`c-${index}`, 60_000, '2026-01-10T00:00:00Z');
  }
  await billing.advance('2026-02-01T12:00:00Z');
  expect(await billing.refusal('runBilling', { period: '2026-02' })).toBe('period-not-ended');
  expect(await billing.refusal('getBillingRun', { period: '2025-12' })).toBe('bill-run-not-found');
  await billing.service.ok('runBilling', { period: '2026-01' });
  await billing.service.restart();
  const run = await finished();
  const expected = new Map<string, string>();
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const plan = planOf(index);
    const above = index % 3 === 0 ? Math.max(0, 60_000 - ALLOWANCE[plan]) : 0;
    const cents = FEES[plan] * 100 + (above * 8) / 100;
    if (cents > 0) expected.set(`c-${index}`, (cents / 100).toFixed(2));
  }
  expect(run).toMatchObject({ customers: expected.size, invoiced: expected.size, skipped: 0, failed: 0 });
  expect(await billed()).toEqual([...expected].sort());
  await billing.service.ok('runBilling', { period: '2026-01' });
  expect(await finished()).toMatchObject({ customers: expected.size, invoiced: expected.size });
  await billing.advance('2026-02-02');
  expect(await billed()).toEqual([...expected].sort());
  const { rows } = await billing.service.service.core.pool.query<{ number: string }>(
    'select number from read.invoices where number is not null order by number',
  );
  expect(rows.map(({ number }) => Number(number))).toEqual(rows.map((_row, index) => index + 1));
}, 600_000);

async function billed(): Promise<[string, string][]> {
  const { core } = billing.service.service;
  await core.drain();
  return monthlyInvoices(core.store, '2026-01');
}
