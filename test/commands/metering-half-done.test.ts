import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { alertReadings } from '../../api/service/readings.ts';
import { projections } from '../../api/service/schema.ts';
import type { CommandContext } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { saveCheckpoint } from '../../commands/log-follower.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import { Reactor } from '../../commands/reactor.ts';
import { ALERT_WATCHER, alertWatcher } from '../../commands/usage-alerts.ts';
import { correctUsage } from '../../commands/usage-corrections.ts';
import { generateUsageInvoice } from '../../commands/usage-invoice.ts';
import { releaseQuarantinedUsage } from '../../commands/usage-quarantine.ts';
import { setPriceOverride } from '../../commands/usage-terms.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../eventstore/errors.ts';
import type { Append, EventStore } from '../../eventstore/port.ts';
import { createLogger } from '../../platform/logging.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import { type CommandSide, createCommandSide, envelope, reactToEnd } from './support.ts';

let side: CommandSide;
let log: EventStore;
let projector: Projector;
let customerId = 'cus';
let calls = 0;

const JANUARY = '2026-01';
const inJanuary = '2026-01-20T00:00:00.000Z';

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

const open = (store = log) => side.open({ store }).context;
const key = () => {
  calls += 1;
  return envelope(`call ${calls}`);
};

/** Streams of one category cannot be written: what a crash at that point leaves undone. */
function withoutLogFor(category: string): CommandContext {
  const refuse = (append: Append) => {
    if (append.stream.startsWith(`${category}-`)) throw new StoreUnavailableError('not there');
  };
  return open(
    new Proxy(log, {
      get(target, name) {
        if (name === 'append') {
          return async (append: Append) => {
            refuse(append);
            return target.append(append);
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  );
}

const react = () => reactToEnd(side, log);

const sms = (quantity: number, occurredAt: string, eventId = occurredAt) =>
  trackUsageEvents(
    open(),
    [{ customerId, eventType: 'sms.sent', eventId, occurredAt, quantity, metadata: {} }],
    key(),
  );
const rating = async () =>
  (await log.readStream(`rating-${customerId}.${JANUARY}`)).map(({ type, data }) => ({ type, data }));

/** A customer with 1,000 SMS in January, one old fact in quarantine, and January's invoice final if asked for. */
async function january({ invoiced = true } = {}): Promise<void> {
  calls += 1;
  customerId = `cus_${calls}`;
  side.now = '2026-01-05T00:00:00.000Z';
  const party = { customerId, name: null, email: null, currency: 'USD', taxRate: '0', paymentMethod: true };
  const plan = { tier: 'growth', billingCycle: 'monthly', trialDays: 0 } as const;
  await initializeCustomerRevenue(open(), { ...party, ...plan }, key());
  side.now = inJanuary;
  await sms(1_000, inJanuary);
  side.now = '2026-02-02T00:00:00.000Z';
  if (invoiced) await generateMonthlyInvoice(open(), customerId, JANUARY);
}

beforeEach(() => {
  side.now = '2026-01-05T00:00:00.000Z';
});

it('a correction that breaks off before its accrual is unknown to its caller, and finished by the reactor', async () => {
  await january();
  const asked = {
    customerId,
    eventType: 'sms.sent',
    quantity: -250,
    reason: 'twice',
    occurredAt: inJanuary,
  };
  const sent = key();
  await expect(correctUsage(withoutLogFor('rating'), asked, sent)).rejects.toThrow(OutcomeUnknownError);
  await react();
  const credited = {
    type: 'usage.credited',
    data: { lines: [{ meter: 'sms.sent', accrued: '3.00', credited: '3.00' }] },
  };
  expect((await rating()).at(-1)).toMatchObject(credited);
  const before = await rating();
  await correctUsage(open(), asked, sent);
  await react();
  expect(await rating()).toEqual(before);
});

it('so is a release into a month that is billed', async () => {
  await january();
  side.now = '2026-05-01T00:00:00.000Z';
  await sms(500, '2026-01-21T00:00:00.000Z', 'old');
  const broken = releaseQuarantinedUsage(withoutLogFor('rating'), customerId, ['old'], key());
  await expect(broken).rejects.toThrow(OutcomeUnknownError);
  await react();
  expect((await rating()).at(-1)).toMatchObject({
    type: 'usage.accrued',
    data: { late: true, lines: [{ quantity: '1500', delta: '6.00' }] },
  });
  const again = await releaseQuarantinedUsage(open(), customerId, ['old'], key());
  expect(again).toMatchObject([{ status: 'duplicate' }]);
});

it('so is a price with effect in the past', async () => {
  await january();
  const price = { kind: 'standard', unitPrice: '0.02' } as const;
  const asked = { customerId, eventType: 'sms.sent', price, from: JANUARY };
  await expect(setPriceOverride(withoutLogFor('rating'), asked, key())).rejects.toThrow(OutcomeUnknownError);
  await react();
  expect((await rating()).at(-1)).toMatchObject({ data: { lines: [{ amount: '20.00', delta: '8.00' }] } });
});

it('a usage invoice that breaks off after its reservation is cut by the reactor, with the same lines', async () => {
  await january({ invoiced: false });
  await expect(generateUsageInvoice(withoutLogFor('invoice'), customerId, JANUARY)).rejects.toThrow();
  expect((await rating()).at(-1)).toMatchObject({ type: 'usage.billed' });
  await react();
  const { result, replayed } = (await generateUsageInvoice(open(), customerId, JANUARY)) as {
    result: { lines: object[] };
    replayed: boolean;
  };
  expect(replayed).toBe(true);
  expect(result.lines).toMatchObject([{ kind: 'usage', meter: 'sms.sent', amount: '12.00' }]);
});

it('two watchers side by side raise each alert once', async () => {
  await january({ invoiced: false });
  const readings = alertReadings(side.pool, (names, position, timeoutMs) =>
    waitForCheckpoints(side.pool, names, position, timeoutMs),
  );
  const errors: Error[] = [];
  const watchers = [open(), open()].map((context) =>
    alertWatcher({ context, pool: side.pool, readings, onError: (error) => errors.push(error) }),
  );
  for (const watcher of watchers) watcher.start();
  const call = { customerId, eventType: 'api.called', occurredAt: '2026-02-02T00:00:00.000Z', metadata: {} };
  for (let index = 0; index < 10; index += 1) {
    await trackUsageEvents(open(), [{ ...call, eventId: `e${index}`, quantity: 130_000 }], key());
  }
  const head = await log.head();
  await Promise.all(watchers.map((watcher) => watcher.drained(head)));
  await Promise.all(watchers.map((watcher) => watcher.stop()));
  expect(errors).toEqual([]);
  const raised = await log.readStream(`usage-alerts-${customerId}.2026-02`);
  const thresholds = raised.map(({ data }) => (data as { threshold: { value: string } }).threshold.value);
  expect(thresholds).toEqual(['50', '80', '90', '100', '120']);
});

it('a watcher that is asked before it knows where it stands answers when it stands there already', async () => {
  const head = await log.head();
  await saveCheckpoint(side.pool, ALERT_WATCHER, head);
  await saveCheckpoint(side.pool, 'follow-ups', head);
  const readings = { counted: async () => true, figures: async () => [] };
  const onError = () => undefined;
  const watcher = alertWatcher({ context: open(), pool: side.pool, readings, onError });
  const reactor = new Reactor({
    name: 'follow-ups',
    followUps: {},
    context: open(),
    pool: side.pool,
    whenSettled: async () => undefined,
    onError,
  });
  const waiting = [watcher.drained(head), reactor.drained(head)];
  watcher.start();
  reactor.start();
  await Promise.all(waiting);
  await Promise.all([watcher.stop(), reactor.stop()]);
});
