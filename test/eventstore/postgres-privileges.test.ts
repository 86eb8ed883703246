import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendOf, freshStream, newEvent, newEvents, taken } from './contract/support.ts';
import { createPostgresLog, type PostgresLog } from './postgres-support.ts';

const CHANGES = [
  `update log.events set data = '{}'`,
  `update log.events set data = '{}' where false`,
  'delete from log.events',
  'truncate log.events',
  'truncate log.events cascade',
  'merge into log.events using (select 1) s on true when matched then delete',
];

describe('history in Postgres cannot be changed', () => {
  let log: PostgresLog;

  beforeAll(async () => {
    log = await createPostgresLog();
    taken(await log.open().append(appendOf(freshStream(), 'none', newEvents(3))));
  });
  afterAll(() => log.dispose());

  it.each(CHANGES)('by the service: %s', async (sql) => {
    const before = await contents(log);
    const app = await log.connect('app');
    await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' });
    expect(await contents(log)).toBe(before);
  });

  it.each(CHANGES)('by the owner: %s', async (sql) => {
    const before = await contents(log);
    await expect(log.owner.query(sql)).rejects.toMatchObject({ code: 'LG001' });
    expect(await contents(log)).toBe(before);
  });

  it('by an owner who poses as a replica', async () => {
    const before = await contents(log);
    const owner = await log.connect('owner');
    await owner.query('set session_replication_role = replica');
    for (const sql of CHANGES) await expect(owner.query(sql)).rejects.toMatchObject({ code: 'LG001' });
    expect(await contents(log)).toBe(before);
  });

  it.each([
    `insert into log.events select position + 100, stream, revision + 100, gen_random_uuid(), type,
       schema_version, data, metadata, stored_at from log.events`,
    'alter table log.events disable trigger append_only',
    'alter table log.events add column more text',
    'alter table log.events owner to aura_app',
    'drop trigger append_only on log.events',
    'drop table log.events',
    'drop schema log cascade',
    `create or replace function log.refuse_change() returns trigger language plpgsql as 'begin return new; end'`,
    'create table log.more (n int)',
    'copy log.events from stdin',
    'select * from log.events for update',
    'begin; lock table log.events in exclusive mode',
    `set session_replication_role = replica`,
  ])('nor got around by the service: %s', async (sql) => {
    const app = await log.connect('app');
    const attempt = app.query(sql);
    // Ownership, privilege, or a parameter that only a superuser may set.
    await expect(attempt).rejects.toMatchObject({ code: '42501' });
  });

  it('nor can the service grant itself more', async () => {
    const app = await log.connect('app');
    await app.query('grant all on log.events to aura_app').catch(() => undefined);
    const { rows } = await app.query(
      `select p from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
        where has_table_privilege('aura_app', 'log.events', p)`,
    );
    expect(rows).toEqual([{ p: 'select' }]);
  });

  it('nor got around by objects that stand in the way of log.append', async () => {
    const app = await log.connect('app');
    await app.query('create temp table events (like log.events)');
    await app.query('set search_path = pg_temp, public');
    const { id, metadata } = newEvent();
    const stream = freshStream();
    const append = `select status from log.append($1, '{-1}', '{1}', $1, $2, 'test.hidden', '{1}', '{}', $3)`;
    const { rows } = await app.query(append, [stream, id, JSON.stringify(metadata)]);
    expect(rows).toEqual([{ status: 0 }]);
    expect(await log.open().readStream(stream)).toHaveLength(1);
  });
});

async function contents(log: PostgresLog): Promise<string> {
  const { rows } = await log.owner.query(
    'select json_agg(e order by position)::text as all from log.events e',
  );
  return rows[0].all;
}
