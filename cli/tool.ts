import { loadCatalogues } from '../api/service/catalogue.ts';
import { openDatabase } from '../api/service/database.ts';
import { openStore } from '../api/service/store.ts';
import type { EventStore } from '../eventstore/port.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { createLogger, type Logger } from '../platform/logging.ts';
import { createMetrics } from '../platform/metrics.ts';

/** What a command-line tool works on: the log and the database, without running the service. */
export interface Tool {
  readonly config: Config;
  readonly log: Logger;
  readonly store: EventStore;
  readonly url: string;
}

/** Opens log and database, beside a running service or alone, and closes them whatever happens. */
export async function withTool<T>(work: (tool: Tool) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  await loadCatalogues(config);
  const log = createLogger({ level: 'warn' });
  const database = await openDatabase(config, log);
  try {
    const store = await openStore({ config, databaseUrl: database.url, log, metrics: createMetrics() });
    try {
      return await work({ config, log, store, url: database.url });
    } finally {
      await store.close();
    }
  } finally {
    await database.stop();
  }
}
