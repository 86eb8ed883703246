import type { EventStore } from '../../eventstore/port.ts';
import type { Config } from '../../platform/config.ts';
import type { HealthCheck } from '../http/health.ts';
import type { Core } from './core.ts';

/** What /readyz looks at: the log, the database, and how far the read models are behind. */
export function healthChecks(core: Core, config: Config): HealthCheck[] {
  return [
    { name: 'event-log', check: async () => describeLog(core.store) },
    { name: 'postgres', check: async () => void (await core.pool.query('select 1')) },
    { name: 'reactor', check: () => describeReactor(core) },
    { name: 'projections', check: () => describeProjections(core, config.READY_MAX_LAG_EVENTS) },
  ];
}

async function describeLog(store: EventStore): Promise<string> {
  await store.check();
  return `${store.name}, head at ${await store.head()}`;
}

async function describeReactor(core: Core): Promise<string | undefined> {
  const failure = core.reactor.failure;
  if (failure !== undefined) throw failure;
  const parked = await core.reactor.parked();
  return parked === 0 ? undefined : `${parked} follow-ups are parked: see ops.parked_follow_ups`;
}

async function describeProjections({ projector }: Core, maxLag: number): Promise<string> {
  if (projector === undefined) return 'projected by another process';
  const statuses = await projector.status();
  const failed = statuses.filter(({ state, error }) => state === 'failed' || error !== undefined);
  if (failed.length > 0) {
    throw new Error(
      failed.map(({ projection, error }) => `${projection} stopped: ${error ?? ''}`).join('; '),
    );
  }
  const behind = statuses.filter(({ lagEvents }) => (lagEvents ?? 0) > maxLag);
  if (behind.length > 0) {
    throw new Error(
      behind.map(({ projection, lagEvents }) => `${projection} is ${lagEvents} events behind`).join('; '),
    );
  }
  return statuses
    .map(({ projection, position, lagEvents, lagSeconds }) =>
      lagEvents === 0
        ? `${projection} at ${position}`
        : `${projection} ${lagEvents ?? '?'} events, ${lagSeconds} s behind`,
    )
    .join(', ');
}
