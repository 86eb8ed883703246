import type { Latency } from './measure.ts';
import { percentile } from './statistics.ts';

export interface CallerRun {
  readonly calls: number;
  readonly seconds: number;
  /** Of each call, in milliseconds. */
  readonly times: readonly number[];
}

/** Several callers, each with one call in flight, until the time is over or there is nothing left to call. */
export async function runCallers(
  callers: number,
  call: (index: number) => Promise<void>,
  limit: { readonly seconds?: number; readonly calls?: number },
): Promise<CallerRun> {
  const times: number[] = [];
  const start = performance.now();
  const end = start + (limit.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const most = limit.calls ?? Number.POSITIVE_INFINITY;
  let next = 0;
  const caller = async () => {
    while (next < most && performance.now() < end) {
      const index = next;
      next += 1;
      const begun = performance.now();
      await call(index);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { calls: next, seconds: (performance.now() - start) / 1000, times };
}

export function latencyOf(times: readonly number[]): Latency {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
