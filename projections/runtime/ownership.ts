import type pg from 'pg';
import { transaction } from '../../platform/postgres.ts';
import type { Projection } from '../projection.ts';
import { ProjectionVersionError } from './errors.ts';

/** The right to write one read model, from a position on. */
export interface Ownership {
  readonly projection: string;
  readonly fence: number;
  /** Of the last event that the read model contains. */
  readonly position: number;
}

export interface Owner {
  readonly id: string;
  /** Advisory lock that this owner's session holds while it lives. */
  readonly session: string;
  readonly leaseMs: number;
}

const TAKE_LEASE = `
  insert into ops.leases as l (projection, owner, session, fence, expires_at)
  values ($1, $2, $3, coalesce((select fence from ops.checkpoints where projection = $1), 0) + 1,
          clock_timestamp() + $4 * interval '1 millisecond')
  on conflict (projection) do update
    set owner = excluded.owner, session = excluded.session, expires_at = excluded.expires_at,
        fence = greatest(l.fence + 1, excluded.fence)
    where l.owner = excluded.owner or l.expires_at <= clock_timestamp() or pg_try_advisory_xact_lock(l.session)
  returning fence`;

const NEW_CHECKPOINT = `
  insert into ops.checkpoints (projection, version, position, fence) values ($1, $2, 0, 0)
  on conflict (projection) do nothing`;

const TAKE_CHECKPOINT = `
  update ops.checkpoints set fence = $2, status = 'running', error = null, updated_at = clock_timestamp()
  where projection = $1 returning position, version`;

/**
 * Becomes the owner of a read model if nobody is: its lease is free, has run out, or its owner's session is gone.
 * The fence rises, so whoever owned it before can write nothing more.
 * @returns undefined while another owner holds it
 * @throws ProjectionVersionError if the read model holds another version's rows
 */
export async function acquire(
  pool: pg.Pool,
  projection: Projection,
  owner: Owner,
): Promise<Ownership | undefined> {
  return transaction(pool, async (client) => {
    const lease = await client.query<{ fence: string }>(TAKE_LEASE, [
      projection.name,
      owner.id,
      owner.session,
      owner.leaseMs,
    ]);
    const fence = lease.rows[0]?.fence;
    if (fence === undefined) return undefined;
    await client.query(NEW_CHECKPOINT, [projection.name, projection.version]);
    const checkpoint = await client.query<{ position: string; version: number }>(TAKE_CHECKPOINT, [
      projection.name,
      fence,
    ]);
    const [row] = checkpoint.rows;
    if (row === undefined) return undefined;
    checkVersion(projection, row.version);
    return { projection: projection.name, fence: Number(fence), position: Number(row.position) };
  });
}

function checkVersion({ name, version }: Projection, stored: number): void {
  if (stored === version) return;
  throw new ProjectionVersionError(
    stored < version
      ? `read model ${name} is at version ${stored}, this program writes version ${version}: rebuild ${name}`
      : `read model ${name} is at version ${stored}, newer than this program (${version})`,
  );
}

/** Prolongs leases. Returns the names of those that are still this owner's. */
export async function renew(
  pool: pg.Pool,
  owner: Owner,
  owned: readonly Ownership[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ projection: string }>(
    `update ops.leases set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
     where owner = $1 and (projection, fence) in (select * from unnest($2::text[], $3::bigint[]))
     returning projection`,
    [owner.id, owned.map(({ projection }) => projection), owned.map(({ fence }) => fence), owner.leaseMs],
  );
  return new Set(rows.map((row) => row.projection));
}

/** Gives a lease back, so that the next owner need not wait, and leaves word of why. */
export async function release(
  pool: pg.Pool,
  owner: Owner,
  ownership: Ownership,
  status: 'stopped' | 'failed',
  error?: Error,
): Promise<void> {
  await pool.query(
    `update ops.checkpoints set status = $3, error = $4, updated_at = clock_timestamp()
     where projection = $1 and fence = $2`,
    [ownership.projection, ownership.fence, status, error?.message ?? null],
  );
  await pool.query(
    `update ops.leases set expires_at = '-infinity' where projection = $1 and owner = $2 and fence = $3`,
    [ownership.projection, owner.id, ownership.fence],
  );
}
