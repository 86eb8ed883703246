import { setTimeout as sleep } from 'node:timers/promises';
import { holdingOf } from '../../api/access/holding.ts';
import type { AccessMemory } from '../../api/access/memory.ts';
import { openAccess } from '../../api/access/open.ts';
import { type Core, openCore } from '../../api/service/core.ts';
import { entitlements, subscriptions } from '../../commands/aggregate.ts';
import { wasRefused } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { setFeatureOverride } from '../../commands/entitlements.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import { CommandPipeline } from '../../commands/pipeline.ts';
import { PostgresClaims } from '../../commands/postgres-claims.ts';
import { FLAG_IDS, type FlagId } from '../../domain/catalogue/catalogue.ts';
import { TIERS } from '../../domain/catalogue/types.ts';
import { resolveFlag } from '../../domain/entitlements/resolution.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { latencyOf, runCallers } from '../callers.ts';
import { fault } from '../checks.ts';
import type { BenchContext, Scenario } from '../context.ts';
import type { BenchDatabase } from '../database.ts';
import { customerAt, range } from '../events.ts';
import { type Measurement, Tally } from '../measure.ts';
import { newKey, type ServedApi, serveApi } from '../service.ts';

const CALLERS = 32;
const SIGN_UPS = 64;
/** Changes a second while checks are made: each puts one customer out of the memory. */
const CHANGES_PER_SECOND = 20;
const SETTLE_MS = 60_000;
/** Checks timed as one, so that the clock is not what is measured. */
const BURST = 100;
/** Neither server is timed before its code is compiled. */
const WARM_UP_CALLS = 5_000;

/**
 * The access check: in process from memory, and by HTTP ahead of Express and through it, while other customers' features
 * are switched. In the end every flag of every customer is held against a fold of the log.
 */
export const accessScenario: Scenario = {
  name: 'access-check',
  async run({ preset, freshDatabase }) {
    const database = await freshDatabase();
    const metrics = createMetrics();
    const log = createLogger({ level: 'silent' });
    const config = loadConfig({ ROLE: 'all' });
    const core = await openCore({ config, databaseUrl: database.url, log, metrics });
    const { memory, close } = await openAccess({ core, config, metrics, log });
    try {
      const customers = range(0, preset.accessCustomers, customerAt);
      await runCallers(SIGN_UPS, (index) => signUp(core, customers[index] ?? ''), {
        calls: customers.length,
      });
      await settle(core, memory);
      const bench = { core, memory, database, preset, customers };
      const measured = [await inProcess(bench), ...(await byHttp(bench))];
      return measured;
    } finally {
      await close();
      await core.close();
      await database.drop();
    }
  },
};

interface Bench {
  readonly core: Core;
  readonly memory: AccessMemory;
  readonly database: BenchDatabase;
  readonly preset: BenchContext['preset'];
  readonly customers: readonly string[];
}

async function inProcess(bench: Bench): Promise<Measurement> {
  const { core, memory, customers, preset } = bench;
  const checked = new Tally();
  const times: number[] = [];
  for (const customerId of customers) await memory.holding(customerId);
  let turn = 0;
  await whileChanging(bench, async () => {
    for (let slice = 0; slice < preset.slices; slice += 1) {
      const start = performance.now();
      let calls = 0;
      while (performance.now() - start < preset.accessSeconds * 1_000) {
        const begun = performance.now();
        for (let index = 0; index < BURST; index += 1) {
          turn += 1;
          const { holding } = await memory.holding(customers[turn % customers.length] ?? '');
          if (holding === undefined) throw new Error('a customer is missing');
          resolveFlag(holding, flagAt(turn), core.clock.now());
        }
        times.push((performance.now() - begun) / BURST);
        calls += BURST;
        // Other work of the process, the tail of the log among it, has its turn as in a server.
        await new Promise((resolve) => setImmediate(resolve));
      }
      checked.add(calls, (performance.now() - start) / 1_000);
    }
  });
  await settle(core, memory);
  return {
    ...common,
    work: `hasFeatureAccess in process, ${customers.length} customers`,
    rate: checked.perSecond,
    reference: undefined,
    latency: latencyOf(times),
    faults: await faultsOf(bench, (customerId, flag) => fromMemory(bench, customerId, flag)),
  };
}

const common = { unit: 'checks', expectedRatio: undefined } as const;

