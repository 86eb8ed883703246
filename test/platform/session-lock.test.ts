import { once } from 'node:events';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrations } from '../../api/service/schema.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { SessionLock, unlocked } from '../../platform/session-lock.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, migrations);
  pool = createPool({ url: database.url, name: 'test', as: 'owner' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function open(name: string): Promise<SessionLock> {
  const lock = new SessionLock(database.url, name, () => undefined);
  await lock.open();
  return lock;
}

it('has one holder of a name, until that one gives it back', async () => {
  await using second = await open('a');
  {
    await using first = await open('a');
    await using other = await open('b');
    expect([await first.tryTake(), await second.tryTake(), await other.tryTake()]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await unlocked(pool, ['a', 'b', 'c'])).toEqual(new Set(['c']));
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const take = async (): Promise<void> => ((await second.tryTake()) ? resolve() : take());
  await Promise.all([take(), promise]);
  expect(await unlocked(pool, ['a', 'b', 'c'])).toEqual(new Set(['b', 'c']));
});

it('is lost with its connection, and says so', async () => {
  await using lock = await open('a');
  await using next = await open('a');
  expect(await lock.tryTake()).toBe(true);
  expect(lock.lost.aborted).toBe(false);
  const lost = once(lock.lost, 'abort');
  await pool.query(
    `select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
  );
  await lost;
  expect((lock.lost.reason as Error).message).toBe('the connection that holds a has ended');
  expect(await next.tryTake()).toBe(true);
});

it('cannot be had without a database', async () => {
  const lock = new SessionLock('postgres://nobody@127.0.0.1:1/none', 'a', () => undefined);
  await expect(lock.open()).rejects.toThrow('ECONNREFUSED');
  await lock[Symbol.asyncDispose]();
});
