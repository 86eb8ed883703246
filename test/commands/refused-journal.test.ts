import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsMigration } from '../../commands/migration.ts';
import { RefusedJournal } from '../../commands/refused-journal.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

describe('journal of refused commands', () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, [logMigration, commandsMigration]);
    pool = createPool({ url: database.url, name: 'test' });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const refused = (code: string) => ({
    commandId: randomUUID(),
    commandType: 'changeSubscriptionTier',
    actor: 'key:test',
    code,
    recordedAt: '2026-01-10T12:00:00.000Z',
  });
  const codes = async () => {
    const { rows } = await pool.query<{ code: string }>('select code from ops.refused_commands order by id');
    return rows.map(({ code }) => code);
  };

  it('keeps every refusal in order, also those that come while it writes', async () => {
    const journal = new RefusedJournal(pool, (error) => {
      throw error;
    });
    const expected: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let index = 0; index < 10; index += 1) {
        expected.push(`${round}.${index}`);
        journal.record(refused(`${round}.${index}`));
      }
      await (round % 3 === 0 ? journal.drain() : Promise.resolve());
    }
    await journal.drain();
    expect(await codes()).toEqual(expected);
  });

  it('reports what it could not write, and goes on', async () => {
    const errors: Error[] = [];
    const before = await codes();
    const journal = new RefusedJournal(pool, (error) => errors.push(error));
    journal.record({ ...refused('lost'), commandId: 'not a uuid' });
    await journal.drain();
    journal.record(refused('kept'));
    await journal.drain();
    expect(errors).toHaveLength(1);
    expect(await codes()).toEqual([...before, 'kept']);
  });
});
