import { openAccess, withAccess } from '../api/access/open.ts';
import { Authenticator } from '../api/auth/authenticator.ts';
import type { AuthDatabase } from '../api/auth/key-database.ts';
import { ensureOwnerKey } from '../api/auth/owner-key.ts';
import { createApi } from '../api/http/api.ts';
import { Health } from '../api/http/health.ts';
import { serveHttp } from '../api/http/server.ts';
import { accessRoutes } from '../api/routes/access.ts';
import type { Services } from '../api/routes/services.ts';
import { openCore } from '../api/service/core.ts';
import { documentOptions } from '../api/service/document.ts';
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/logging.ts';
import { createMetrics } from '../platform/metrics.ts';
import { queryBuilder } from '../platform/postgres.ts';
import { readPositions } from '../projections/runtime/wait.ts';

/** `access-server.ts hot|express`: the access checks alone, ahead of Express as they are or through it. */
const hot = process.argv[2] !== 'express';
const config = loadConfig({ ...process.env, ROLE: 'api' });
const log = createLogger({ level: config.LOG_LEVEL });
const metrics = createMetrics();
const core = await openCore({ config, databaseUrl: config.DATABASE_URL ?? '', log, metrics });
const access = await openAccess({ core, config, metrics, log });
const auth = queryBuilder<AuthDatabase>(core.pool);
await ensureOwnerKey(auth, config.ADMIN_API_KEY);
const authenticator = new Authenticator({ database: auth });
const health = new Health([]);
const api = createApi<Services>({
  routes: accessRoutes.map((route) => ({ ...route, hot })),
  // The access checks ask the memory and the clock; nothing else is behind these routes.
  services: { access: access.memory, clock: core.clock } as Services,
  authenticate: (authorization) => authenticator.authenticate(authorization),
  reads: withAccess(
    {
      current: async (names) => Math.min(...(await readPositions(core.pool, names)).values()),
      waitFor: core.waitFor,
      head: () => core.store.head(),
    },
    access.memory,
  ),
  log,
  metrics,
  health,
  metricsAccess: 'open',
  document: documentOptions,
});
const server = await serveHttp({ listener: api.listener, health, host: '127.0.0.1', port: 0 });
console.log(`listens on ${server.url}`);

process.once('SIGTERM', async () => {
  await server.close();
  await access.close();
  await core.close();
});
