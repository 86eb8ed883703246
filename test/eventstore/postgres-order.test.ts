import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore, NewEvent, StoredEvent } from '../../eventstore/port.ts';
import { createClient } from '../../platform/postgres.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { Collector } from './contract/collector.ts';
import { appendEach, appendOf, freshStream, idsOf, newEvent, newEvents, taken } from './contract/support.ts';
import { createPostgresLog, eventually, type PostgresLog } from './postgres-support.ts';

const APPEND_ONE = `select "position" from log.append($1, '{-2}', '{1}', $1, $2, 'test.slow', '{1}', '{}', $3)`;

describe('order of the Postgres log', () => {
  let log: PostgresLog;

  beforeAll(async () => {
    log = await createPostgresLog();
  });
  afterAll(() => log.dispose());

  it('lost events: a slow writer never commits behind a reader that polls', async () => {
    const [writer, reader] = [log.open(), log.open()];
    const after = await reader.head();
    const slowEvent = newEvent();
    const slow = await log.connect('app');
    const polling = poll(reader, after);

    await slow.query('begin');
    const metadata = JSON.stringify(slowEvent.metadata);
    const { rows } = await slow.query(APPEND_ONE, [freshStream(), slowEvent.id, metadata]);
    const events = newEvents(50);
    const appends = events.map((event) => writer.append(appendOf(freshStream(), 'any', [event])));
    await eventually(async () => (await waitingForLock(log)) > 0);
    expect(await reader.readAll(after, 100)).toEqual([]);
    await slow.query('commit');
    const results = (await Promise.all(appends)).map(taken);

    expect(Number(rows[0].position)).toBe(after + 1);
    expect(results.map(({ position }) => position)).toEqual(events.map((_, index) => after + 2 + index));
    const seen = await polling.until(events.length + 1);
    expect(idsOf(seen)).toEqual(idsOf([slowEvent, ...events]));
  });

  it('lost events: with many writers in two processes a reader that polls sees dense positions', async () => {
    const stores = [log.open(), log.open()];
    const reader = log.open();
    const after = await reader.head();
    const polling = poll(reader, after, 7);
    const written = newEvents(1_200);
    await Promise.all(
      Array.from({ length: 12 }, (_, writer) => {
        const own = written.filter((_event, index) => index % 12 === writer);
        return appendEach(stores[writer % 2] as EventStore, freshStream(), own);
      }),
    );
    const seen = await polling.until(written.length);
    expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => after + 1 + index));
    expect(idsOf(seen).sort()).toEqual(idsOf(written).sort());
    expect(isSorted(seen.map(({ storedAt }) => storedAt))).toBe(true);
  });

  it('two processes that alternate on the lock keep expected revisions', async () => {
    const stores = [log.open(), log.open()];
    const stream = freshStream();
    const acknowledged = await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        const store = stores[writer % 2] as EventStore;
        const events = newEvents(25);
        const places: number[] = [];
        for (const event of events) places.push(await insist(store, stream, event));
        return events.map(({ id }, index) => [places[index], id] as const);
      }),
    );
    const read = await log.open().readStream(stream);
    expect(read).toHaveLength(200);
    const expected = acknowledged.flat().sort(([a = 0], [b = 0]) => a - b);
    expect(read.map(({ revision, id }) => [revision, id])).toEqual(expected);
  });

  it('hot stream: any never conflicts, from two processes, and each writer keeps its order', async () => {
    const stores = [log.open(), log.open()];
    const stream = freshStream();
    const writers = Array.from({ length: 16 }, () => newEvents(40));
    await Promise.all(
      writers.map((events, index) => appendEach(stores[index % 2] as EventStore, stream, events)),
    );
    const read = await log.open().readStream(stream);
    expect(read.map(({ revision }) => revision)).toEqual(Array.from({ length: 640 }, (_, index) => index));
    for (const events of writers) {
      const own = new Set(idsOf(events));
      expect(idsOf(read.filter(({ id }) => own.has(id)))).toEqual(idsOf(events));
    }
  });

  it('hot stream: what waits for one stream goes as one commit', async () => {
    const store = log.open();
    const stream = freshStream();
    const release = await log.holdAppends();
    const appends = newEvents(300).map((event) => store.append(appendOf(stream, 'any', [event])));
    await eventually(async () => (await waitingForLock(log)) > 0);
    const late = newEvents(300).map((event) => store.append(appendOf(stream, 'any', [event])));
    await release();
    await Promise.all([...appends, ...late]);
    expect(await commitsOf(log, stream)).toBe(2);
  });

  it('a long transaction, here or in another database, holds no reader up', async () => {
    const other = await createTestDatabase();
    const elsewhere = createClient({ url: other.url, name: 'test', as: 'owner' });
    await elsewhere.connect();
    const here = await log.connect('owner');
    for (const client of [elsewhere, here]) {
      await client.query('begin isolation level repeatable read');
      await client.query('create table of_a_long_transaction (n int)');
    }
    const store = log.open();
    const collector = new Collector(store, await store.head());
    const events = newEvents(20);
    await appendEach(log.open(), freshStream(), events);
    await collector.untilSeen(events);
    await collector.stop();
    await here.query('rollback');
    await elsewhere.end();
    await other.drop();
  });

  it('a lost notification costs a poll, no event', async () => {
    const [writer, reader] = [log.open(), log.open()];
    const collector = new Collector(reader, await reader.head());
    await collector.until(() => collector.caughtUp);
    let terminated = 0;
    const deafness = new AbortController();
    const deafening = eventually(async () => {
      terminated += await log.terminate('aura-listen');
      return deafness.signal.aborted;
    });
    await eventually(() => terminated > 0);
    const events = newEvents(30);
    await appendEach(writer, freshStream(), events);
    await collector.untilSeen(events);
    deafness.abort();
    await deafening;
    await collector.stop();
    expect(idsOf(collector.events)).toEqual(idsOf(events));
  });

  it('readers whose connections are terminated again and again lose and repeat nothing', async () => {
    const store = log.open();
    const stream = freshStream();
    const after = await store.head();
    const collector = new Collector(store, after, { batchSize: 20 });
    let terminated = 0;
    const fault = new AbortController();
    const faults = eventually(async () => {
      terminated += await log.terminate('aura-log');
      return fault.signal.aborted;
    });
    const events = newEvents(800);
    for (let start = 0; start < events.length; start += 20) {
      taken(await store.append(appendOf(stream, 'any', events.slice(start, start + 20))));
    }
    await eventually(() => terminated > 5);
    fault.abort();
    await faults;
    await collector.untilSeen(events);
    await collector.stop();
    expect(idsOf(collector.events)).toEqual(idsOf(events));
    expect(idsOf(await store.readStream(stream))).toEqual(idsOf(events));
  });
});

