import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Core } from './core.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * In a process that works: runs what falls due on real time, where a manual clock's jobs run inside `advanceClock`;
 * and, beside it, takes up bill runs that broke off, in whichever process they began. Its end breaks off a bill run,
 * which stays open, and waits for everything else.
 */
export function runScheduler(core: Core, config: Config, log: Logger): { stop(): Promise<void> } {
  if (config.ROLE !== 'all' && config.ROLE !== 'worker') return { stop: async () => undefined };
  const { scheduler, billRun, clock } = core;
  const abort = new AbortController();
  const failed = (error: unknown, message: string, about: object = {}) => {
    if (!abort.signal.aborted) log.error({ err: error, ...about }, message);
  };
  const again = async (pass: () => Promise<void>, message: string) => {
    while (!abort.signal.aborted) {
      await pass().catch((error: unknown) => failed(error, message));
      await sleep(LOOK_EVERY_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };
  const takeUp = async () => {
    for (const period of await billRun.abandoned()) {
      log.info({ period }, 'a bill run on which nobody works is taken up');
      await billRun
        .run(period)
        .catch((error: unknown) => failed(error, 'a bill run broke off again; trying again', { period }));
    }
  };
  const running = [again(takeUp, 'bill runs cannot be looked up; trying again')];
  if (!clock.manual) {
    running.push(
      again(() => scheduler.runDue(clock.now(), abort.signal), 'a time-driven job failed; trying again'),
    );
  }
  return {
    async stop() {
      abort.abort();
      await billRun.stop();
      await Promise.all(running);
    },
  };
}
