import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { allFollowUps } from '../../commands/all-follow-ups.ts';
import { BillRun } from '../../commands/bill-run.ts';
import { keepCatalogues } from '../../commands/catalogue.ts';
import { BusinessClock, type ClockSetting } from '../../commands/clock.ts';
import type { CommandContext } from '../../commands/context.ts';
import { runFollowUps } from '../../commands/follow-ups.ts';
import { type Job, JobRuns } from '../../commands/job-runs.ts';
import { KeyedMutex } from '../../commands/keyed-mutex.ts';
import { checkpointOf } from '../../commands/log-follower.ts';
import { CommandPipeline } from '../../commands/pipeline.ts';
import { PostgresClaims } from '../../commands/postgres-claims.ts';
import { Reactor } from '../../commands/reactor.ts';
import { RefusedJournal } from '../../commands/refused-journal.ts';
import { Scheduler } from '../../commands/scheduler.ts';
import { RunningSequences } from '../../commands/sequences.ts';
import { ALERT_WATCHER, alertWatcher } from '../../commands/usage-alerts.ts';
import { catalogueVersions } from '../../domain/catalogue/catalogue.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import type { EventStore } from '../../eventstore/port.ts';
import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { createPool } from '../../platform/postgres.ts';
import { Vault } from '../../platform/vault.ts';
import { BillingDue } from '../../projections/billing/due.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import {
  alertReadings,
  customersToInvoice,
  dueReadings,
  provisionReadings,
  usageReadings,
} from './readings.ts';
import { projections } from './schema.ts';
import { openStore } from './store.ts';

export interface CoreOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Progress of time-driven jobs. */
  readonly onJob?: (job: Job, done: number) => void;
}

const REACTOR = 'follow-ups';

/** Everything behind HTTP: log, commands, read models, reactor, scheduler, by the process's role. */
export interface Core {
  readonly store: EventStore;
  readonly pool: pg.Pool;
  readonly clock: BusinessClock;
  readonly context: CommandContext;
  readonly scheduler: Scheduler;
  readonly billRun: BillRun;
  readonly sequences: RunningSequences;
  /** Undefined in a process that does not project. */
  readonly projector: Projector | undefined;
  waitFor(projections: readonly string[], position: number, timeoutMs: number): Promise<boolean>;
  /** Waits until reactor and read models have handled all that is in the log now. */
  drain(): Promise<void>;
  /** Runs in processes that work; elsewhere it only tells what is parked. */
  readonly reactor: Reactor;
  close(): Promise<void>;
}

