import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Core } from './core.ts';

const LOOK_EVERY_MS = 1_000;

/** Runs what falls due on real time. A manual clock's jobs run inside `advanceClock`. */
export function runScheduler(core: Core, config: Config, log: Logger): { stop(): Promise<void> } {
  const works = config.ROLE === 'all' || config.ROLE === 'worker';
  if (!works || core.clock.manual) return { stop: async () => undefined };
  const abort = new AbortController();
  const running = (async () => {
    while (!abort.signal.aborted) {
      await core.scheduler
        .runDue(core.clock.now())
        .catch((error: unknown) => log.error({ err: error }, 'a time-driven job failed; trying again'));
      await sleep(LOOK_EVERY_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      abort.abort();
      await running;
    },
  };
}

/** Bill runs that an end of the service broke off go on. */
export function resumeBillRuns({ billRun }: Core, config: Config, log: Logger): void {
  if (config.ROLE !== 'all' && config.ROLE !== 'worker') return;
  const resume = async () => {
    for (const period of await billRun.unfinished()) await billRun.run(period);
  };
  resume().catch((error: unknown) => log.error({ err: error }, 'a bill run broke off again'));
}
