import type pg from 'pg';
import type { StoredEvent } from '../../eventstore/port.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool, transaction } from '../../platform/postgres.ts';
import type { Projection } from '../../projections/projection.ts';
import { runtimeMigration } from '../../projections/runtime/migration.ts';
import { createTestDatabase } from './postgres.ts';

export interface ReadModels {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Applies batches, each in a transaction of its own, as the runtime does. */
  apply(projection: Projection, ...batches: (readonly StoredEvent[])[]): Promise<void>;
  /** Empties a projection's tables. */
  reset(projection: Projection): Promise<void>;
  /** Every row of a projection's tables as text, sorted: equal dumps are equal bytes. */
  dump(projection: Projection): Promise<Record<string, string[]>>;
  close(): Promise<void>;
}

/** A database with the log and the read models of the given projections. */
export async function createReadModels(...projections: readonly Projection[]): Promise<ReadModels> {
  const database = await createTestDatabase();
  await migrate(database.url, [logMigration, runtimeMigration, ...projections.map((p) => p.migration)]);
  const pool = createPool({ url: database.url, name: 'test-read-models', max: 2 });
  return {
    url: database.url,
    pool,
    async apply(projection, ...batches) {
      for (const batch of batches) {
        await transaction(pool, async (client) => {
          await client.query('set local search_path = read, pg_temp');
          await projection.apply(batch, client);
        });
      }
    },
    async reset(projection) {
      for (const table of projection.tables) await pool.query(`delete from read.${table}`);
    },
    async dump(projection) {
      const tables = projection.tables.map(async (table) => {
        const { rows } = await pool.query<{ line: string }>(
          `select t::text as line from read.${table} t order by t::text collate "C"`,
        );
        return [table, rows.map(({ line }) => line)] as const;
      });
      return Object.fromEntries(await Promise.all(tables));
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

/** Cuts a list at the given places; places beyond its end do nothing. */
export function cutAt<T>(list: readonly T[], places: readonly number[]): T[][] {
  const bounds = [0, ...places.filter((place) => place < list.length).sort((a, b) => a - b), list.length];
  return bounds
    .slice(1)
    .map((end, index) => list.slice(bounds[index] ?? 0, end))
    .filter((part) => part.length > 0);
}
