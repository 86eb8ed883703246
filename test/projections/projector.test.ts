import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics } from '../../platform/metrics.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import type { Projection } from '../../projections/projection.ts';
import { CheckpointedWriter } from '../../projections/runtime/batch.ts';
import { LostOwnershipError, ProjectionStoppedError } from '../../projections/runtime/errors.ts';
import { acquire } from '../../projections/runtime/ownership.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import {
  append,
  type Books,
  countRows,
  eventually,
  fact,
  openBooks,
  payment,
  quiet,
  tallyProjection,
} from './support.ts';

let books: Books;
let running: Projector[] = [];

beforeEach(async () => {
  books = await openBooks();
});

afterEach(async () => {
  await Promise.all(running.map((projector) => projector.stop()));
  running = [];
  await books.close();
});

function start(projections: readonly Projection[], extra = {}): Projector {
  const projector = startProjector({ store: books.store, url: books.url, projections, log: quiet, ...extra });
  running.push(projector);
  return projector;
}

const owner = (id: string) => ({ id, session: String(Math.trunc(Math.random() * 1e15)), leaseMs: 60_000 });

it('catches up, goes live, and waits for a position', async () => {
  const caught = await append(books.store, [payment('a', '10.00'), fact('a', '3')]);
  const projector = start([journalProjection, tallyProjection]);
  await projector.drained(caught);
  const live = await append(books.store, [payment('b', '5.00'), fact('a', '4')]);
  expect(await projector.waitFor(['journal', 'tally'], live, 10_000)).toBe(true);
  expect(await waitForCheckpoints(books.pool, ['journal', 'tally'], live, 10_000)).toBe(true);
  expect(await projector.waitFor(['journal'], live + 1, 50)).toBe(false);
  expect(await waitForCheckpoints(books.pool, ['journal', 'nobody'], live, 50)).toBe(false);
  const { rows } = await books.pool.query('select * from read.tally');
  expect(rows).toEqual([{ customer_id: 'a', facts: '2', units: '7' }]);
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(2);
  expect(projector.positions()).toEqual(
    new Map([
      ['journal', live],
      ['tally', live],
    ]),
  );
});

it('reports position, head, lag and state', async () => {
  const metrics = createMetrics();
  const head = await append(books.store, [payment('a', '1.00'), payment('a', '2.00')]);
  const idle = start([journalProjection], { metrics });
  await idle.drained(head);
  expect(await idle.status()).toMatchObject([
    {
      projection: 'journal',
      state: 'running',
      position: head,
      head,
      lagEvents: 0,
      lagSeconds: 0,
      caughtUp: true,
    },
  ]);
  await idle.stop();
  const later = await append(books.store, [payment('a', '3.00'), payment('a', '4.00')]);
  const broken = { ...journalProjection, apply: () => Promise.reject(new Error('cannot')) };
  const failing = start([broken], { metrics });
  await eventually('failure', async () => (await failing.status())[0]?.state === 'failed');
  const [status] = await failing.status();
  expect(status).toMatchObject({ position: head, head: later, lagEvents: 2, error: 'cannot' });
  expect(status?.lagSeconds).toBeGreaterThan(0);
  expect(await metrics.registry.metrics()).toContain('aura_projection_failed{projection="journal"} 1');
  await expect(failing.drained(later)).rejects.toThrow(ProjectionStoppedError);
});

it('writes nothing when the checkpoint is elsewhere or the fence is gone', async () => {
  const head = await append(books.store, [payment('a', '10.00')]);
  const events = await books.store.readAll(0, 10);
  const first = await acquire(books.pool, journalProjection, owner('first'));
  if (first === undefined) throw new Error('not acquired');
  expect(await acquire(books.pool, journalProjection, { ...owner('second') })).toBeDefined();
  const zombie = new CheckpointedWriter(books.pool, journalProjection, first);
  await expect(zombie.write({ events, park: [], through: head })).rejects.toThrow(LostOwnershipError);
  const elsewhere = new CheckpointedWriter(books.pool, journalProjection, {
    ...first,
    fence: 2,
    position: 99,
  });
  await expect(elsewhere.write({ events, park: [], through: head })).rejects.toThrow(LostOwnershipError);
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(0);
  expect(await countRows(books.pool, 'read.daily_balances')).toBe(0);
});

