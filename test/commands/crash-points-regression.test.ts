import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projections } from '../../api/service/schema.ts';
import type { CommandContext } from '../../commands/context.ts';
import { initializeCustomerRevenue, type SignUp } from '../../commands/customers.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import { changeSubscriptionTier } from '../../commands/subscriptions.ts';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { type CommandSide, createCommandSide, envelope, reactToEnd, wholeLog } from './support.ts';

class Crash extends Error {}

/** A log that takes a number of appends; then its process is gone. */
function dyingAfter(appends: number, store: EventStore): EventStore {
  let left = appends;
  const alive = () => {
    if (left < 0) throw new Crash('the process is gone');
  };
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name === 'close') return member.bind(target);
      return async (...given: unknown[]) => {
        if (name === 'append') left -= 1;
        alive();
        return Reflect.apply(member, target, given);
      };
    },
  });
}

const signUp = (customerId: string): SignUp => ({
  customerId,
  name: null,
  email: null,
  currency: 'USD',
  taxRate: '0.0825',
  paymentMethod: true,
  tier: 'growth',
  billingCycle: 'monthly',
  trialDays: 0,
});

type Step = (context: CommandContext, customerId: string) => Promise<unknown>;

const use =
  (occurredAt: string, quantity: number): Step =>
  (context, customerId) =>
    trackUsageEvents(
      context,
      [
        {
          customerId,
          eventType: 'ai.brief_generated',
          eventId: occurredAt,
          occurredAt,
          quantity,
          metadata: {},
        },
      ],
      envelope(`usage-${customerId}-${occurredAt}`),
    );
const start: Step = (context, id) => initializeCustomerRevenue(context, signUp(id), envelope(`start-${id}`));
const change =
  (newTier: string): Step =>
  (context, customerId) =>
    changeSubscriptionTier(
      context,
      { customerId, newTier, effectiveAt: null, prorate: 'invoice' },
      envelope(`${newTier}-${customerId}`),
    );
const invoice =
  (period: string): Step =>
  (context, customerId) =>
    generateMonthlyInvoice(context, customerId, period, envelope(`${period}-${customerId}`));

interface Scenario {
  readonly name: string;
  readonly before: readonly (readonly [string, Step])[];
  readonly at: string;
  readonly step: Step;
  /** Appends of the step that may be the last one. */
  readonly points: readonly number[];
  /** The last command before which nothing obliges to go on; the caller asks again. */
  readonly asksAgainUpTo: number;
}

const SIGNED_UP = [['2026-01-10T12:00:00.500Z', start]] as const;
const scenarios: Scenario[] = [
  {
    name: 'a sign-up',
    before: [],
    at: '2026-01-10T12:00:00.500Z',
    step: start,
    points: [0, 1, 2, 3],
    asksAgainUpTo: 0,
  },
  {
    name: 'an upgrade',
    before: SIGNED_UP,
    at: '2026-01-20T01:02:03.004Z',
    step: change('pro'),
    points: [0, 1, 2, 3],
    asksAgainUpTo: 0,
  },
  {
    name: 'an upgrade of a month that is not invoiced yet',
    before: SIGNED_UP,
    at: '2026-02-01T05:00:00.000Z',
    step: change('pro'),
    points: [0, 1, 2, 3, 4, 5],
    asksAgainUpTo: 2,
  },
  {
    name: 'the first invoice after three months',
    before: SIGNED_UP,
    at: '2026-04-01T05:00:00.000Z',
    step: change('pro'),
    points: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    asksAgainUpTo: 6,
  },
  {
    name: 'a monthly invoice with late usage and a downgrade',
    before: [
      ...SIGNED_UP,
      ['2026-01-25T00:00:00.000Z', use('2026-01-24T00:00:00.000Z', 5_000)],
      ['2026-02-02T00:00:00.000Z', invoice('2026-01')],
      ['2026-02-10T00:00:00.000Z', change('starter')],
      ['2026-02-20T00:00:00.000Z', use('2026-01-30T00:00:00.000Z', 77)],
      ['2026-02-20T00:00:00.000Z', use('2026-02-19T00:00:00.000Z', 4_321)],
    ],
    at: '2026-03-01T05:00:00.000Z',
    step: invoice('2026-02'),
    points: [0, 1, 2, 3, 4, 5, 6],
    asksAgainUpTo: 1,
  },
];

describe('a process that dies between two steps', () => {
  let side: CommandSide;
  let log: EventStore;
  let projector: Projector;
  const open = () => side.open({ store: log });

  beforeAll(async () => {
    side = await createCommandSide();
    log = side.open().store;
    projector = startProjector({
      store: log,
      url: side.url,
      projections,
      log: createLogger({ level: 'error' }),
      metrics: createMetrics(),
    });
  });
  afterAll(async () => {
    await projector.stop();
    await side.dispose();
  });

  async function run(scenario: Scenario, customerId: string, appends: number): Promise<boolean> {
    const { context } = open();
    for (const [at, step] of scenario.before) {
      side.now = at;
      await step(context, customerId);
    }
    side.now = scenario.at;
    const dying = side.open({ store: dyingAfter(appends, log) });
    return scenario.step(dying.context, customerId).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Crash) return false;
        throw error;
      },
    );
  }

  /** From the beginning of the log each time. */
  const finish = () => reactToEnd(side, log, `reactor_${randomUUID()}`);

  /** What happened to a customer, without what names it or tells the time of recording. */
  async function story(customerId: string): Promise<string[]> {
    const events = await wholeLog(log);
    const own = events.filter(({ metadata }) => metadata.customerId === customerId);
    const names = new Map<string, string>();
    const plain = (event: StoredEvent) =>
      JSON.stringify([event.type, event.data, event.metadata.effectiveAt, event.metadata.entry ?? null])
        .replaceAll(customerId, 'CUSTOMER')
        .replaceAll(/"countedThrough":\d+/g, '')
        .replaceAll(/(inv|sub|sbj|pay)_[0-9a-z]{20,}/g, (id) => {
          if (!names.has(id)) names.set(id, `ID${names.size}`);
          return names.get(id) ?? '';
        });
    return own.map(plain);
  }

  describe.each(scenarios)('$name', (scenario) => {
    it('ends as if nothing had happened', async () => {
      const slug = scenario.name.replaceAll(' ', '_').slice(0, 30);
      expect(await run(scenario, `${slug}.whole`, 1_000)).toBe(true);
      await finish();
      const whole = await story(`${slug}.whole`);
      for (const point of scenario.points) {
        const id = `${slug}.p${point}`;
        const through = await run(scenario, id, point);
        if (point === 0) expect(through).toBe(false);
        await finish();
        if (!through && point <= scenario.asksAgainUpTo) {
          await scenario.step(open().context, id);
        }
        await finish();
        expect([...(await story(id))].sort(), `after ${point} appends`).toEqual([...whole].sort());
      }
      expect(await run(scenario, `${slug}.all`, scenario.points.at(-1) ?? 0)).toBe(true);
    });
  });
});
