import type pg from 'pg';
import { Gauge } from 'prom-client';
import type { EventStore } from '../../eventstore/port.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Worker, WorkerState } from './worker.ts';

/** Where a projection stands, for /readyz and /metrics. */
export interface ProjectionStatus {
  readonly projection: string;
  readonly version: number;
  readonly state: WorkerState;
  /** Log position that the read model has reached, whoever writes it. */
  readonly position: number;
  readonly head: number;
  readonly caughtUp: boolean;
  /** Exact over the Postgres log. Undefined while behind a log whose positions are not dense. */
  readonly lagEvents: number | undefined;
  /** Age of the oldest event that is not applied; 0 when caught up. */
  readonly lagSeconds: number;
  /** Events set aside; other than zero needs attention. */
  readonly parked: number;
  readonly error: string | undefined;
}

interface Standing {
  readonly position: number;
  readonly parked: number;
}

export async function readStatus(
  store: EventStore,
  pool: pg.Pool,
  workers: readonly Worker[],
): Promise<ProjectionStatus[]> {
  const standings = await readStandings(pool);
  const head = await store.head();
  const statuses: ProjectionStatus[] = [];
  for (const worker of workers) {
    const { name, version } = worker.projection;
    const standing = standings.get(name);
    const position = Math.max(worker.position, standing?.position ?? 0);
    const caughtUp = position >= head;
    statuses.push({
      projection: name,
      version,
      state: worker.state,
      position,
      head,
      caughtUp,
      lagEvents: lagInEvents(store, position, head),
      lagSeconds: caughtUp ? 0 : await ageOfNext(store, position),
      parked: standing?.parked ?? 0,
      error: worker.error?.message,
    });
  }
  return statuses;
}

async function readStandings(pool: pg.Pool): Promise<Map<string, Standing>> {
  const { rows } = await pool.query<{ projection: string; position: string; parked: string }>(
    `select c.projection, c.position,
            (select count(*) from ops.parked_events p where p.projection = c.projection) as parked
     from ops.checkpoints c`,
  );
  return new Map(
    rows.map((row) => [row.projection, { position: Number(row.position), parked: Number(row.parked) }]),
  );
}

function lagInEvents(store: EventStore, position: number, head: number): number | undefined {
  if (position >= head) return 0;
  return store.name === 'postgres' ? head - position : undefined;
}

async function ageOfNext(store: EventStore, position: number): Promise<number> {
  const [next] = await store.readAll(position, 1);
  return next === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(next.storedAt)) / 1000);
}

/** Puts statuses into the gauges; a lag that is not known is absent from them. */
export function reportStatus(metrics: Metrics, statuses: readonly ProjectionStatus[]): void {
  const failed = failedGauge(metrics);
  const parked = parkedGauge(metrics);
  for (const status of statuses) {
    const labels = { projection: status.projection };
    if (status.lagEvents === undefined) metrics.projectionLagEvents.remove(labels);
    else metrics.projectionLagEvents.set(labels, status.lagEvents);
    metrics.projectionLagSeconds.set(labels, status.lagSeconds);
    failed.set(labels, status.state === 'failed' ? 1 : 0);
    parked.set(labels, status.parked);
  }
}

/** The alarm: 1 when a projection has stopped at an event. */
export function failedGauge({ registry }: Metrics): Gauge<'projection'> {
  return gauge(registry, 'aura_projection_failed', '1 if the projection has stopped and needs attention.');
}

function parkedGauge({ registry }: Metrics): Gauge<'projection'> {
  return gauge(registry, 'aura_projection_parked_events', 'Events that the projection has set aside.');
}

function gauge(registry: Metrics['registry'], name: string, help: string): Gauge<'projection'> {
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Gauge) return existing;
  return new Gauge({ name, help, labelNames: ['projection'], registers: [registry] });
}
