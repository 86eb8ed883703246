import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricsOptions {
  /** Also measure the process itself: heap, event loop, garbage collection. */
  readonly process?: boolean;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** A registry of its own and everything that the service measures, for /metrics. */
export function createMetrics(options: MetricsOptions = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (options.process === true) collectDefaultMetrics({ register: registry });
  return {
    registry,
    projectionLagEvents: new Gauge({
      name: 'aura_projection_lag_events',
      help: 'Events between the head of the log and the checkpoint of the projection.',
      labelNames: ['projection'] as const,
      registers,
    }),
    projectionLagSeconds: new Gauge({
      name: 'aura_projection_lag_seconds',
      help: 'Age of the oldest event that the projection has not applied, in seconds.',
      labelNames: ['projection'] as const,
      registers,
    }),
    projectionEvents: new Counter({
      name: 'aura_projection_events_total',
      help: 'Events that the projection has applied.',
      labelNames: ['projection'] as const,
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'aura_log_append_seconds',
      help: 'Time from handing events to the log until they are durable, in seconds.',
      labelNames: ['outcome'] as const,
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    logQueueDepth: new Gauge({
      name: 'aura_log_queue_events',
      help: 'Events that wait for the log.',
      registers,
    }),
    commandOutcomes: new Counter({
      name: 'aura_commands_total',
      help: 'Commands by type and outcome: accepted, refused, unknown, conflict.',
      labelNames: ['command', 'outcome'] as const,
      registers,
    }),
    idempotencyReplays: new Counter({
      name: 'aura_idempotency_replays_total',
      help: 'Retries that were answered with the first outcome.',
      labelNames: ['operation'] as const,
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'aura_http_request_seconds',
      help: 'Time to answer a request, in seconds.',
      labelNames: ['operation', 'status'] as const,
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    httpInFlight: new Gauge({
      name: 'aura_http_requests_in_flight',
      help: 'Requests that are being handled.',
      registers,
    }),
    problems: new Counter({
      name: 'aura_http_problems_total',
      help: 'Answers that were problems, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
  };
}
