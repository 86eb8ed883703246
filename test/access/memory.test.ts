import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Known } from '../../api/access/entries.ts';
import { holdingOf } from '../../api/access/holding.ts';
import { entitlements, subscriptions } from '../../commands/aggregate.ts';
import { CommandPipeline } from '../../commands/pipeline.ts';
import { PostgresClaims } from '../../commands/postgres-claims.ts';
import { changeSubscriptionTier } from '../../commands/subscriptions.ts';
import { FLAG_IDS } from '../../domain/catalogue/catalogue.ts';
import { TIERS } from '../../domain/catalogue/types.ts';
import { resolveFlag } from '../../domain/entitlements/resolution.ts';
import { StoreUnavailableError } from '../../eventstore/errors.ts';
import type { EventStore, SubscribeOptions } from '../../eventstore/port.ts';
import { envelope } from '../commands/support.ts';
import { type AccessProcess, type AccessSide, acting, createAccessSide } from './support.ts';

const NOW = '2026-01-10T00:00:00.000Z';
const FEATURE = 'security.scim';
const enabled = ({ holding }: Known) => holding !== undefined && resolveFlag(holding, FEATURE, NOW).enabled;
const valuesOf = async ({ metrics }: AccessProcess, name: string) =>
  (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
const lookups = async (process: AccessProcess) => {
  const values = await valuesOf(process, 'aura_access_lookups_total');
  const counted = Object.fromEntries(values.map(({ labels, value }) => [labels['from'], value]));
  return { hit: 0, miss: 0, fresh: 0, ...counted };
};

/** Takes over a memory's real time at where it stands, and lets so many milliseconds pass. */
function pass(process: AccessProcess, milliseconds: number): void {
  process.nowMs = (process.nowMs ?? performance.now()) + milliseconds;
}

describe('a change in another process', () => {
  let side: AccessSide;
  let writer: AccessProcess;
  let reader: AccessProcess;

  beforeAll(async () => {
    side = await createAccessSide();
    writer = await side.open('all');
    reader = await side.open('api');
    // Real time stands still, so that a slow machine does not make the memory too old to be used.
    pass(reader, 0);
  });
  afterAll(() => side?.dispose());

  it('is seen as of its position, from memory that is put out by it', async () => {
    const { signUp, override } = acting(writer);
    expect(await reader.memory.waitFor(await signUp('ann', 'starter'), 10_000)).toBe(true);
    expect(enabled(await reader.memory.holding('ann'))).toBe(false);
    const { hit } = await lookups(reader);
    expect(enabled(await reader.memory.holding('ann'))).toBe(false);
    expect((await lookups(reader)).hit).toBe(hit + 1);
    const position = await override('ann', FEATURE, true);
    expect(await reader.memory.waitFor(position, 10_000)).toBe(true);
    const known = await reader.memory.holding('ann');
    expect(enabled(known)).toBe(true);
    expect(known.asOf).toBeGreaterThanOrEqual(position);
  });

  it('is seen without asking for a position, before the stated bound is over', async () => {
    const { signUp, override } = acting(writer);
    await reader.memory.waitFor(await signUp('bea'), 10_000);
    await reader.memory.holding('bea');
    await override('bea', FEATURE, true);
    // As long as no answer may be older than the bound, one that is older must come from the log's head.
    let known = await reader.memory.holding('bea');
    while (!enabled(known)) {
      await new Promise((resolve) => setImmediate(resolve));
      known = await reader.memory.holding('bea');
    }
    expect(reader.memory.maxStalenessMs).toBe(2_000);
  });

  it('of somebody else puts nobody out', async () => {
    const { signUp, override } = acting(writer);
    await signUp('cid');
    await reader.memory.waitFor(await signUp('dan'), 10_000);
    await reader.memory.holding('cid');
    const { miss } = await lookups(reader);
    await reader.memory.waitFor(await override('dan', FEATURE, true), 10_000);
    await reader.memory.holding('cid');
    expect((await lookups(reader)).miss).toBe(miss);
  });

  it('a customer that does not exist yet is found as soon as it does', async () => {
    expect((await reader.memory.holding('eve')).holding).toBeUndefined();
    await reader.memory.waitFor(await acting(writer).signUp('eve', 'pro'), 10_000);
    expect((await reader.memory.holding('eve')).holding?.plan?.tier).toBe('pro');
  });
});

describe('the running month', () => {
  let side: AccessSide;
  let process: AccessProcess;

  beforeAll(async () => {
    side = await createAccessSide();
    process = await side.open('all');
  });
  afterAll(() => side?.dispose());

  const used = async () => (await process.memory.holdingAndUsage('ann')).usage?.meters['api.called'].quantity;

  const reads = async () => (await valuesOf(process, 'aura_access_usage_reads_total'))[0]?.value;

  it('is read again when usage came in: once somebody waits for it, or a second later', async () => {
    const { signUp, use } = acting(process);
    const { memory, core } = process;
    await memory.waitFor(await signUp('ann'), 10_000);
    expect(await used()).toBe(0n);
    await memory.waitFor(await use('ann', 'api.called', 7), 10_000);
    expect(await used()).toBe(7n);

    pass(process, 0);
    await memory.waitFor(await use('ann', 'api.called', 1), 10_000);
    expect(await used()).toBe(8n);
    const unasked = await use('ann', 'api.called', 5);
    await core.waitFor(['usage'], unasked, 10_000);
    while (memory.position < unasked) await new Promise((resolve) => setImmediate(resolve));
    expect(await used()).toBe(8n);
    pass(process, 999);
    expect(await used()).toBe(8n);
    pass(process, 1);
    expect(await used()).toBe(13n);

    const before = await reads();
    pass(process, 400);
    expect(await used()).toBe(13n);
    expect(await reads()).toBe(before);
    process.nowMs = undefined;
  });

  it('says up to where it is counted', async () => {
    const position = await acting(process).use('ann', 'api.called', 5);
    await process.memory.waitFor(position, 10_000);
    const { usage } = await process.memory.holdingAndUsage('ann');
    expect(usage?.countedThrough).toBeGreaterThanOrEqual(position);
    expect(usage?.meters['api.called'].quantity).toBe(18n);
  });
});

describe('a log that is not heard', () => {
  let side: AccessSide;
  let writer: AccessProcess;
  beforeEach(async () => {
    side = await createAccessSide();
    writer = await side.open('all');
  });
  afterEach(() => side.dispose());

  /** The log as it is, but its subscriptions deliver nothing while `silent`. */
  function deaf(store: EventStore): { store: EventStore; silent: boolean; down: boolean } {
    const state = { store, silent: true, down: false };
    state.store = new Proxy(store, {
      get(target, name) {
        if (name === 'subscribe') {
          return async function* (options: SubscribeOptions) {
            for await (const message of target.subscribe(options)) {
              while (state.silent && !options.signal.aborted)
                await new Promise((resolve) => setTimeout(resolve, 1));
              yield message;
            }
          };
        }
        if (name === 'head' && state.down) return () => Promise.reject(new StoreUnavailableError('cut off'));
        const member = Reflect.get(target, name) as unknown;
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    return state;
  }

  it('is not taken for one in which nothing happens: answers come from the head, and say of when they are', async () => {
    const { signUp, override } = acting(writer);
    await writer.core.waitFor(['billing'], await signUp('ann'), 10_000);
    const log = deaf(writer.core.store);
    const reader = await side.open('api', { core: { ...writer.core, store: log.store }, heartbeatMs: 1 });
    expect(enabled(await reader.memory.holding('ann'))).toBe(false);
    const position = await override('ann', FEATURE, true);
    // Within the bound it may not know yet.
    const early = await reader.memory.holding('ann');
    expect(early.asOf).toBeLessThan(position);
    pass(reader, 2_001);
    const known = await reader.memory.holding('ann');
    expect(enabled(known)).toBe(true);
    expect(known.asOf).toBeGreaterThanOrEqual(position);
    expect((await lookups(reader)).fresh).toBeGreaterThanOrEqual(1);
    const [staleness] = await valuesOf(reader, 'aura_access_staleness_seconds');
    expect(staleness?.value).toBeGreaterThan(2);

    log.silent = false;
    expect(await reader.memory.waitFor(position, 10_000)).toBe(true);
    expect(enabled(await reader.memory.holding('ann'))).toBe(true);
  });

  it('and cannot be asked: no answer rather than an old one', async () => {
    await writer.core.waitFor(['billing'], await acting(writer).signUp('ann'), 10_000);
    const log = deaf(writer.core.store);
    const reader = await side.open('api', { core: { ...writer.core, store: log.store }, heartbeatMs: 1 });
    expect((await reader.memory.holding('ann')).holding).toBeDefined();
    log.down = true;
    reader.nowMs = performance.now() + 60_000;
    await expect(reader.memory.holding('ann')).rejects.toThrow(StoreUnavailableError);
    log.down = false;
    expect((await reader.memory.holding('ann')).holding).toBeDefined();
  });
});

describe('the memory', () => {
  it('holds at most so many customers, and fills itself from the read models at the start', async () => {
    const side = await createAccessSide();
    const writer = await side.open('all');
    const { signUp } = acting(writer);
    let last = 0;
    for (let index = 0; index < 6; index += 1) last = await signUp(`cus-${index}`);
    await writer.core.waitFor(['billing', 'entitlements'], last, 10_000);
    const small = await side.open('api', { capacity: 4 });
    pass(small, 0);
    while (small.memory.size < 4) await new Promise((resolve) => setImmediate(resolve));
    await small.memory.holding('cus-0');
    expect(await lookups(small)).toMatchObject({ hit: 1, miss: 0 });
    await small.memory.holding('cus-5');
    expect(small.memory.size).toBe(4);
    expect(await lookups(small)).toMatchObject({ hit: 1, miss: 1 });
    await small.memory.holding('cus-0');
    expect(await lookups(small)).toMatchObject({ hit: 2, miss: 1 });
    await small.memory.holding('cus-1');
    expect(await lookups(small)).toMatchObject({ hit: 2, miss: 2 });
    await side.dispose();
  });
});

describe('any changes of any customers', () => {
  let side: AccessSide;
  let writer: AccessProcess;
  let reader: AccessProcess;
  beforeAll(async () => {
    side = await createAccessSide();
    writer = await side.open('all');
    reader = await side.open('api', { capacity: 3 });
  });
  afterAll(() => side?.dispose());

  const people = ['p0', 'p1', 'p2', 'p3', 'p4'];
  const feature = fc.constantFrom(...FLAG_IDS.slice(0, 6));
  const act = fc.oneof(
    fc.record({
      kind: fc.constant('override' as const),
      feature,
      enabled: fc.constantFrom(true, false, null),
    }),
    fc.record({ kind: fc.constant('grant' as const), feature, day: fc.integer({ min: 11, max: 28 }) }),
    fc.record({ kind: fc.constant('tier' as const), tier: fc.constantFrom(...TIERS) }),
    fc.record({ kind: fc.constant('use' as const) }),
  );
  type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

  let runs = 0;
  async function run(who: string, what: Act): Promise<number> {
    const { override, grant, use } = acting(writer);
    switch (what.kind) {
      case 'override':
        return override(who, what.feature, what.enabled);
      case 'grant':
        return grant(who, what.feature, `2026-01-${what.day}T00:00:00.000Z`);
      case 'use':
        return use(who, 'api.called', 1);
      case 'tier': {
        runs += 1;
        const change = {
          customerId: who,
          newTier: what.tier,
          effectiveAt: null,
          prorate: 'invoice',
        } as const;
        const result = await changeSubscriptionTier(writer.core.context, change, envelope(`tier-${runs}`));
        return 'refused' in result ? 0 : (result.position ?? 0);
      }
    }
  }

  async function foldOf(customerId: string) {
    const { store, pool } = writer.core;
    const pipeline = new CommandPipeline({ store, now: () => NOW, claims: new PostgresClaims(pool) });
    return holdingOf({
      customerId,
      dunning: null,
      subscription: (await pipeline.state(subscriptions, customerId)).state,
      entitlements: (await pipeline.state(entitlements, customerId)).state,
    });
  }

  it('leave answers that equal a fold of the log, in every process', async () => {
    for (const customerId of people) await acting(writer).signUp(customerId, 'free');
    const acts = fc.array(fc.tuple(fc.constantFrom(...people), act), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(acts, async (done) => {
        let position = 0;
        for (const [who, what] of done) position = Math.max(position, await run(who, what));
        for (const { memory } of [writer, reader]) {
          expect(await memory.waitFor(position, 10_000)).toBe(true);
          for (const customerId of people) {
            expect((await memory.holding(customerId)).holding).toEqual(await foldOf(customerId));
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
