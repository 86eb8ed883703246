import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutcomeUnknownError, StoreUnavailableError } from '../../eventstore/errors.ts';
import type { Append, AppendResult, EventStore } from '../../eventstore/port.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { Collector } from './contract/collector.ts';
import { appendOf, freshStream, idsOf, newEvent, newEvents, taken } from './contract/support.ts';
import { createPostgresLog, eventually, type PostgresLog } from './postgres-support.ts';

describe('connection loss in mid-commit', () => {
  let log: PostgresLog;
  let proxy: TcpProxy;
  let url: string;

  beforeAll(async () => {
    log = await createPostgresLog();
    proxy = new TcpProxy(log.url);
    url = await proxy.listen(log.url);
  });
  afterAll(async () => {
    await log.dispose();
    await proxy.close();
  });

  it.each(['request', 'answer'] as const)(
    'the %s is lost: appended once, and not as a replay',
    async (lost) => {
      const store = log.open({ url });
      const append = appendOf(freshStream(), 'none', newEvents(3));
      const happened = proxy.lose(lost, append.events[1]?.id ?? '');
      const neighbours = newEvents(5).map((event) => appendOf(freshStream(), 'any', [event]));
      const results = await store.appendMany([append, ...neighbours]);
      await happened;
      expect(results.map((result) => taken(result).replayed)).toEqual(results.map(() => false));
      expect(idsOf(await store.readStream(append.stream))).toEqual(idsOf(append.events));
      for (const { stream } of neighbours) expect(await store.readStream(stream)).toHaveLength(1);
    },
  );

  it('the answer is lost and others append meanwhile: the first result all the same', async () => {
    const [store, other] = [log.open({ url }), log.open()];
    const append = appendOf(freshStream(), 'none', newEvents(2));
    void proxy.lose('answer', append.events[0]?.id ?? '').then(() => proxy.goDown());
    const result = store.append(append);
    await eventually(async () => (await other.readStream(append.stream)).length === 2);
    taken(await other.append(appendOf(append.stream, 1, newEvents(4))));
    proxy.comeUp();
    expect(taken(await result)).toMatchObject({ revision: 1, replayed: false });
  });

  it('the request is lost and the ids stood in the log with other content: that is a replay', async () => {
    const [store, other] = [log.open({ url }), log.open()];
    const stream = freshStream();
    const event = newEvent({ amount: '1.00' });
    taken(await other.append(appendOf(stream, 'none', [event])));
    const happened = proxy.lose('request', event.id);
    const again = await store.append(appendOf(stream, 'none', [{ ...event, data: { amount: '2.00' } }]));
    await happened;
    expect(taken(again)).toMatchObject({ revision: 0, replayed: true });
    expect((await store.readStream(stream)).map(({ data }) => data)).toEqual([{ amount: '1.00' }]);
  });

  it('the answer is lost for good: the outcome is unknown, and the same ids resolve it', async () => {
    const store = log.open({ url, resolveWithinMs: 200 });
    const append = appendOf(freshStream(), 'none', newEvents(2));
    void proxy.lose('answer', append.events[0]?.id ?? '').then(() => proxy.goDown());
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknownError);
    await expect(store.append(append)).rejects.toThrow(StoreUnavailableError);
    proxy.comeUp();
    expect(taken(await store.append(append))).toMatchObject({ revision: 1, replayed: true });
    expect(idsOf(await store.readStream(append.stream))).toEqual(idsOf(append.events));
  });

  it('one append of a call is durable and the other is not known to be: the call is unknown', async () => {
    const store = log.open({ url, resolveWithinMs: 200 });
    const stream = freshStream();
    const chain = [appendOf(stream, 'none', newEvents(1)), appendOf(stream, 0, newEvents(1))];
    void proxy.lose('request', chain[1]?.events[0]?.id ?? '').then(() => proxy.goDown());
    await expect(store.appendMany(chain)).rejects.toThrow(OutcomeUnknownError);
    proxy.comeUp();
    const results = await store.appendMany(chain);
    expect(results.map((result) => taken(result).replayed)).toEqual([true, false]);
  });

  it('the server is never reached: unavailable, for those in the queue too, and nothing is written', async () => {
    const store = log.open({ url, resolveWithinMs: 200 });
    const head = await store.head();
    proxy.goDown();
    const appends = [...newEvents(3_000)].map((event) =>
      store.append(appendOf(freshStream(), 'any', [event])),
    );
    const settled = await Promise.allSettled(appends);
    for (const result of settled) expect(result).toMatchObject({ reason: expect.any(StoreUnavailableError) });
    await expect(store.readStream(freshStream())).rejects.toThrow(StoreUnavailableError);
    await expect(store.check()).rejects.toThrow(StoreUnavailableError);
    proxy.comeUp();
    expect(await store.head()).toBe(head);
    expect(store.queuedEvents).toBe(0);
    taken(await store.append(appendOf(freshStream(), 'any', newEvents(1))));
  });

  it('a server that stays silent is taken for lost', async () => {
    const errors: Error[] = [];
    const store = log.open({ url, answerWithinMs: 200, onError: (error) => errors.push(error) });
    const stream = freshStream();
    taken(await store.append(appendOf(stream, 'none', newEvents(1))));
    proxy.goSilent();
    const waiting = store.append(appendOf(stream, 0, newEvents(1)));
    await eventually(() => errors.length > 0);
    proxy.comeUp();
    expect(taken(await waiting).revision).toBe(1);
  });

  it('a disk that is full, or any other refusal of the server, is no lost append', async () => {
    const store = log.open();
    await log.owner.query(`
      create function public.fail() returns trigger language plpgsql as
        $$ begin raise 'disk full' using errcode = '53100'; end $$;
      create trigger fail before insert on log.events for each statement execute function public.fail()`);
    const append = appendOf(freshStream(), 'none', newEvents(1));
    await expect(store.append(append)).rejects.toThrow(StoreUnavailableError);
    await log.owner.query('drop trigger fail on log.events');
    expect(taken(await store.append(append)).replayed).toBe(false);
  });

  describe.each([
    ['backends are terminated', () => log.terminate('aura-append')],
    ['connections are cut', async () => proxy.cut()],
  ])('at random moments %s', (_name, strike) => {
    it('every acknowledged append is in the log once; the same ids resolve the unknown ones', async () => {
      let losses = 0;
      const onError = () => {
        losses += 1;
      };
      const store = log.open({ url, resolveWithinMs: 500, onError });
      const collector = new Collector(log.open(), await store.head(), { batchSize: 50 });
      const load = { over: false };
      const striking = (async () => {
        // On a slow machine most strikes hit between two appends.
        for (let strikes = 0; strikes < 40 || losses < 6; strikes += 1) {
          await strike();
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        }
        load.over = true;
      })();
      const writers = Array.from({ length: 12 }, (_, index) => write(store, index, load));
      const written = await Promise.all(writers);
      await striking;
      for (const { stream, events, places } of written) {
        const read = await store.readStream(stream);
        expect(idsOf(read)).toEqual(idsOf(events));
        expect(read.map(({ position }) => position)).toEqual(places);
      }
      const all = written.flatMap(({ events }) => events);
      await collector.untilSeen(all);
      await collector.stop();
      expect(collector.events).toHaveLength(all.length);
      const { rows } = await log.owner.query(
        'select max(position) = count(*) as dense, count(distinct event_id) = count(*) as once from log.events',
      );
      expect(rows).toEqual([{ dense: true, once: true }]);
    });
  });
});

/** Appends of one to three events on one stream until the strikes are over, every third writer with any. */
async function write(store: EventStore, index: number, load: { readonly over: boolean }) {
  const stream = freshStream();
  const events: Append['events'][number][] = [];
  const places: number[] = [];
  while (!load.over) {
    const own = newEvents(1 + (events.length % 3));
    const exact = events.length === 0 ? 'none' : events.length - 1;
    const result = taken(await insist(store, appendOf(stream, index % 3 === 0 ? 'any' : exact, own)));
    events.push(...own);
    places.push(...own.map((_, at) => result.position - own.length + 1 + at));
    expect(result.revision).toBe(events.length - 1);
  }
  return { stream, events, places };
}

/** Sends the same append until its outcome is known. */
async function insist(store: EventStore, append: Append): Promise<AppendResult> {
  for (;;) {
    try {
      return await store.append(append);
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError || error instanceof StoreUnavailableError)) throw error;
    }
  }
}
