import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreBusyError, StoreUnavailableError } from '../../eventstore/errors.ts';
import { MAX_APPEND_BYTES } from '../../eventstore/port.ts';
import type { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { appendOf, freshStream, idsOf, newEvent, newEvents, taken } from './contract/support.ts';
import { createPostgresLog, eventually, type PostgresLog } from './postgres-support.ts';

describe('PostgresEventStore', () => {
  let log: PostgresLog;
  let store: PostgresEventStore;

  beforeAll(async () => {
    log = await createPostgresLog();
    store = log.open();
  });
  afterAll(() => log.dispose());

  it('conflict of one append inside a coalesced batch leaves its neighbours intact', async () => {
    const occupied = freshStream();
    taken(await store.append(appendOf(occupied, 'none', newEvents(3))));
    const head = await store.head();
    const appends = Array.from({ length: 210 }, (_, index) =>
      index % 7 === 3
        ? appendOf(occupied, 0, newEvents(2))
        : appendOf(freshStream(), index % 2 === 0 ? 'none' : 'any', newEvents(2)),
    );
    const results = await Promise.all(appends.map((append) => store.append(append)));

    const refused = results.filter((_, index) => index % 7 === 3);
    expect(refused).toEqual(refused.map(() => ({ outcome: 'wrong-revision', actual: 2 })));
    const accepted = appends.filter((_, index) => index % 7 !== 3);
    const events = await store.readAll(head, 1_000);
    expect(idsOf(events).sort()).toEqual(accepted.flatMap((append) => idsOf(append.events)).sort());
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => head + 1 + index));
    for (const [index, result] of results.entries()) {
      if (result.outcome !== 'appended') continue;
      const last = events[result.position - head - 1];
      expect([last?.id, last?.revision]).toEqual([appends[index]?.events[1]?.id, result.revision]);
    }
    const { rows } = await log.owner.query(
      'select count(distinct xmin::text)::int as commits from log.events where position > $1',
      [head],
    );
    expect(rows[0].commits).toBeLessThan(40);
  });

  it('the same ids twice in one batch: one append, and its result again', async () => {
    const append = appendOf(freshStream(), 'none', newEvents(3));
    const [first, second, third] = await store.appendMany([append, append, { ...append, expected: 'any' }]);
    expect(second).toEqual({ ...taken(first), replayed: true });
    expect(third).toEqual(second);
    expect(taken(first).replayed).toBe(false);
    expect(idsOf(await store.readStream(append.stream))).toEqual(idsOf(append.events));
  });

  it('the same id twice in one batch, in two streams: the second learns where it stands', async () => {
    const [stream, other] = [freshStream(), freshStream()];
    const event = newEvent();
    const [first, second, neighbour] = await store.appendMany([
      appendOf(stream, 'any', [event]),
      appendOf(other, 'any', [newEvent(), event]),
      appendOf(other, 'any', newEvents(1)),
    ]);
    expect(taken(first).revision).toBe(0);
    expect(second).toEqual({ outcome: 'id-taken', eventId: event.id, stream, revision: 0 });
    expect(taken(neighbour).revision).toBe(0);
    expect(await store.readStream(other)).toHaveLength(1);
  });

  it('ids that stand in the log in part, or in another order, are taken', async () => {
    const stream = freshStream();
    const [a, b] = [newEvent(), newEvent()];
    taken(await store.append(appendOf(stream, 'none', [a, b])));
    const [reversed, part, more] = await store.appendMany([
      appendOf(stream, 'any', [b, a]),
      appendOf(stream, 'any', [b]),
      appendOf(stream, 1, [newEvent(), a]),
    ]);
    expect(reversed).toEqual({ outcome: 'id-taken', eventId: b.id, stream, revision: 1 });
    expect(part).toMatchObject({ outcome: 'appended', revision: 1, replayed: true });
    expect(more).toEqual({ outcome: 'id-taken', eventId: a.id, stream, revision: 0 });
    expect(await store.readStream(stream)).toHaveLength(2);
  });

  it('an explicit chain on one stream inside one call', async () => {
    const stream = freshStream();
    const chain = newEvents(60).map((event, index) =>
      appendOf(stream, index === 0 ? 'none' : index - 1, [event]),
    );
    const broken = [...chain.slice(0, 30), appendOf(stream, 7, newEvents(1)), ...chain.slice(30)];
    const results = await store.appendMany(broken);
    expect(results[30]).toEqual({ outcome: 'wrong-revision', actual: 29 });
    expect(idsOf(await store.readStream(stream))).toEqual(chain.flatMap(({ events }) => idsOf(events)));
  });

  it('10,000 events in one call keep their order, whatever their streams', async () => {
    const head = await store.head();
    const streams = Array.from({ length: 13 }, () => freshStream());
    const appends = newEvents(10_000).map((event, index) =>
      appendOf(streams[index % 13] as string, 'any', [event]),
    );
    const results = await store.appendMany(appends);
    expect(results.map((result) => taken(result).position)).toEqual(appends.map((_, i) => head + 1 + i));
    const read = await store.readAll(head, 10_000);
    expect(idsOf(read)).toEqual(appends.flatMap(({ events }) => idsOf(events)));
    expect(read.map(({ revision }) => revision)).toEqual(appends.map((_, i) => Math.floor(i / 13)));
  });

  it('an empty batch changes nothing', async () => {
    const head = await store.head();
    expect(await store.appendMany([])).toEqual([]);
    expect(await store.head()).toBe(head);
  });

  it('an oversize append leaves its neighbours intact', async () => {
    const streams = [freshStream(), freshStream(), freshStream()];
    const huge = newEvent({ text: '€'.repeat(MAX_APPEND_BYTES / 3 + 1) });
    const results = await store.appendMany([
      appendOf(streams[0] as string, 'none', newEvents(1)),
      appendOf(streams[1] as string, 'none', [huge]),
      appendOf(streams[2] as string, 'none', newEvents(1)),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['appended', 'too-large', 'appended']);
    expect(await store.readStream(streams[1] as string)).toEqual([]);
  });

  it('what the server cannot hold fails alone', async () => {
    const deep = JSON.parse(`${'['.repeat(7_000)}${']'.repeat(7_000)}`) as object;
    const appends = Array.from({ length: 20 }, (_, index) =>
      appendOf(freshStream(), 'none', [newEvent(index === 13 ? deep : {})]),
    );
    const database = new URL(log.url).pathname.slice(1);
    await log.owner.query(`alter database ${database} set max_stack_depth = '100kB'`);
    const strict = log.open();
    const results = await Promise.allSettled(appends.map((append) => strict.append(append)));
    await log.owner.query(`alter database ${database} reset max_stack_depth`);
    const failed = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []));
    expect(failed).toEqual([13]);
    expect(results[13]).toMatchObject({ reason: expect.any(RangeError) });
    for (const [index, { stream }] of appends.entries()) {
      expect(await store.readStream(stream)).toHaveLength(index === 13 ? 0 : 1);
    }
  });

  it('what no log may see is refused before anything is sent', async () => {
    const head = await store.head();
    const event = newEvent();
    const fine = appendOf(freshStream(), 'none', newEvents(1));
    const odd = [
      [event, event],
      [newEvent({}, { id: 'not-a-uuid' })],
      [newEvent({}, { id: event.id.toUpperCase() })],
      [newEvent({}, { schemaVersion: 0 })],
      [newEvent({}, { schemaVersion: 40_000 })],
    ];
    for (const events of odd) {
      const call = store.appendMany([fine, appendOf(freshStream(), 'none', events)]);
      await expect(call).rejects.toThrow(RangeError);
    }
    expect(await store.head()).toBe(head);
  });

  it('every payload comes back as it was sent', async () => {
    const data = JSON.parse(
      `{"nul": "a\\u0000b", "lone": ["\\ud800", "x\\udfff"], "lines": "\\u2028\\u2029\\u0085\\r\\n\\t\\\\n",
        "__proto__": {"polluted": true}, "big": 9007199254740993, "name": "Ünï 数字 🧾", "": [[], {}, null],
        "quotes": "'\\"$$ ; -- \\\\", "comma": "{a,b}"}`,
    ) as object;
    const text = JSON.stringify({ ...data, zero: -0 });
    const events = [newEvent(data), newEvent(JSON.parse(text) as object), newEvent([] as object)];
    const stream = freshStream();
    taken(await store.append(appendOf(stream, 'none', events)));
    const read = await store.readStream(stream);
    expect(read.map((event) => JSON.stringify(event.data))).toEqual([JSON.stringify(data), text, '[]']);
    expect(Object.hasOwn(read[0]?.data ?? {}, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('queue bound: beyond it StoreBusyError, for a call as a whole, and nothing is written', async () => {
    const bounded = log.open({ maxQueuedEvents: 100 });
    const head = await store.head();
    const release = await log.holdAppends();
    const waiting = [bounded.append(appendOf(freshStream(), 'any', newEvents(60)))];
    waiting.push(bounded.append(appendOf(freshStream(), 'any', newEvents(20))));
    await eventually(() => bounded.queuedEvents === 80);
    const many = [1, 2, 3].map(() => appendOf(freshStream(), 'any', newEvents(10)));
    await expect(bounded.appendMany(many)).rejects.toThrow(StoreBusyError);
    await expect(bounded.append(appendOf(freshStream(), 'any', newEvents(21)))).rejects.toThrow(
      StoreBusyError,
    );
    waiting.push(bounded.append(appendOf(freshStream(), 'any', newEvents(20))));
    await release();
    for (const result of await Promise.all(waiting)) taken(result);
    expect(await store.head()).toBe(head + 100);
    expect(bounded.queuedEvents).toBe(0);
    taken(await bounded.append(appendOf(freshStream(), 'any', newEvents(100))));
  });

  it('close waits for appends in flight and in the queue, and refuses later ones', async () => {
    const closing = log.open();
    const release = await log.holdAppends();
    const streams = Array.from({ length: 40 }, () => freshStream());
    const appends = streams.map((stream) => closing.append(appendOf(stream, 'none', newEvents(1))));
    appends.push(...streams.map((stream) => closing.append(appendOf(stream, 0, newEvents(1)))));
    let isClosed = false;
    const closed = closing.close().then(() => {
      isClosed = true;
    });
    await expect(closing.append(appendOf(freshStream(), 'any', newEvents(1)))).rejects.toThrow(
      StoreUnavailableError,
    );
    for (let turn = 0; turn < 50; turn += 1) await log.owner.query('select 1');
    expect(isClosed).toBe(false);
    await release();
    for (const result of await Promise.all(appends)) taken(result);
    await closed;
    for (const stream of streams) expect(await store.readStream(stream)).toHaveLength(2);
  });
});
