import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { invoices, subscriptions } from '../../commands/aggregate.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { advanceDunning, retryPayment } from '../../commands/dunning.ts';
import { following } from '../../commands/envelope.ts';
import { invoiceCharge } from '../../commands/invoicing.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import { type RecordedEvent, recordedFrom } from '../../commands/pipeline.ts';
import { cancelSubscription, createSubscription } from '../../commands/subscriptions.ts';
import { createLogger } from '../../platform/logging.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { usageProjection } from '../../projections/usage/projection.ts';
import { type CommandSide, createCommandSide, envelope, type Process } from './support.ts';

let side: CommandSide;
let api: Process;
let worker: Process;
let projector: Projector;
let customerId: string;
let count = 0;

beforeAll(async () => {
  side = await createCommandSide();
  api = side.open();
  worker = side.open();
  projector = startProjector({
    store: api.store,
    url: side.url,
    projections: [usageProjection],
    log: createLogger({ level: 'error' }),
  });
});
afterAll(async () => {
  await projector.stop();
  await side.dispose();
});

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

const dunningOf = async (id: string) => (await api.pipeline.state(invoices, id, 'fresh')).state;

it('a step of dunning is the next one, whichever process took those before', async () => {
  const id = await invoiceId();
  await api.pipeline.state(invoices, id);
  const dates = ['2026-02-09T12:00:00.000Z', '2026-02-16T12:00:00.000Z', '2026-02-23T12:00:00.000Z'] as const;
  for (const [index, process] of [worker, api, worker].entries()) {
    side.now = dates[index] ?? '';
    await advanceDunning(process.context, id, side.now);
  }
  expect(await dunningOf(id)).toMatchObject({ dunning: 'restricted' });
  await advanceDunning(api.context, id, dates[2]);
  expect(await dunningOf(id)).toMatchObject({ dunning: 'restricted' });
});

it('a payment is asked for again once, whichever process did so before', async () => {
  const id = await invoiceId();
  await api.pipeline.state(invoices, id);
  for (const [process, day] of [
    [worker, '10'],
    [api, '12'],
  ] as const) {
    side.now = `2026-02-${day}T12:00:00.000Z`;
    await retryPayment(process.context, id, side.now);
  }
  expect(await dunningOf(id)).toMatchObject({ requestedAttempts: 2 });
});

describe('day 45', () => {
  let id: string;
  let givenUp: RecordedEvent;

  /** The last step, taken by a process that ends before anything follows from it. */
  beforeEach(async () => {
    id = await invoiceId();
    for (const day of ['02-09', '02-16', '02-23', '03-02', '03-26']) {
      side.now = `2026-${day}T12:00:00.000Z`;
      const { context } = worker;
      await advanceDunning(day === '03-26' ? { ...context, settle: async () => 0 } : context, id, side.now);
    }
    const last = (await api.store.readStream(`invoice-${id}`)).at(-1);
    if (last === undefined) return expect.unreachable('a step of dunning');
    givenUp = recordedFrom(last);
    expect(givenUp).toMatchObject({ type: 'dunning.advanced', data: { step: 'cancelled' } });
  });

  const creditNotes = async () =>
    (await api.store.readStream(`invoice-${id}`))
      .filter(({ type }) => type === 'credit_note.issued')
      .map(({ data }) => (data as { cause: string }).cause);

  it('credits the rest as a cancellation, also where a process ended right after the cancellation', async () => {
    const asked = { customerId, at: 'now', reason: 'unpaid', refund: 'none' } as const;
    const step = following({ id: givenUp.id, ...givenUp.metadata }, 'cancelSubscription');
    await cancelSubscription({ ...worker.context, settle: async () => 0 }, asked, step, false);
    expect(await creditNotes()).toEqual([]);
    await api.context.settle([givenUp]);
    expect(await creditNotes()).toEqual(['cancellation']);
    expect(await dunningOf(id)).toMatchObject({ status: 'uncollectible' });
  });

  it('handled late leaves the subscription alone that the customer has begun since', async () => {
    const { context } = api;
    await cancelSubscription(
      context,
      { customerId, at: 'now', reason: 'moved', refund: 'none' },
      envelope(`cancel ${customerId}`),
    );
    side.now = '2026-03-27T12:00:00.000Z';
    const plan = { customerId, tier: 'starter', billingCycle: 'monthly', trialDays: 0 } as const;
    await createSubscription(context, plan, envelope(`again ${customerId}`));
    await context.settle([givenUp]);
    expect(await subscription()).toMatchObject({ status: 'active', tier: 'starter' });
    expect(await dunningOf(id)).toMatchObject({ status: 'uncollectible' });
  });
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
