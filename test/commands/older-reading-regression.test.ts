import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { usageReadings } from '../../api/service/readings.ts';
import { ratings } from '../../commands/aggregate.ts';
import type { CommandContext, UsageReading } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { accrueUsage } from '../../commands/rating.ts';
import type { EventData } from '../../domain/events.ts';
import type { EventStore } from '../../eventstore/port.ts';
import { createLogger } from '../../platform/logging.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { usageProjection } from '../../projections/usage/projection.ts';
import { type CommandSide, createCommandSide, envelope, wholeLog } from './support.ts';

const MONTH = '2026-01';

let side: CommandSide;
let log: EventStore;
let projector: Projector;
let customerId = 'cus_0';
let sent = 0;

beforeAll(async () => {
  side = await createCommandSide();
  log = side.open().store;
  projector = startProjector({
    store: log,
    url: side.url,
    projections: [usageProjection],
    log: createLogger({ level: 'error' }),
    batchSize: 3,
  });
});
afterAll(async () => {
  await projector.stop();
  await side.dispose();
});

beforeEach(async () => {
  customerId = `${customerId}0`;
  const signup = { tier: 'growth', billingCycle: 'monthly', trialDays: 0 } as const;
  const party = { customerId, name: null, email: null, currency: 'USD', taxRate: '0', paymentMethod: true };
  await initializeCustomerRevenue(open(), { ...party, ...signup }, envelope(customerId));
});

const open = () => side.open({ store: log }).context;

async function send(context: CommandContext, facts: number): Promise<void> {
  sent += 1;
  const eventType = 'sms.sent';
  const inputs = Array.from({ length: facts }, () => ({
    customerId,
    eventType,
    occurredAt: side.now,
    metadata: {},
  }));
  await trackUsageEvents(context, inputs, envelope(`call ${sent}`));
}

/** A process that stops for a while between its reading and what it makes of it. */
function pausing(context: CommandContext, pause: (reading: UsageReading) => Promise<void>): CommandContext {
  return {
    ...context,
    usage: {
      ...context.usage,
      async monthly(...asked) {
        const reading = await context.usage.monthly(...asked);
        await pause(reading);
        return reading;
      },
    },
  };
}

async function accruals(): Promise<EventData<'usage.accrued'>[]> {
  const events = await log.readStream(`rating-${customerId}.${MONTH}`);
  return events.map(({ data }) => data as EventData<'usage.accrued'>);
}

const unitsOf = ({ months }: UsageReading) =>
  months.get(MONTH)?.find(({ meter }) => meter === 'sms.sent')?.quantity ?? 0n;

it.each(['known', 'unknown'])(
  'of two accruals at once the older reading, arriving later, takes nothing back (its state %s)',
  async (state) => {
    const [slow, quick] = [open(), open()];
    if (state === 'known') {
      await send(slow, 1);
      await accrueUsage(slow, customerId, MONTH);
    }
    await send(slow, 10);
    const readings: UsageReading[] = [];
    const note = async (reading: UsageReading) => {
      readings.push(reading);
    };
    await accrueUsage(
      pausing(slow, async (older) => {
        await note(older);
        await send(quick, 5);
        await accrueUsage(pausing(quick, note), customerId, MONTH);
      }),
      customerId,
      MONTH,
    );
    const [older, newer] = readings as [UsageReading, UsageReading];
    expect(newer.countedThrough).toBeGreaterThan(older.countedThrough);
    expect(unitsOf(newer)).toBe(unitsOf(older) + 5n);

    const found = await accruals();
    expect(found).toHaveLength(state === 'known' ? 2 : 1);
    expect(found.at(-1)).toMatchObject({
      countedThrough: newer.countedThrough,
      lines: [{ meter: 'sms.sent', quantity: String(unitsOf(newer)) }],
    });
    for (const { lines } of found) for (const { delta } of lines) expect(Number(delta)).toBeGreaterThan(0);
    await accrueUsage(slow, customerId, MONTH);
    expect(await accruals()).toEqual(found);
  },
);

it('accruals of several processes, while facts come in, only go up and end at the total', async () => {
  const processes = [open(), open(), open()];
  let sending = true;
  const sender = (async () => {
    for (let call = 0; call < 30; call += 1) await send(open(), 4);
    sending = false;
  })();
  const accrue = async (context: CommandContext) => {
    while (sending) await accrueUsage(context, customerId, MONTH);
  };
  await Promise.all([sender, ...processes.map(accrue)]);
  await accrueUsage(open(), customerId, MONTH);

  const found = await accruals();
  const places = found.map(({ countedThrough }) => countedThrough);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  for (const { lines } of found) for (const { delta } of lines) expect(Number(delta)).toBeGreaterThan(0);
  expect(found.at(-1)?.lines).toMatchObject([{ quantity: '120' }]);
  const { state } = await open().pipeline.state(ratings, `${customerId}.${MONTH}`);
  expect(state.countedThrough).toBe(places.at(-1));

  const facts = (await wholeLog(log)).filter(
    ({ type, metadata }) => type === 'usage.recorded' && metadata.customerId === customerId,
  );
  for (const { countedThrough, lines } of found) {
    const counted = facts.filter(({ position }) => position <= countedThrough);
    expect(lines[0]?.quantity, `counted through ${countedThrough}`).toBe(String(counted.length));
  }
});

it('a reading names the place that its totals are counted through, not the head when it was asked for', async () => {
  const context = open();
  await send(context, 1);
  await context.usage.monthly(customerId, MONTH, MONTH);
  const before = await log.head();
  const usage = usageAfter(() => send(context, 7));
  const reading = await usage.monthly(customerId, MONTH, MONTH);
  expect(reading.countedThrough).toBeGreaterThan(before);
  expect(unitsOf(reading)).toBe(8n);
});

it('a read model that falls back after the wait is not read', async () => {
  const context = open();
  await send(context, 1);
  const usage = usageAfter(async () => {
    await projector.stop();
    await side.pool.query(`update ops.checkpoints set position = position - 1 where projection = 'usage'`);
  });
  await expect(usage.monthly(customerId, MONTH, MONTH)).rejects.toThrow('behind the log');
});

/** The readings of a process to which something happens right after its wait. */
function usageAfter(happening: () => Promise<void>): CommandContext['usage'] {
  return usageReadings(log, side.pool, async (_names, position, timeoutMs) => {
    const reached = await projector.waitFor(['usage'], position, timeoutMs);
    await happening();
    await projector.waitFor(['usage'], await log.head(), 30_000);
    return reached;
  });
}
