import { inspect } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../../eventstore/errors.ts';
import { safePosition } from '../../eventstore/eventstoredb/recorded-event.ts';
import { EventStoreDbEventStore, type EventStoreDbOptions } from '../../eventstore/eventstoredb/store.ts';
import { type Standin, startStandin } from '../support/eventstoredb-standin/start-standin.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { Collector } from './contract/collector.ts';
import { appendEach, appendOf, freshStream, idsOf, newEvent, newEvents, taken } from './contract/support.ts';
import { eventStoreContract } from './contract.ts';

eventStoreContract('EventStoreDB stand-in', async () => {
  const database = await createTestDatabase();
  const standin = await startStandin(database.url);
  const store = new EventStoreDbEventStore({ url: standin.url });
  return {
    store,
    restart: () => standin.restart(),
    dispose: async () => {
      await store.close();
      await standin.kill();
      await database.drop();
    },
  };
});

describe('EventStoreDbEventStore', () => {
  let database: TestDatabase;
  let standin: Standin;
  const stores: EventStoreDbEventStore[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    standin = await startStandin(database.url);
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await standin.kill();
    await database.drop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await standin.restart();
  });

  function open(options: Partial<EventStoreDbOptions> = {}): EventStoreDbEventStore {
    const store = new EventStoreDbEventStore({ url: standin.url, ...options });
    stores.push(store);
    return store;
  }

  it('has an empty log at first, and is caught up with it at once', async () => {
    const store = open();
    expect(await store.head()).toBe(0);
    expect(await store.readAll(0, 10)).toEqual([]);
    const collector = new Collector(store, 0);
    await collector.until(() => collector.caughtUp);
    const events = newEvents(20);
    await appendEach(store, freshStream(), events);
    await collector.untilSeen(events);
    await collector.stop();
    expect(collector.caughtUpAt).toEqual([0]);
    expect(idsOf(await store.readAll(0, 1_000))).toEqual(idsOf(events));
  });

  it('says clearly that the server is not there, and that nothing was written', async () => {
    const store = open({ url: 'esdb://127.0.0.1:1?tls=false', connectWithinMs: 200 });
    await expect(store.check()).rejects.toThrow(StoreUnavailableError);
    await expect(store.check()).rejects.toThrow(/EventStoreDB at 127\.0\.0\.1:1 cannot be reached/);
    await expect(store.readStream(freshStream())).rejects.toThrow(StoreUnavailableError);
    const append = store.append(appendOf(freshStream(), 'none', newEvents(1)));
    await expect(append).rejects.toThrow(StoreUnavailableError);
  });

  it('refuses a connection string that it cannot read, without showing its password', () => {
    expect(() => open({ url: 'http://nowhere' })).toThrow(StoreUnavailableError);
    let shown = '';
    try {
      open({ url: 'esdb://admin:secret@:x' });
    } catch (error) {
      shown = inspect(error, { depth: null });
    }
    expect(shown).toContain('port number');
    expect(shown).not.toContain('secret');
  });

  it('keeps its queue bounded', async () => {
    const store = open({ maxQueuedEvents: 100 });
    const first = store.append(appendOf(freshStream(), 'none', newEvents(90)));
    await expect(store.append(appendOf(freshStream(), 'none', newEvents(11)))).rejects.toThrow(
      StoreBusyError,
    );
    await expect(
      store.appendMany(newEvents(11).map((event) => appendOf(freshStream(), 'none', [event]))),
    ).rejects.toThrow(StoreBusyError);
    taken(await first);
    taken(await store.append(appendOf(freshStream(), 'none', newEvents(100))));
    expect(store.queuedEvents).toBe(0);
  });

  it('calls the outcome unknown when the server does not answer, and finds it out by retry', async () => {
    const store = open({ resolveWithinMs: 5_000 });
    const [exact, usage] = [freshStream(), freshStream()];
    await appendEach(store, exact, newEvents(1));
    await appendEach(store, usage, newEvents(3));
    const appends = [appendOf(exact, 0, newEvents(2)), appendOf(usage, 'any', newEvents(2))];
    await standin.loseAnswers();
    const lost = Promise.allSettled(appends.map((append) => store.append(append)));
    const lengths = () => Promise.all([exact, usage].map(async (s) => (await store.readStream(s)).length));
    await expect.poll(lengths).toEqual([3, 5]);
    standin.freeze();
    for (const result of await lost) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(OutcomeUnknownError);
    }
    // A server without its memory of recent ids: only a search finds the append with any.
    await standin.restart();
    for (const append of appends) expect(taken(await store.append(append)).replayed).toBe(true);
    for (const { stream, events } of appends) {
      const read = await store.readStream(stream);
      expect(idsOf(read.slice(-2))).toEqual(idsOf(events));
      expect(read).toHaveLength(stream === exact ? 3 : 5);
    }
  });

  it('finds what was written before the answer was lost, and does not write it again', async () => {
    const store = open();
    const stream = freshStream();
    await appendEach(store, stream, newEvents(3));
    await standin.loseAnswers();
    const events = newEvents(6);
    const exact = appendOf(freshStream(), 'none', newEvents(2));
    const lost = Promise.all([
      store.append(appendOf(stream, 'any', events.slice(0, 4))),
      store.append(appendOf(stream, 'any', events.slice(4))),
      store.append(exact),
    ]);
    await expect.poll(() => store.readStream(stream).then((read) => read.length)).toBe(9);
    await expect.poll(() => store.readStream(exact.stream).then((read) => read.length)).toBe(2);
    await standin.restart();
    const results = (await lost).map(taken);
    expect(results.map((result) => result.revision)).toEqual([6, 8, 1]);
    expect(idsOf((await store.readStream(stream)).slice(3))).toEqual(idsOf(events));
    expect(idsOf(await store.readStream(exact.stream))).toEqual(idsOf(exact.events));
  });

  it('gives up on a frozen server in time, and comes back with it', async () => {
    const store = open({ resolveWithinMs: 600 });
    await appendEach(store, freshStream(), newEvents(1));
    const append = appendOf(freshStream(), 'none', newEvents(2));
    standin.freeze();
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknownError);
    standin.thaw();
    await store.check();
    taken(await store.append(append));
    expect(idsOf(await store.readStream(append.stream))).toEqual(idsOf(append.events));
  });

  it('hides events of system streams whatever their type', async () => {
    const store = open();
    const head = await store.head();
    const stream = freshStream();
    const collector = new Collector(store, head);
    const client = EventStoreDBClient.connectionString(standin.url);
    await appendEach(store, stream, newEvents(1));
    await client.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data: {} }));
    await appendEach(store, stream, newEvents(1));
    await client.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data: {} }));
    await collector.until(() => collector.events.length === 2);
    const read = await store.readAll(head, 10);
    expect(read.map((event) => event.stream)).toEqual([stream, stream]);
    expect(await store.head()).toBe(read[1]?.position);
    await appendEach(store, stream, newEvents(1));
    await collector.until(() => collector.events.length === 3);
    await collector.stop();
    expect(collector.events.map((event) => event.stream)).toEqual([stream, stream, stream]);
    await client.dispose();
  });

  it('resolves thousands of appends in flight when the server is killed, each exactly once', async () => {
    const store = open();
    const streams = Array.from({ length: 40 }, () => freshStream());
    const appends = Array.from({ length: 2_000 }, (_, index) =>
      appendOf(streams[index % streams.length] ?? '', 'any', [newEvent({ index, text: 'x'.repeat(1_000) })]),
    );
    const results = Promise.all(appends.map((append) => store.append(append)));
    await Promise.race([store.append(appendOf(freshStream(), 'none', newEvents(1))), results]);
    await standin.restart();
    for (const result of await results) expect(taken(result).replayed).toBe(false);
    for (const stream of streams) {
      const own = appends.filter((append) => append.stream === stream).flatMap((append) => append.events);
      expect(idsOf(await store.readStream(stream))).toEqual(idsOf(own));
    }
  });

  it('is not disturbed when the server of another store in the process goes away', async () => {
    const elsewhere = await createTestDatabase();
    const other = await startStandin(elsewhere.url);
    const [steady, doomed] = [open(), open({ url: other.url, connectWithinMs: 100, resolveWithinMs: 300 })];
    const stream = freshStream();
    await doomed.append(appendOf(freshStream(), 'none', newEvents(1)));
    const events = newEvents(400);
    const steadily = Promise.all(events.map((event) => steady.append(appendOf(stream, 'any', [event]))));
    await other.kill();
    const failing = doomed.append(appendOf(freshStream(), 'none', newEvents(1)));
    await expect(failing).rejects.toThrow(/EventStoreDB/);
    for (const result of await steadily) taken(result);
    expect(idsOf(await steady.readStream(stream))).toEqual(idsOf(events));
    await elsewhere.drop();
  });

  it('notices a subscription that has gone silent', async () => {
    const failures: string[] = [];
    const store = open({ watchdogMs: 100, onError: (error) => failures.push(error.message) });
    const stream = freshStream();
    const collector = new Collector(store, await store.head(), { streams: new Set([stream]) });
    await collector.until(() => collector.caughtUp);
    const before = newEvents(1);
    await appendEach(store, stream, before);
    await collector.untilSeen(before);
    await standin.muteSubscriptions();
    const after = newEvents(3);
    await appendEach(store, stream, after);
    await collector.untilSeen(after);
    await collector.stop();
    expect(idsOf(collector.events)).toEqual(idsOf([...before, ...after]));
    expect(failures).toContainEqual(expect.stringContaining('silent'));
  });

  it('lists dangerous settings, truncation of a ledger stream among them', async () => {
    const store = open();
    const stream = freshStream('ledger');
    await appendEach(store, stream, newEvents(1));
    expect(await store.inspect()).toContainEqual(expect.stringContaining('without TLS'));
    expect((await store.inspect()).filter((finding) => finding.includes(stream))).toEqual([]);
    const client = EventStoreDBClient.connectionString(standin.url);
    await client.setStreamMetadata(stream, { maxCount: 10 });
    await client.setStreamMetadata('$all', { maxAge: 3_600 });
    const findings = await store.inspect();
    expect(findings).toContainEqual(`${stream} is truncated by its metadata ($maxCount)`);
    expect(findings).toContainEqual('$all is truncated by its metadata ($maxAge)');
    await client.setStreamMetadata(stream, {});
    expect((await store.inspect()).filter((finding) => finding.includes(stream))).toEqual([]);
    await client.dispose();
  });

  it('stops at positions that are no safe integers', () => {
    expect(safePosition(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
    expect(() => safePosition(9_007_199_254_740_992n)).toThrow(RangeError);
  });
});
