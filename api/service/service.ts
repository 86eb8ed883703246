import type { Job } from '../../commands/job-runs.ts';
import { type Config, metricsAccess } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { CreditReads } from '../../projections/credits/reads.ts';
import { FinanceReads } from '../../projections/finance/reads.ts';
import { JournalReads } from '../../projections/journal/reads.ts';
import { MrrReads } from '../../projections/mrr/reads.ts';
import { RevenueReads } from '../../projections/revenue/reads.ts';
import { ReceivableReads } from '../../projections/revenue/receivables.ts';
import { readPositions } from '../../projections/runtime/wait.ts';
import { UsageReads } from '../../projections/usage/reads.ts';
import { openAccess, withAccess } from '../access/open.ts';
import { AccessLog } from '../auth/access-log.ts';
import { Authenticator } from '../auth/authenticator.ts';
import type { AuthDatabase } from '../auth/key-database.ts';
import { KeyStore } from '../auth/key-store.ts';
import { ensureOwnerKey } from '../auth/owner-key.ts';
import { documentSettings } from '../documents/service.ts';
import { createApi } from '../http/api.ts';
import { Health } from '../http/health.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { Quotas } from '../limits/quotas.ts';
import { RateLimits } from '../limits/rate-limits.ts';
import { PostgresCounter } from '../limits/shared-counter.ts';
import { allRoutes } from '../routes/index.ts';
import type { Services } from '../routes/services.ts';
import { loadCatalogues } from './catalogue.ts';
import { type Core, openCore } from './core.ts';
import { openDatabase } from './database.ts';
import { documentOptions } from './document.ts';
import { healthChecks } from './health.ts';
import { rateLimitSettings } from './rate-limits.ts';
import { runScheduler } from './schedule.ts';

export interface Service {
  /** Undefined in a process without HTTP. */
  readonly url: string | undefined;
  readonly core: Core;
  readonly databaseUrl: string;
  /** The owner's key if it was made now; shown once. */
  readonly newOwnerKey: string | undefined;
  /** Answers what is in flight, stops at checkpoints, closes everything. Safe to call again. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly onJob?: (job: Job, done: number) => void;
}

/** Starts everything that this process's role asks for. What was opened is closed again if the start fails. */
export async function startService({ config, log, onJob }: ServiceOptions): Promise<Service> {
  await loadCatalogues(config);
  await using starting = new AsyncDisposableStack();
  const database = await openDatabase(config, log);
  starting.defer(() => database.stop());
  const metrics = createMetrics({ process: true });
  const core = await openCore({
    config,
    databaseUrl: database.url,
    log,
    metrics,
    ...(onJob === undefined ? {} : { onJob }),
  });
  starting.defer(() => core.close());
  const auth = queryBuilder<AuthDatabase>(core.pool);
  const newOwnerKey = await ensureOwnerKey(auth, config.ADMIN_API_KEY);
  starting.defer(measureLag(core, log));
  const scheduling = runScheduler(core, config, log);
  starting.defer(() => scheduling.stop());
  const serves = config.ROLE === 'all' || config.ROLE === 'api';
  const server = serves ? await serve({ config, log, core, metrics, starting }) : undefined;
  const started = starting.move();
  return {
    url: server?.url,
    core,
    databaseUrl: database.url,
    newOwnerKey,
    close: () => started.disposeAsync(),
  };
}

const MEASURE_LAG_EVERY_MS = 5_000;

/** Keeps the lag of the read models in the metrics current. Answers how to stop it. */
function measureLag({ projector }: Core, log: Logger): () => Promise<void> {
  const timer = setInterval(() => {
    projector?.status().catch((error: unknown) => log.warn({ err: error }, 'lag not measured'));
  }, MEASURE_LAG_EVERY_MS);
  return async () => clearInterval(timer);
}

interface ServeOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly core: Core;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly starting: AsyncDisposableStack;
}

async function serve({ config, log, core, metrics, starting }: ServeOptions): Promise<HttpServer> {
  const { pool, store } = core;
  const authenticator = new Authenticator({
    database: queryBuilder<AuthDatabase>(pool),
    onError: (error) => log.warn({ err: error }, 'time of last use not written'),
  });
  const access = new AccessLog(pool, (error, lost) =>
    log.error({ err: error, lost }, 'access log entries lost'),
  );
  const checks = await openAccess({ core, config, metrics, log });
  starting.defer(() => checks.close());
  const health = new Health(healthChecks(core, config));
  const counter = new PostgresCounter(pool, (error) =>
    log.warn({ err: error }, 'rate limits are counted alone'),
  );
  starting.defer(async () => counter.close());
  const services: Services = {
    commands: core.context,
    clock: core.clock,
    scheduler: core.scheduler,
    billRun: core.billRun,
    sequences: core.sequences,
    store,
    caughtUp: async (names) => void (await core.waitFor(names, await store.head(), config.READ_WAIT_MS)),
    keys: new KeyStore(queryBuilder<AuthDatabase>(pool), authenticator),
    access: checks.memory,
    billing: new BillingReads(pool),
    credits: new CreditReads(pool),
    usage: new UsageReads(pool),
    mrr: new MrrReads(pool),
    journal: new JournalReads(pool),
    revenue: new RevenueReads(pool),
    receivables: new ReceivableReads(pool),
    finance: new FinanceReads(pool),
    documents: await documentSettings(config, log),
  };
  const api = createApi<Services>({
    routes: allRoutes({ manualClock: core.clock.manual }),
    services,
    authenticate: (authorization) => authenticator.authenticate(authorization),
    reads: withAccess(
      {
        current: async (names) => {
          const positions = await readPositions(pool, names);
          return Math.min(...names.map((name) => positions.get(name) ?? 0));
        },
        waitFor: core.waitFor,
        head: () => store.head(),
      },
      checks.memory,
    ),
    log,
    metrics,
    health,
    metricsAccess: metricsAccess(config),
    document: documentOptions,
    maxInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    readWaitMs: config.READ_WAIT_MS,
    ...(config.PROBLEM_BASE_URL === undefined ? {} : { problemBaseUrl: config.PROBLEM_BASE_URL }),
    rateLimits: new RateLimits(new Quotas(counter), rateLimitSettings(config)),
    access: (entry) => access.add(entry),
    validateResponses: config.NODE_ENV !== 'production',
  });
  starting.defer(() => access.close());
  const server = await serveHttp({
    listener: api.listener,
    health,
    host: config.HOST,
    port: config.PORT,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    shutdownDelayMs: config.SHUTDOWN_DELAY_MS,
    shutdownGraceMs: config.SHUTDOWN_GRACE_MS,
  });
  starting.defer(async () => void (await server.close()));
  return server;
}
