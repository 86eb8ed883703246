import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InvoiceBody, startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ CLOCK: 'manual:2026-01-10T00:00:00Z' });
  await service.ok('initializeCustomerRevenue', { customerId: 'late', tier: 'growth', paymentMethod: true });
});
afterAll(() => service?.close());

interface FeatureBody {
  readonly allowed: boolean;
  readonly reason: string;
  readonly remedy: string | null;
  readonly status: string;
  readonly standing: string;
  readonly flag: { readonly enabled: boolean; readonly access: string };
}

async function now(minPosition?: number): Promise<FeatureBody> {
  const at = minPosition ?? (await service.service.core.store.head());
  const inputs = { customerId: 'late', featureName: 'campaigns.journeys', minPosition: at };
  return (await service.ok<FeatureBody>('checkFeatureAccess', inputs)).body;
}

async function firstInvoice() {
  const { body } = await service.ok<{ data: (InvoiceBody & { dueAt: string })[] }>('listInvoices', {
    customerId: 'late',
    minPosition: await service.service.core.store.head(),
  });
  return body.data.at(-1) ?? expect.unreachable('there is no invoice');
}

function daysAfter(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * 86_400_000).toISOString();
}

it('an invoice that stays open takes access away step by step, and its payment gives it back', async () => {
  const { invoiceId, dueAt, due } = await firstInvoice();
  expect(await now()).toMatchObject({ allowed: true, reason: 'ok', standing: 'good', remedy: null });

  await service.ok('advanceClock', { to: dueAt });
  expect(await now()).toMatchObject({ allowed: true, reason: 'payment-past-due', standing: 'past_due' });

  await service.ok('advanceClock', { to: daysAfter(dueAt, 7) });
  expect(await now()).toMatchObject({
    allowed: true,
    reason: 'payment-grace',
    standing: 'grace',
    remedy: expect.stringContaining('Pay'),
  });

  await service.ok('advanceClock', { to: daysAfter(dueAt, 14) });
  expect(await now()).toMatchObject({
    allowed: false,
    reason: 'payment-restricted',
    standing: 'restricted',
    flag: { enabled: true, access: 'readOnly' },
  });
  const create = { customerId: 'late', resource: 'segments', currentUsage: 1 };
  expect((await service.ok('checkUsageLimit', create)).body).toMatchObject({
    allowed: false,
    reason: 'payment-restricted',
    limit: 100,
  });

  await service.ok('advanceClock', { to: daysAfter(dueAt, 21) });
  expect(await now()).toMatchObject({
    allowed: false,
    reason: 'payment-suspended',
    status: 'suspended',
    flag: { enabled: false, access: 'none' },
  });

  const paid = await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', {
    customerId: 'late',
    minPosition: paid.position,
  });
  let position = paid.position ?? 0;
  for (const open of body.data.filter((one) => one.due.amount !== '0.00')) {
    const next = await service.ok('recordInvoicePayment', {
      invoiceId: open.invoiceId,
      amount: open.due,
      method: 'card',
    });
    position = Math.max(position, next.position ?? 0);
  }
  expect(await now(position)).toMatchObject({
    allowed: true,
    reason: 'ok',
    status: 'active',
    standing: 'good',
  });
});
