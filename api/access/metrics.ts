import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../platform/metrics.ts';

/** What the memory of access checks measures. */
export function accessMetrics({ registry }: Metrics, stalenessMs: () => number, customers: () => number) {
  const registers = [registry];
  new Gauge({
    name: 'aura_access_staleness_seconds',
    help: 'How long ago the memory of access checks was last known to be at the head of the log.',
    registers,
    collect() {
      this.set(stalenessMs() / 1000);
    },
  });
  new Gauge({
    name: 'aura_access_customers',
    help: 'Customers in the memory of access checks.',
    registers,
    collect() {
      this.set(customers());
    },
  });
  const lookups = new Counter({
    name: 'aura_access_lookups_total',
    help: 'Access checks by where the answer came from: memory (hit), read model (miss), or read model because the memory was too old (fresh).',
    labelNames: ['from'] as const,
    registers,
  });
  return {
    hits: lookups.labels('hit'),
    misses: lookups.labels('miss'),
    fresh: lookups.labels('fresh'),
    invalidations: new Counter({
      name: 'aura_access_invalidations_total',
      help: 'Customers that an event put out of the memory of access checks.',
      registers,
    }),
    usageReads: new Counter({
      name: 'aura_access_usage_reads_total',
      help: 'Readings of a customer’s running month for access checks.',
      registers,
    }),
  };
}

export type AccessMetrics = ReturnType<typeof accessMetrics>;