async function byHttp(bench: Bench): Promise<Measurement[]> {
  const { database, preset, customers, core } = bench;
  const ways = ['hot', 'express'] as const;
  const key = newKey();
  const [hot, express] = await Promise.all(
    ways.map((way) => serveApi(database.url, CALLERS, ['./access-server.ts', way], key)),
  );
  if (hot === undefined || express === undefined) throw new Error('the servers did not start');
  try {
    const [ahead, through] = [new Tally(), new Tally()];
    const times: Record<(typeof ways)[number], number[]> = { hot: [], express: [] };
    for (const api of [hot, express]) {
      await runCallers(CALLERS, (index) => ask(api, customers, index), { calls: WARM_UP_CALLS });
    }
    await whileChanging(bench, async () => {
      for (let slice = 0; slice < preset.slices * 2; slice += 1) {
        const way = slice % 2 === 0 ? 'hot' : 'express';
        const api = way === 'hot' ? hot : express;
        const run = await runCallers(CALLERS, (index) => ask(api, customers, index), {
          seconds: preset.accessSeconds,
        });
        (way === 'hot' ? ahead : through).add(run.calls, run.seconds);
        times[way].push(...run.times);
      }
    });
    const head = await core.store.head();
    const faults = async (api: ServedApi) =>
      faultsOf(bench, (customerId, flag) => overHttp(api, customerId, flag, head));
    return [
      {
        ...common,
        work: `… by HTTP ahead of Express, ${CALLERS} callers`,
        rate: ahead.perSecond,
        reference: { name: 'the same through Express', rate: through.perSecond },
        latency: latencyOf(times.hot),
        faults: await faults(hot),
      },
      {
        ...common,
        work: `… by HTTP through Express, ${CALLERS} callers`,
        rate: through.perSecond,
        reference: undefined,
        latency: latencyOf(times.express),
        faults: await faults(express),
      },
    ];
  } finally {
    await Promise.all([hot.stop(), express.stop()]);
  }
}

async function ask(api: ServedApi, customers: readonly string[], index: number): Promise<void> {
  await overHttp(api, customers[index % customers.length] ?? '', flagAt(index), 0);
}

async function overHttp(
  api: ServedApi,
  customerId: string,
  flag: FlagId,
  minPosition: number,
): Promise<boolean> {
  const path = `/v1/customers/${customerId}/features/${flag}?minPosition=${minPosition}`;
  return ((await api.get(path)) as { readonly enabled: boolean }).enabled;
}

async function fromMemory({ core, memory }: Bench, customerId: string, flag: FlagId): Promise<boolean> {
  const { holding } = await memory.holding(customerId);
  return holding !== undefined && resolveFlag(holding, flag, core.clock.now()).enabled;
}

/** Some flags of every customer, against what a fold of its streams says. */
async function faultsOf(
  { core, customers }: Bench,
  answer: (customerId: string, flag: FlagId) => Promise<boolean>,
): Promise<string[]> {
  const { store, pool, clock } = core;
  const pipeline = new CommandPipeline({ store, now: clock.now, claims: new PostgresClaims(pool) });
  const wrong: string[] = [];
  const check = async (index: number) => {
    const customerId = customers[index] ?? '';
    const holding = holdingOf({
      customerId,
      dunning: null,
      subscription: (await pipeline.state(subscriptions, customerId)).state,
      entitlements: (await pipeline.state(entitlements, customerId)).state,
    });
    for (const flag of [flagAt(index), flagAt(index + 13), flagAt(index + 29)]) {
      const { enabled } = resolveFlag(holding, flag, clock.now());
      if ((await answer(customerId, flag)) !== enabled) wrong.push(`${customerId} ${flag}`);
    }
  };
  await runCallers(CALLERS, check, { calls: customers.length });
  return fault(
    wrong.length === 0,
    `${wrong.length} answers differ from the log: ${wrong.slice(0, 3).join(', ')}`,
  );
}

/** Switches features of one customer after the other as long as the work goes on. */
async function whileChanging({ core, customers }: Bench, work: () => Promise<void>): Promise<void> {
  let running = true;
  const change = async () => {
    for (let turn = 0; running; turn += 1) {
      const customerId = customers[(turn * 7) % customers.length] ?? '';
      const result = await setFeatureOverride(
        core.context,
        { customerId, featureName: flagAt(turn), enabled: turn % 2 === 0 },
        envelope('setFeatureOverride', `${performance.now()}-${turn}`),
      );
      if (wasRefused(result)) throw new Error(result.detail);
      await sleep(1_000 / CHANGES_PER_SECOND);
    }
  };
  const end = () => {
    running = false;
  };
  const done = await Promise.allSettled([change(), work().finally(end)]);
  const failed = done.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function settle({ store, waitFor }: Core, memory: AccessMemory): Promise<void> {
  const head = await store.head();
  const reached = await Promise.all([
    waitFor(['billing', 'entitlements'], head, SETTLE_MS),
    memory.waitFor(head, SETTLE_MS),
  ]);
  if (reached.includes(false)) throw new Error(`position ${head} was not reached`);
}

async function signUp({ context }: Core, customerId: string): Promise<void> {
  const tier = TIERS[Number(customerId.slice(-3)) % TIERS.length] ?? 'growth';
  const result = await initializeCustomerRevenue(
    context,
    {
      customerId,
      name: null,
      email: null,
      currency: 'USD',
      taxRate: '0',
      paymentMethod: true,
      tier,
      billingCycle: 'monthly',
      trialDays: 0,
    },
    envelope('initializeCustomerRevenue', customerId),
  );
  if (wasRefused(result)) throw new Error(result.detail);
}

function flagAt(index: number): FlagId {
  return FLAG_IDS[index % FLAG_IDS.length] ?? 'core.profiles';
}

function envelope(commandType: string, name: string): Envelope {
  const commandId = naturalUuid(commandType, name);
  return {
    commandId,
    commandType,
    requestHash: commandId.replaceAll('-', '').repeat(2),
    actor: 'key:owner',
    correlationId: commandId,
    causationId: commandId,
  };
}