/**
 * Opens log, read models, command side and what the role works on; the caller closes it.
 * @throws what cannot be reached or is not set up; nothing is left open then
 */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { config, databaseUrl, log, metrics } = options;
  const onError = (error: Error) => log.warn({ err: error }, 'connection');
  // Closed in reverse order; also when opening fails half way.
  await using opening = new AsyncDisposableStack();
  const pool = createPool({ url: databaseUrl, name: 'service', max: 12, onError });
  opening.defer(() => pool.end());
  const store = await openStore({ config, databaseUrl, log, metrics });
  opening.defer(() => store.close());
  const setting = clockSetting(config);
  const clock = new BusinessClock(setting);
  const refusals = new RefusedJournal(pool, onError);
  opening.defer(() => refusals.drain());
  const claims = new PostgresClaims(pool);
  const pipeline = new CommandPipeline({
    store,
    now: clock.now,
    claims,
    onOutcome: (command, outcome, { commandId, actor }, refusal) => {
      metrics.commandOutcomes.inc({ command, outcome });
      if (refusal === undefined) return;
      refusals.record({
        commandId,
        commandType: command,
        actor,
        code: refusal.code,
        recordedAt: clock.now(),
      });
    },
  });
  await clock.open(pipeline, setting);
  await keepCatalogues(pool, catalogueVersions(), clock.now());

  const projects = config.ROLE === 'all' || config.ROLE === 'projector';
  const works = config.ROLE === 'all' || config.ROLE === 'worker';
  const projector = projects
    ? startProjector({ store, url: databaseUrl, projections, log, metrics })
    : undefined;
  opening.defer(() => projector?.stop());
  const waitFor: Core['waitFor'] = (names, position, timeoutMs) =>
    projector?.waitFor(names, position, timeoutMs) ?? waitForCheckpoints(pool, names, position, timeoutMs);

  const mutex = new KeyedMutex();
  const context: CommandContext = {
    pipeline,
    store,
    claims,
    vault: new Vault(pool),
    usage: usageReadings(store, pool, waitFor),
    now: clock.now,
    exclusive: (key, work) => mutex.run(key, work),
    settle: (events) => runFollowUps(allFollowUps, events, context),
  };
  const sequences = new RunningSequences();
  const reactor = new Reactor({
    name: REACTOR,
    followUps: allFollowUps,
    context,
    pool,
    whenSettled: (correlationId) => sequences.settled(correlationId),
    onError: (error) => log.error({ err: error }, 'a follow-up failed; trying again'),
  });
  if (works) reactor.start();
  opening.defer(() => reactor.stop());
  const alerts = alertWatcher({
    context,
    pool,
    readings: alertReadings(pool, waitFor),
    onError: (error) => log.error({ err: error }, 'usage alerts failed; trying again'),
  });
  if (works) alerts.start();
  opening.defer(() => alerts.stop());
  const following = new AbortController();
  const followed = (async () => {
    for (let done = false; !done && !following.signal.aborted; ) {
      done = await clock.follow(pipeline, store, following.signal).then(
        () => true,
        (error: unknown) => {
          log.error({ err: error }, 'the business clock is not followed; trying again');
          return sleep(FOLLOW_AGAIN_MS, false, { signal: following.signal }).catch(() => true);
        },
      );
    }
  })();
  opening.defer(() => {
    following.abort();
    return followed;
  });

  const names = projections.map((projection) => projection.name);
  const othersDrained = async (reactors: readonly string[], position: number) => {
    for (const name of reactors) {
      while ((await checkpointOf(pool, name)) < position) await sleep(OTHERS_POLL_MS);
    }
  };
  const drain = async () => {
    const before = await store.head();
    if (works) await Promise.all([reactor.drained(before), alerts.drained(before)]);
    else await othersDrained([REACTOR, ALERT_WATCHER], before);
    const head = await store.head();
    if (projector !== undefined) return projector.drained(head);
    while (!(await waitFor(names, head, DRAIN_POLL_MS))) log.info({ head }, 'waiting for the projector');
  };
  const runs = new JobRuns(pool);
  const billRun = new BillRun({
    context,
    pool,
    url: databaseUrl,
    runs,
    customersToInvoice: customersToInvoice(pool),
    customersDrafted: (period) => new BillingDue(pool).customersDrafted(period),
    customersInvoiced: (period) => new BillingDue(pool).customersInvoiced(period),
    drain,
    onFailure: (customerId, error) => log.error({ err: error, customerId }, 'a customer is not billed'),
    onError,
  });
  opening.defer(() => billRun.stop());
  const scheduler = new Scheduler({
    context,
    due: dueReadings(pool),
    runs,
    billRun,
    cadence: config.ACCRUAL_CADENCE,
    ...(config.PROVISION === 'off' ? {} : { provision: provisionReadings(store, pool, waitFor) }),
    drain,
    onFailure: (job, error) => log.error({ err: error, ...job }, 'a part of a time-driven job is skipped'),
    ...(options.onJob === undefined ? {} : { onJob: options.onJob }),
  });
  const opened = opening.move();
  return {
    store,
    pool,
    clock,
    context,
    scheduler,
    billRun,
    sequences,
    projector,
    waitFor,
    drain,
    reactor,
    close: () => opened.disposeAsync(),
  };
}

const DRAIN_POLL_MS = 1_000;
const FOLLOW_AGAIN_MS = 1_000;
const OTHERS_POLL_MS = 50;

/** CLOCK as a setting: `system`, or `manual:<instant>`. */
function clockSetting(config: Pick<Config, 'CLOCK'>): ClockSetting {
  if (config.CLOCK === 'system') return { mode: 'system' };
  return { mode: 'manual', startsAt: canonicalInstant(config.CLOCK.slice('manual:'.length)) };
}
