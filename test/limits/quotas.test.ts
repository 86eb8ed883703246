import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authMigration } from '../../api/auth/migration.ts';
import { Quotas } from '../../api/limits/quotas.ts';
import { PostgresCounter } from '../../api/limits/shared-counter.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: Pool;
let counter: PostgresCounter;
const failures: unknown[] = [];
let buckets = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, [logMigration, authMigration]);
  pool = createPool({ url: database.url, name: 'test' });
  counter = new PostgresCounter(pool, (error) => failures.push(error));
});
afterAll(async () => {
  counter.close();
  await pool.end();
  await database.drop();
  expect(failures).toEqual([]);
});

function newBucket(): string {
  buckets += 1;
  return `bucket ${buckets}`;
}

async function pointsIn(bucket: string): Promise<number> {
  const { rows } = await pool.query('select points from ops.rate_limits where key = $1', [bucket]);
  return rows[0]?.points ?? 0;
}

describe('a quota', () => {
  test('is handed out to the last point by one process, and not beyond', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 180 }), fc.boolean(), async (quota, together) => {
        const quotas = new Quotas(counter);
        const bucket = newBucket();
        const verdicts = [];
        for (let n = 0; n < quota + 7; n += 1) {
          const verdict = quotas.take(bucket, quota);
          verdicts.push(together ? verdict : await verdict);
        }
        const admitted = (await Promise.all(verdicts)).map((verdict) => verdict.admitted);
        expect(admitted.filter(Boolean).length).toBe(quota);
        if (!together) expect(admitted.lastIndexOf(true)).toBe(quota - 1);
      }),
      { numRuns: 25 },
    );
  });

  test('is never exceeded by several processes together, whoever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 200, maxLength: 400 }),
        fc.integer({ min: 1, max: 40 }),
        async (quota, order, atOnce) => {
          const processes = [new Quotas(counter), new Quotas(counter), new Quotas(counter)];
          const bucket = newBucket();
          let admitted = 0;
          for (let at = 0; at < order.length; at += atOnce) {
            const verdicts = order
              .slice(at, at + atOnce)
              .map(async (which) => processes[which]?.take(bucket, quota));
            for (const verdict of await Promise.all(verdicts)) admitted += verdict?.admitted === true ? 1 : 0;
          }
          expect(admitted).toBeLessThanOrEqual(quota);
          // What is left lies in leases of processes that did not ask again: a piece or two of fifty each.
          const piece = Math.ceil(quota / 50);
          expect(admitted).toBeGreaterThanOrEqual(quota - 2 * piece * processes.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('costs a trip to the database for each fiftieth of it, and none when it is used up', async () => {
    const quotas = new Quotas(counter);
    const bucket = newBucket();
    const quota = 5_000;
    let waited = 0;
    for (let n = 0; n < quota; n += 1) {
      const verdict = quotas.take(bucket, quota);
      if (verdict instanceof Promise) waited += 1;
      expect((await verdict).admitted).toBe(true);
    }
    expect(await pointsIn(bucket)).toBe(quota);
    expect(waited).toBeLessThanOrEqual(50);
    const last = await quotas.take(bucket, quota);
    const taken = await pointsIn(bucket);
    for (let n = 0; n < 500; n += 1) expect(quotas.take(bucket, quota)).not.toBeInstanceOf(Promise);
    expect(await pointsIn(bucket)).toBe(taken);
    expect(last).toMatchObject({ admitted: false, remaining: 0 });
  });

  test('starts anew with the next window, with nothing carried over', async () => {
    let now = Date.now();
    const quotas = new Quotas(counter, () => now);
    const bucket = newBucket();
    const quota = 100;
    for (let n = 0; n < 30; n += 1) await quotas.take(bucket, quota);
    now += 60_001;
    await pool.query('update ops.rate_limits set expire = expire - 60001 where key = $1', [bucket]);
    let admitted = 0;
    for (let n = 0; n < quota + 5; n += 1) admitted += (await quotas.take(bucket, quota)).admitted ? 1 : 0;
    expect(admitted).toBe(quota);
    expect(quotas.refusal(bucket)).toMatchObject({ admitted: false });
    now += 60_001;
    expect(quotas.refusal(bucket)).toBeUndefined();
  });

  test('says what is left and when it starts anew', async () => {
    const quotas = new Quotas(counter);
    const bucket = newBucket();
    const first = await quotas.take(bucket, 100);
    expect(first).toEqual({ admitted: true, remaining: 99, resetSeconds: 60 });
    expect((await quotas.take(bucket, 100)).remaining).toBe(98);
    const elsewhere = await new Quotas(counter).take(bucket, 100);
    expect(elsewhere.remaining).toBeLessThan(98);
    expect(elsewhere.remaining).toBeGreaterThanOrEqual(94);
  });
});

describe('the counter', () => {
  test('forgets windows that are over', async () => {
    const bucket = newBucket();
    await counter.add(bucket, 3);
    await counter.sweep();
    expect(await pointsIn(bucket)).toBe(3);
    await pool.query('update ops.rate_limits set expire = 1 where key = $1', [bucket]);
    await counter.sweep();
    expect(await pointsIn(bucket)).toBe(0);
  });

  test('counts alone while the database does not answer', async () => {
    const gone = createPool({ url: database.url, name: 'gone' });
    await gone.end();
    const told: unknown[] = [];
    const alone = new PostgresCounter(gone, (error) => told.push(error));
    const quotas = new Quotas(alone);
    const admitted = [];
    for (let n = 0; n < 12; n += 1) admitted.push((await quotas.take('x', 10)).admitted);
    expect(admitted.filter(Boolean).length).toBe(10);
    expect(told.length).toBeGreaterThan(0);
    await alone.sweep();
    alone.close();
  });
});