/** Reads on from the last position seen, again and again, as a projection without notifications would. */
function poll(store: EventStore, after: number, limit = 100) {
  const seen: StoredEvent[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  const polling = (async () => {
    while (seen.length < wanted) seen.push(...(await store.readAll(seen.at(-1)?.position ?? after, limit)));
    return seen;
  })();
  return {
    until(count: number): Promise<readonly StoredEvent[]> {
      wanted = count;
      return polling;
    },
  };
}

/** Appends at the exact revision, decided again after each conflict; answers the revision it got. */
async function insist(store: EventStore, stream: string, event: NewEvent): Promise<number> {
  let actual = -1;
  for (;;) {
    const result = await store.append(appendOf(stream, actual < 0 ? 'none' : actual, [event]));
    if (result.outcome === 'appended') return result.revision;
    if (result.outcome !== 'wrong-revision') throw new Error(`unexpected: ${result.outcome}`);
    actual = result.actual;
  }
}

async function waitingForLock(log: PostgresLog): Promise<number> {
  const { rows } = await log.owner.query(
    `select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name = 'aura-append'`,
  );
  return rows[0].waiting;
}

async function commitsOf(log: PostgresLog, stream: string): Promise<number> {
  const { rows } = await log.owner.query(
    'select count(distinct xmin::text)::int as commits from log.events where stream = $1',
    [stream],
  );
  return rows[0].commits;
}

function isSorted(values: readonly string[]): boolean {
  return values.every((value, index) => index === 0 || (values[index - 1] ?? '') <= value);
}
