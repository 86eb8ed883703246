import { join } from 'node:path';
import type { Config } from '../../platform/config.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import type { Logger } from '../../platform/logging.ts';
import { migrate } from '../../platform/migrations.ts';
import { migrations } from './schema.ts';

export interface Database {
  readonly url: string;
  /** What and where, without secrets. */
  readonly description: string;
  /** Ends an embedded server that this process owns; call it after the last query. */
  stop(): Promise<void>;
}

/** The configured Postgres, or the embedded one in DATA_DIR; migrated to the newest version. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  const database = await locate(config, log);
  try {
    const applied = await migrate(database.url, migrations);
    if (applied.length > 0) log.info({ applied }, 'database migrated');
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function locate(config: Config, log: Logger): Promise<Database> {
  if (config.DATABASE_URL !== undefined) {
    return {
      url: config.DATABASE_URL,
      description: 'PostgreSQL at DATABASE_URL',
      stop: async () => undefined,
    };
  }
  const dataDir = join(config.DATA_DIR);
  const { url, stop } = await startEmbeddedPostgres({ dataDir, log: (line) => log.info(line) });
  return { url, description: `embedded PostgreSQL in ${dataDir}`, stop };
}
