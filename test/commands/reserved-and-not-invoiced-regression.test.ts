import { afterAll, beforeAll, expect, it } from 'vitest';
import { projections } from '../../api/service/schema.ts';
import type { CommandContext } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import type { EventStore } from '../../eventstore/port.ts';
import { createLogger } from '../../platform/logging.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { type CommandSide, createCommandSide, envelope, reactToEnd } from './support.ts';

const CUSTOMER = 'cus_twice';

let side: CommandSide;
let log: EventStore;
let projector: Projector;

beforeAll(async () => {
  side = await createCommandSide();
  log = side.open().store;
  projector = startProjector({
    store: log,
    url: side.url,
    projections,
    log: createLogger({ level: 'error' }),
  });
});
afterAll(async () => {
  await projector.stop();
  await side.dispose();
});

const use = (context: CommandContext, occurredAt: string) =>
  trackUsageEvents(
    context,
    [
      {
        customerId: CUSTOMER,
        eventType: 'ai.brief_generated',
        eventId: occurredAt,
        occurredAt,
        quantity: 1_000,
        metadata: {},
      },
    ],
    envelope(occurredAt),
  );

const react = () => reactToEnd(side, log);

it('usage that one process reserves for an invoice that another has made final is on the next one', async () => {
  const first = side.open({ store: log }).context;
  const second = side.open({ store: log }).context;
  side.now = '2026-01-05T00:00:00.000Z';
  await initializeCustomerRevenue(
    first,
    {
      customerId: CUSTOMER,
      name: null,
      email: null,
      currency: 'USD',
      taxRate: '0',
      paymentMethod: true,
      tier: 'growth',
      billingCycle: 'monthly',
      trialDays: 0,
    },
    envelope('sign up'),
  );
  await use(first, '2026-01-05T00:00:00.000Z');
  side.now = '2026-02-02T00:00:00.000Z';
  await generateMonthlyInvoice(first, CUSTOMER, '2026-01');
  side.now = '2026-03-01T00:00:00.000Z';

  // The second process has seen no invoice; before it reads the usage, the first one is through, and a late fact comes.
  const slow: CommandContext = {
    ...second,
    usage: {
      ...second.usage,
      async toBill(...asked) {
        await generateMonthlyInvoice(first, CUSTOMER, '2026-02');
        await use(first, '2026-01-30T00:00:00.000Z');
        return second.usage.toBill(...asked);
      },
    },
  };
  const late = await generateMonthlyInvoice(slow, CUSTOMER, '2026-02');
  expect(late).toMatchObject({ replayed: true, result: { lines: [{ kind: 'subscription' }] } });
  await react();

  side.now = '2026-04-01T00:00:00.000Z';
  const next = await generateMonthlyInvoice(first, CUSTOMER, '2026-03');
  expect(next).toMatchObject({
    result: {
      lines: [
        { kind: 'subscription' },
        { kind: 'usage', month: '2026-01', billable: '1000', amount: '1511.00' },
      ],
    },
  });
  await react();
  await projector.drained(await log.head());
  const { rows } = await side.pool.query(
    'select accrued, billed_accrued, billed from read.usage_rating where customer_id = $1',
    [CUSTOMER],
  );
  expect(rows.map((row) => Number(row.accrued) - Number(row.billed_accrued))).toEqual([0]);
});
