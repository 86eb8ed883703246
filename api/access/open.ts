import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { HoldingReads } from '../../projections/entitlements/reads.ts';
import { readPositions } from '../../projections/runtime/wait.ts';
import { UsageReads } from '../../projections/usage/reads.ts';
import type { ReadPositions } from '../http/types.ts';
import type { Core } from '../service/core.ts';
import { AccessMemory, type AccessMemoryOptions } from './memory.ts';

/** Name under which routes say that they are answered from the memory of access checks. */
export const ACCESS = 'access';

type Settings = Pick<Config, 'ACCESS_MEMORY_CUSTOMERS' | 'READ_WAIT_MS'>;

export interface OpenAccessOptions extends Pick<AccessMemoryOptions, 'heartbeatMs' | 'clock'> {
  readonly core: Pick<Core, 'store' | 'pool' | 'clock' | 'waitFor'>;
  readonly config: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The memory over this process's read models and log. It fills itself in the background. */
export async function openAccess({ core, config, metrics, log, ...rest }: OpenAccessOptions): Promise<{
  readonly memory: AccessMemory;
  close(): Promise<void>;
}> {
  const { store, pool, clock, waitFor } = core;
  const holdings = new HoldingReads(pool);
  const usage = new UsageReads(pool);
  const memory = await AccessMemory.open({
    ...rest,
    store,
    source: {
      holding: (customerId) => holdings.of(customerId),
      holdings: (after, limit) => holdings.page(after, limit),
      usage: (customerId, month, paymentMethod) => usage.usageView(customerId, month, paymentMethod),
      position: async (projection) => (await readPositions(pool, [projection])).get(projection) ?? 0,
      waitFor,
    },
    metrics,
    now: clock.now,
    onError: (error) => log.error({ err: error }, 'access checks do not follow the log; trying again'),
    capacity: config.ACCESS_MEMORY_CUSTOMERS,
    readWaitMs: config.READ_WAIT_MS,
  });
  const stopping = new AbortController();
  const warming = memory
    .warm(stopping.signal)
    .catch((error: unknown) => log.warn({ err: error }, 'the memory of access checks fills as it is asked'));
  return {
    memory,
    async close() {
      stopping.abort();
      await warming;
      await memory.close();
    },
  };
}

/** Lets `minPosition` wait for the memory where a route reads from it, and for read models elsewhere. */
export function withAccess(reads: ReadPositions, memory: AccessMemory): ReadPositions {
  return {
    ...reads,
    async current(names) {
      const others = names.filter((name) => name !== ACCESS);
      if (others.length === names.length) return reads.current(names);
      return others.length === 0 ? memory.position : Math.min(memory.position, await reads.current(others));
    },
    async waitFor(names, position, timeoutMs) {
      const others = names.filter((name) => name !== ACCESS);
      const waits = [
        ...(others.length < names.length ? [memory.waitFor(position, timeoutMs)] : []),
        ...(others.length > 0 ? [reads.waitFor(others, position, timeoutMs)] : []),
      ];
      return (await Promise.all(waits)).every((reached) => reached);
    },
  };
}
