import { afterEach, expect, it } from 'vitest';
import { system } from '../../commands/clock.ts';
import { naturalUuid } from '../../commands/envelope.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import { balancesOf, startTestService, type TestService, type TrialBalanceBody } from '../support/service.ts';

const services: TestService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

async function started(provision: 'off' | 'monthly'): Promise<TestService> {
  const service = await startTestService({ PROVISION: provision });
  services.push(service);
  return service;
}

const advance = (service: TestService, to: Instant) => service.ok('advanceClock', { to });

interface Owed {
  readonly invoiceId: string;
  readonly due: { readonly amount: string };
}

/** The oldest invoice on which something is owed. */
async function oldestOpen(service: TestService, customerId: string): Promise<Owed> {
  await service.service.core.drain();
  const { body } = await service.ok<{ data: Owed[] }>('listInvoices', { customerId });
  const open = body.data.filter(({ due }) => due.amount !== '0.00').at(-1);
  if (open === undefined) throw new Error(`${customerId} owes nothing`);
  return open;
}

async function payOldest(service: TestService, customerId: string): Promise<void> {
  const { invoiceId, due: amount } = await oldestOpen(service, customerId);
  await service.ok('recordInvoicePayment', { invoiceId, amount, method: 'card' });
}

/** What was posted for a month: buckets, required, existing, change. */
async function provisionOf({ service }: TestService, month: string): Promise<object | undefined> {
  const [event] = await service.core.store.readStream(`provision-${month}`);
  return event?.data;
}

async function allowanceAt(service: TestService, asOf: string): Promise<string | undefined> {
  await service.service.core.drain();
  const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { asOf });
  expect(body.zero).toBe(true);
  return balancesOf(body)['1205'];
}

/**
 * Three months and a half: one pays for a month when it is over, one's first invoice is written off, one pays for a
 * year in part, one changes plan. Nobody is suspended: what a suspension held back is released into months before.
 */
async function springOf(service: TestService): Promise<void> {
  const plan = { tier: 'growth', taxRate: '0.08' };
  for (const customerId of ['late', 'lost', 'change']) {
    await service.ok('initializeCustomerRevenue', { customerId, ...plan });
  }
  await service.ok('initializeCustomerRevenue', { customerId: 'yearly', ...plan, billingCycle: 'annual' });
  await advance(service, '2026-01-20T00:00:00Z');
  await service.ok('changeSubscriptionTier', { customerId: 'change', newTier: 'pro' });
  const { invoiceId } = await oldestOpen(service, 'yearly');
  await service.ok('recordInvoicePayment', {
    invoiceId,
    amount: { amount: '100.00', currency: 'USD' },
    method: 'card',
  });
  await advance(service, '2026-02-18T00:00:00Z');
  for (const customerId of ['late', 'change', 'yearly']) await payOldest(service, customerId);
  const lost = await oldestOpen(service, 'lost');
  await service.ok('writeOffInvoice', { invoiceId: lost.invoiceId, reason: 'cannot be found' });
  await advance(service, '2026-03-08T00:00:00Z');
  for (const customerId of ['late', 'lost', 'change', 'change']) await payOldest(service, customerId);
  await advance(service, '2026-04-10T00:00:00Z');
}

it('switched on late, it posts past months as they stood at their end', async () => {
  const [always, late] = await Promise.all([started('monthly'), started('off')]);
  await Promise.all([springOf(always), springOf(late)]);
  await late.restart({ PROVISION: 'monthly' });
  await Promise.all([always, late].map((service) => advance(service, '2026-05-02T00:00:00Z')));
  for (const month of ['2026-01', '2026-02', '2026-03', '2026-04']) {
    const posted = await provisionOf(always, month);
    expect(posted).toBeDefined();
    expect(await provisionOf(late, month)).toEqual(posted);
  }
  for (const asOf of ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']) {
    expect(await allowanceAt(late, asOf)).toBe(await allowanceAt(always, asOf));
  }
});

it('after an outage over month ends, what was paid since was still open then', async () => {
  const service = await started('monthly');
  await service.ok('initializeCustomerRevenue', { customerId: 'slow', tier: 'growth', taxRate: '0.08' });
  await advance(service, '2026-01-20T00:00:00Z');
  // Time goes on while nothing runs; a payment comes before what fell due is caught up with.
  const { clock, context, scheduler } = service.service.core;
  const now = '2026-03-10T00:00:00.000Z';
  await clock.advance(context.pipeline, now, system('advanceClock', naturalUuid('outage'), now));
  await payOldest(service, 'slow');
  await scheduler.runDue(now);
  // January's 299.00, due on the 31st, was open at the end of January and of February: 2 %.
  expect(await allowanceAt(service, '2026-01-31')).toBe('-5.98');
  // February's is delivered and not due yet: half a per cent more.
  expect(await allowanceAt(service, '2026-02-28')).toBe('-7.48');
  await advance(service, '2026-04-01T00:00:00Z');
  expect(await provisionOf(service, '2026-03')).toMatchObject({ existing: '7.48' });
});
