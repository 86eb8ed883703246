import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customers, subscriptions } from '../../commands/aggregate.ts';
import { OutcomeUnknownError, StoreBusyError } from '../../eventstore/errors.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { createClient } from '../../platform/postgres.ts';
import { uuidv5 } from '../../platform/uuid.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  type Process,
  registration,
  subscription,
  tierChange,
  wholeLog,
} from './support.ts';

/** The real store, counting what is read from it. */
class CountingStore extends PostgresEventStore {
  reads = 0;

  override readStream(...of: Parameters<PostgresEventStore['readStream']>) {
    this.reads += 1;
    return super.readStream(...of);
  }
}

describe('command pipeline in trouble', () => {
  let side: CommandSide;
  let proxy: TcpProxy;
  let url: string;
  let healthy: Process;

  beforeAll(async () => {
    side = await createCommandSide();
    proxy = new TcpProxy(side.url);
    url = await proxy.listen(side.url);
    healthy = side.open();
  });
  afterAll(async () => {
    await side.dispose();
    await proxy.close();
  });

  const register = (process: Process, id: string, more = {}) =>
    process.pipeline.execute(customers, id, registration(side.now, id), envelope(id, {}, more));

  it.each(['request', 'answer'] as const)(
    'the %s is lost for good: unknown, and one effect after the retry',
    async (lost) => {
      const id = `cus_lost_${lost}`;
      const process = side.open({ url, resolveWithinMs: 200 });
      const firstEvent = uuidv5('0', envelope(id).commandId);
      void proxy.lose(lost, firstEvent).then(() => proxy.goDown());
      await expect(register(process, id)).rejects.toThrow(OutcomeUnknownError);
      proxy.comeUp();
      expect(await healthy.store.readStream(`customer-${id}`)).toHaveLength(lost === 'answer' ? 1 : 0);
      for (const retrying of [process, healthy, process]) {
        const outcome = await register(retrying, id);
        expect(outcome).toMatchObject({ kind: 'accepted', revision: 0, events: [{ id: firstEvent }] });
      }
      expect(await healthy.store.readStream(`customer-${id}`)).toHaveLength(1);
    },
  );

  it('an unknown outcome does not stand in the way of the next command on the stream', async () => {
    const id = 'cus_next';
    const process = side.open({ url, resolveWithinMs: 200 });
    const execute = (key: string, tier?: string) =>
      process.pipeline.execute(
        subscriptions,
        id,
        tier === undefined ? subscription(side.now, id) : tierChange(side.now, tier),
        envelope(`${id}/${key}`),
      );
    await execute('subscribe');
    void proxy.lose('answer', uuidv5('0', envelope(`${id}/growth`).commandId)).then(() => proxy.goDown());
    await expect(execute('growth', 'growth')).rejects.toThrow(OutcomeUnknownError);
    proxy.comeUp();
    expect(await execute('pro', 'pro')).toMatchObject({ kind: 'accepted', revision: 2, replayed: false });
    expect(await execute('growth', 'growth')).toMatchObject({ revision: 1, replayed: true });
  });

  it('a full queue refuses with StoreBusyError; the retry finds nothing of it', async () => {
    const store = new PostgresEventStore({ url: side.url, maxQueuedEvents: 1 });
    const process = side.open({ store });
    const holder = createClient({ url: side.url, name: 'test', as: 'owner' });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(4711001)');
    const first = register(process, 'cus_first');
    while (store.queuedEvents === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(register(process, 'cus_second')).rejects.toThrow(StoreBusyError);
    await holder.query('commit');
    await holder.end();
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await healthy.store.readStream('customer-cus_second')).toEqual([]);
    expect(await register(process, 'cus_second')).toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('a command that fails does not hold up the next one on its stream', async () => {
    const id = 'cus_queue';
    const failing = register(healthy, id, { ifMatch: 5 });
    const following = register(healthy, id);
    await expect(failing).rejects.toThrow();
    expect(await following).toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('no read before an append whose state is cached', async () => {
    const store = new CountingStore({ url: side.url });
    const process = side.open({ store });
    const execute = (key: string, command: Parameters<typeof subscriptions.decider.decide>[0]) =>
      process.pipeline.execute(subscriptions, 'cus_warm', command, envelope(`warm/${key}`));
    await execute('subscribe', subscription(side.now, 'cus_warm'));
    expect(store.reads).toBe(1);
    for (const tier of ['growth', 'pro']) {
      expect(await execute(tier, tierChange(side.now, tier))).toMatchObject({ kind: 'accepted' });
    }
    expect(store.reads).toBe(1);
  });

  it('a bounded cache evicts what was used longest ago, and everything still works', async () => {
    const store = new CountingStore({ url: side.url });
    const process = side.open({ store, cacheCapacity: 3 });
    const ids = Array.from({ length: 6 }, (_, index) => `cus_evicted_${index}`);
    const execute = (id: string, tier?: string) =>
      process.pipeline.execute(
        subscriptions,
        id,
        tier === undefined ? subscription(side.now, id) : tierChange(side.now, tier),
        envelope(`${id}/${tier}`),
      );
    for (const id of ids) await execute(id);
    store.reads = 0;
    for (const id of ids.slice(3)) await execute(id, 'growth');
    expect(store.reads).toBe(0);
    for (const id of ids) {
      expect(await execute(id, 'pro')).toMatchObject({
        kind: 'accepted',
        state: { tier: 'pro' },
        revision: ids.indexOf(id) < 3 ? 1 : 2,
      });
    }
    expect(store.reads).toBe(6);
    expect(await execute(ids[0] as string)).toMatchObject({ kind: 'accepted', replayed: true, revision: 0 });
  });

  it('a slow reader does not put an older state in the place of a newer one', async () => {
    const store = new CountingStore({ url: side.url });
    const process = side.open({ store });
    const id = 'cus_reader';
    const execute = (key: string, command: Parameters<typeof subscriptions.decider.decide>[0]) =>
      process.pipeline.execute(subscriptions, id, command, envelope(`${id}/${key}`));
    await execute('subscribe', subscription(side.now, id));
    for (const tier of ['growth', 'pro']) {
      const reading = process.pipeline.state(subscriptions, id, 'fresh');
      await Promise.all([execute(tier, tierChange(side.now, tier)), reading]);
      expect((await process.pipeline.state(subscriptions, id)).state).toMatchObject({ tier });
    }
  });

  it('left every command in the log at most once', async () => {
    const log = await wholeLog(healthy.store);
    expect(new Set(log.map(({ metadata }) => metadata.commandId)).size).toBe(log.length);
    expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
  });
});
