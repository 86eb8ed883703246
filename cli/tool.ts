import { loadCatalogues } from '../api/service/catalogue.ts';
import { type Core, openCore } from '../api/service/core.ts';
import { openDatabase } from '../api/service/database.ts';
import { openStore } from '../api/service/store.ts';
import type { EventStore } from '../eventstore/port.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { createLogger, type Logger } from '../platform/logging.ts';
import { createMetrics } from '../platform/metrics.ts';

/** A tool cannot do what it was asked for; the message says why. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

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

/** The same with everything behind HTTP: commands, read models, reactors. Beside a running service they share the work. */
export async function withCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  await loadCatalogues(config);
  const log = createLogger({ level: 'warn' });
  const database = await openDatabase(config, log);
  try {
    const core = await openCore({
      config: { ...config, ROLE: 'all' },
      databaseUrl: database.url,
      log,
      metrics: createMetrics(),
    });
    try {
      return await work(core);
    } finally {
      await core.close();
    }
  } finally {
    await database.stop();
  }
}
