import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { invoices, subscriptions } from '../../commands/aggregate.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { advanceDunning } from '../../commands/dunning.ts';
import { following } from '../../commands/envelope.ts';
import { invoiceCharge } from '../../commands/invoicing.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import { recordedFrom } from '../../commands/pipeline.ts';
import { type CommandSide, createCommandSide, envelope, type Process } from './support.ts';

let side: CommandSide;
let api: Process;
let worker: Process;
let customerId: string;
let count = 0;

beforeAll(async () => {
  side = await createCommandSide();
  api = side.open();
  worker = side.open();
});
afterAll(() => side.dispose());

beforeEach(async () => {
  count += 1;
  customerId = `cus_${count}`;
  side.now = '2026-01-10T12:00:00.000Z';
  const about = { currency: 'USD', taxRate: '0.08', paymentMethod: true, name: null, email: null } as const;
  const plan = { tier: 'growth', billingCycle: 'annual', trialDays: 0 } as const;
  await initializeCustomerRevenue(api.context, { customerId, ...about, ...plan }, envelope(customerId));
});

const subscription = async () => (await api.pipeline.state(subscriptions, customerId, 'fresh')).state;

async function invoiceId(): Promise<string> {
  const state = await subscription();
  if (state.status === 'none' || state.charge === null) return expect.unreachable('a charge');
  return state.charge.invoiceId;
}

it('a payment in one process ends the suspension that another one has begun', async () => {
  const id = await invoiceId();
  for (const day of ['02-09', '02-16', '02-23', '03-02']) {
    side.now = `2026-${day}T12:00:00.000Z`;
    await advanceDunning(worker.context, id, side.now);
  }
  const { state } = await worker.pipeline.state(subscriptions, customerId, 'fresh');
  expect(state).toMatchObject({ status: 'suspended', overdue: [id] });
  // What this process has in memory of the subscription is from before.
  const open = await api.pipeline.state(invoices, id, 'fresh');
  const { total } = open.state as { total: string };
  const payment = { invoiceId: id, amount: total, currency: 'USD', method: 'card' } as const;
  await recordInvoicePayment(api.context, payment, envelope(`pay ${id}`));
  expect(await subscription()).toMatchObject({ status: 'active', overdue: [] });
});

it('what an invoice that is not final has left is not taken for nothing', async () => {
  const [stored] = await api.store.readStream(`subscription-${customerId}`);
  if (stored === undefined) return expect.unreachable('a subscription');
  const event = recordedFrom(stored);
  const step = following({ id: event.id, ...event.metadata }, 'changed');
  const state = await subscription();
  if (state.status === 'none' || state.charge === null) return expect.unreachable('a charge');
  const charge = { ...state.charge, invoiceId: 'inv_new' };
  const unused = { invoiceId: 'inv_not_final', amount: '10.00' };
  const later = { ...event, id: step.commandId };
  await expect(invoiceCharge(api.context, later, charge, unused)).rejects.toThrow('hands nothing over');
  expect(await api.store.readStream('invoice-inv_new')).toEqual([]);
});