it('only moves the checkpoint over events that it has no use for, under the same fence', async () => {
  const head = await append(books.store, [payment('a', '10.00')]);
  const events = await books.store.readAll(0, 10);
  const other: Projection = {
    ...tallyProjection,
    uses: ['customer.registered'],
    apply: () => Promise.reject(new Error('asked for what it has no use for')),
  };
  const first = await acquire(books.pool, other, owner('first'));
  if (first === undefined) throw new Error('not acquired');
  const writer = new CheckpointedWriter(books.pool, other, first);
  await writer.write({ events, park: [], through: head });
  const names = [other.name];
  expect(await waitForCheckpoints(books.pool, names, head, 0)).toBe(true);
  await acquire(books.pool, other, owner('second'));
  await expect(writer.write({ events, park: [], through: head + 1 })).rejects.toThrow(LostOwnershipError);
  expect(await waitForCheckpoints(books.pool, names, head + 1, 0)).toBe(false);
});

it('leaves a living owner its lease', async () => {
  const one = owner('one');
  const held = await books.pool.connect();
  await held.query('select pg_advisory_lock($1)', [one.session]);
  expect(await acquire(books.pool, journalProjection, one)).toMatchObject({ fence: 1, position: 0 });
  expect(await acquire(books.pool, journalProjection, owner('two'))).toBeUndefined();
  await books.pool.query(`update ops.leases set expires_at = now() - interval '1 second'`);
  expect(await acquire(books.pool, journalProjection, owner('two'))).toMatchObject({ fence: 2 });
  held.release(true);
});

it('rolls back rows and checkpoint together when it fails between writing and committing', async () => {
  const head = await append(books.store, [payment('a', '10.00'), payment('b', '20.00')]);
  let attempts = 0;
  const fragile: Projection = {
    ...journalProjection,
    async apply(events, client) {
      await journalProjection.apply(events, client);
      attempts += 1;
      // The connection dies after the writes, before the commit.
      if (attempts > 1) return;
      const { rows } = await client.query('select pg_backend_pid() as pid');
      await books.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    },
  };
  const projector = start([fragile]);
  await projector.drained(head);
  expect(attempts).toBe(2);
  const { rows } = await books.pool.query('select entry_no from read.journal_entries order by 1');
  expect(rows.map((row) => row.entry_no)).toEqual(['1', '2']);
});

it('never waits for a notification or a timer while it is behind', async () => {
  const head = await append(
    books.store,
    Array.from({ length: 40 }, (_, index) => fact(`c${index}`, '1')),
  );
  const asked: number[] = [];
  const batches: number[] = [];
  const store = books.store;
  const counting = new Proxy(store, {
    get(target, member) {
      const value = Reflect.get(target, member, target);
      if (member !== 'subscribe') return typeof value === 'function' ? value.bind(target) : value;
      return async function* (options: { after: number; batchSize?: number; signal: AbortSignal }) {
        asked.push(options.batchSize ?? 0);
        for await (const message of target.subscribe(options)) {
          if (message.kind === 'events') batches.push(message.events.length);
          yield message;
        }
      };
    },
  });
  const projector = start([tallyProjection], { store: counting, batchSize: 10 });
  await projector.drained(head);
  expect(asked).toEqual([10]);
  expect(batches.slice(0, 4)).toEqual([10, 10, 10, 10]);
});

