import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { transaction } from '../../platform/postgres.ts';
import { isTransient } from './errors.ts';
import { quoted } from './rows.ts';
import type { FillOptions, Shadow } from './shadow.ts';

/** Shorter than the server's deadlock time-out: in a tangle with readers it is the swap that gives way. */
const LOCK_TIMEOUT_MS = 300;
const MAX_ATTEMPTS = 50;
const RETRY_DELAY_MS = 100;

/** A read model's live checkpoint; undefined if it never ran. */
export interface LiveCheckpoint {
  readonly position: number;
  readonly version: number;
}

export async function liveCheckpoint(
  client: pg.ClientBase | pg.Pool,
  projection: string,
  lock = false,
): Promise<LiveCheckpoint | undefined> {
  const { rows } = await client.query<{ position: string; version: number }>(
    `select position, version from ops.checkpoints where projection = $1 ${lock ? 'for update' : ''}`,
    [projection],
  );
  const [row] = rows;
  return row === undefined ? undefined : { position: Number(row.position), version: row.version };
}

/**
 * Puts a shadow in the place of the live tables: brings it to the live checkpoint while the live projector is
 * held, and takes its fence, so that a batch it has in flight is refused and done again on the new tables.
 * All or nothing; waits briefly for readers and tries again when they do not let go.
 */
export async function swapIn(pool: pg.Pool, shadow: Shadow, fillOptions: FillOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await transaction(pool, (client) => swap(client, shadow, fillOptions));
      return;
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isTransient(error)) throw error;
      fillOptions.onRetry?.(error);
      await sleep(RETRY_DELAY_MS, undefined, { signal: fillOptions.signal });
    }
  }
}

async function swap(client: pg.PoolClient, shadow: Shadow, fillOptions: FillOptions): Promise<void> {
  const { name, version, tables } = shadow.projection;
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  // In the order in which a projector takes them.
  await client.query('select 1 from ops.leases where projection = $1 for update', [name]);
  const live = await liveCheckpoint(client, name, true);
  if (live?.version === version && live.position > shadow.position) {
    await shadow.fill(live.position, fillOptions);
  }
  const schema = quoted(shadow.schema);
  const places = tables.map((table) => `read.${quoted(table)}`).join(', ');
  await client.query(`lock table ${places} in access exclusive mode`);
  for (const table of tables) {
    await client.query(`drop table read.${quoted(table)}`);
    await client.query(`alter table ${schema}.${quoted(table)} set schema read`);
  }
  await client.query('delete from ops.parked_events where projection = $1', [name]);
  await client.query('update ops.parked_events set projection = $1 where projection = $2', [
    name,
    shadow.schema,
  ]);
  await client.query(
    `insert into ops.checkpoints as c (projection, version, position, fence, status) values ($1, $2, $3, 1, 'new')
     on conflict (projection) do update
       set version = excluded.version, position = excluded.position, fence = c.fence + 1, error = null,
           updated_at = clock_timestamp()`,
    [name, version, shadow.position],
  );
  await client.query(
    `update ops.leases l set expires_at = '-infinity', fence = c.fence
     from ops.checkpoints c where l.projection = $1 and c.projection = $1`,
    [name],
  );
}
