import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { createPool, queryBuilder } from './postgres.ts';

/** A step of the database's history: SQL files, one object each, applied in order in one transaction. */
export interface SqlMigration {
  /** Sorts by name: `0001_log`. Never renamed once released. */
  readonly name: string;
  readonly files: readonly URL[];
}

/** Names one room's migration by its files, relative to the calling module. */
export function sqlMigration(name: string, base: string, files: readonly string[]): SqlMigration {
  return { name, files: files.map((file) => new URL(file, base)) };
}

/**
 * Brings the database to the newest version. Safe to run by several processes at once (advisory lock).
 * @returns names of the migrations that were applied now
 * @throws Error naming the migration that failed; nothing of it stays
 */
export async function migrate(url: string, migrations: readonly SqlMigration[]): Promise<string[]> {
  const pool = createPool({ url, name: 'migrate', as: 'owner', max: 2 });
  try {
    const migrator = new Migrator({
      db: queryBuilder<unknown>(pool),
      migrationTableSchema: 'ops',
      provider: { getMigrations: async () => asKysely(migrations) },
    });
    await pool.query('create schema if not exists ops').catch(ignoreConcurrentCreation);
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) {
      const failed = results.find((result) => result.status === 'Error')?.migrationName ?? 'start';
      throw new Error(
        `migration ${failed} failed: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
    return results.map((result) => result.migrationName);
  } finally {
    await pool.end();
  }
}

function asKysely(migrations: readonly SqlMigration[]): Record<string, Migration> {
  return Object.fromEntries(
    migrations.map(({ name, files }) => [
      name,
      {
        async up(db) {
          for (const file of files) await sql.raw(await readFile(file, 'utf8')).execute(db);
        },
      } satisfies Migration,
    ]),
  );
}

function ignoreConcurrentCreation(error: Error): void {
  if (!/duplicate key|already exists/.test(error.message)) throw error;
}