it('stops a money projection at a poison event and says so', async () => {
  const good = await append(books.store, [payment('a', '10.00')]);
  const projector = start([journalProjection, tallyProjection]);
  await projector.drained(good);
  const entry = {
    template: 'PAY-1@1',
    currency: 'USD',
    effectiveAt: '2026-01-15T12:00:00.000Z',
    description: 'Bad',
    postings: [
      { account: '1110', side: 'Dr' as const, amount: '10.00' },
      { account: '1200', side: 'Cr' as const, amount: '9.00' },
    ],
  };
  const head = await append(books.store, [
    payment('b', '1.00', { entry }),
    payment('c', '3.00'),
    fact('c', '1'),
  ]);
  await expect(projector.drained(head)).rejects.toThrow(/does not balance/);
  expect(await projector.waitFor(['tally'], head, 10_000)).toBe(true);
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(1);
  const { rows } = await books.pool.query(
    `select status, error from ops.checkpoints where projection = 'journal'`,
  );
  expect(rows[0]).toMatchObject({ status: 'failed' });
});

it('parks a poison event and all later ones of its customer, and no others', async () => {
  const head = await append(books.store, [
    fact('a', '1'),
    fact('b', '2'),
    fact('a', '666'),
    fact('a', '5'),
    fact('b', '7'),
    fact('c', '666'),
    fact('d', '4'),
  ]);
  const projector = start([tallyProjection]);
  await projector.drained(head);
  const later = await append(books.store, [fact('a', '9'), fact('b', '1')]);
  await projector.drained(later);
  const tally = await books.pool.query('select customer_id, units from read.tally order by 1');
  expect(tally.rows).toEqual([
    { customer_id: 'a', units: '1' },
    { customer_id: 'b', units: '10' },
    { customer_id: 'd', units: '4' },
  ]);
  const parked = await books.pool.query(
    'select position, sequence, error from ops.parked_events order by position',
  );
  const error = 'not a quantity to count';
  expect(parked.rows).toEqual([
    { position: '3', sequence: 'a', error },
    { position: '4', sequence: 'a', error: null },
    { position: '6', sequence: 'c', error },
    { position: '8', sequence: 'a', error: null },
  ]);
  expect((await projector.status())[0]).toMatchObject({ parked: 4, caughtUp: true });
});

it('stops at an event type it does not know, also where it would park', async () => {
  const head = await append(books.store, [fact('a', '1'), { ...fact('a', '1'), type: 'usage.invented' }]);
  const projector = start([tallyProjection]);
  await expect(projector.drained(head)).rejects.toThrow(/does not know usage\.invented version 1/);
  expect(await countRows(books.pool, 'ops.parked_events')).toBe(0);
});

it('has one active owner; the other takes over when it ends', async () => {
  const one = start([journalProjection]);
  await one.drained(await append(books.store, [payment('a', '1.00')]));
  const two = start([journalProjection], { standbyPollMs: 20 });
  await eventually('standby', async () => (await two.status())[0]?.state === 'standby');
  const head = await append(books.store, [payment('a', '2.00')]);
  expect(await two.waitFor(['journal'], head, 10_000)).toBe(true);
  expect((await two.status())[0]?.state).toBe('standby');
  await one.stop();
  await two.drained(await append(books.store, [payment('a', '3.00')]));
  expect((await two.status())[0]?.state).toBe('running');
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(3);
});

it('goes on from its checkpoint after the server dropped all its connections', async () => {
  const projector = start([journalProjection]);
  await projector.drained(await append(books.store, [payment('a', '1.00')]));
  await books.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like 'aura-projector%' and datname = current_database()`,
  );
  await projector.drained(await append(books.store, [payment('a', '2.00')]));
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(2);
});

it('refuses rows of another version until they are rebuilt', async () => {
  const one = start([journalProjection]);
  await one.drained(await append(books.store, [payment('a', '1.00')]));
  await one.stop();
  const two = start([{ ...journalProjection, version: 2 }]);
  await eventually('word', async () => /rebuild journal/.test((await two.status())[0]?.error ?? ''));
  expect((await two.status())[0]?.state).toBe('standby');
});
