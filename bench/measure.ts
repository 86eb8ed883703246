import { median } from './statistics.ts';

/** What one scenario found about one kind of work. */
export interface Measurement {
  readonly work: string;
  readonly unit: 'events' | 'facts' | 'commands' | 'requests' | 'checks';
  /** Units per second. */
  readonly rate: number;
  /** The same rows by COPY into the same tables, in the same run. */
  readonly reference: { readonly name: string; readonly rate: number } | undefined;
  /** Least `rate / reference.rate` that the prototypes promise. */
  readonly expectedRatio: number | undefined;
  readonly latency: Latency | undefined;
  /** What is wrong with the outcome; empty if all of it was found as it must be. */
  readonly faults: readonly string[];
}

/** Milliseconds from the call to its answer. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Units and the time they took, summed over slices that alternate with those of the reference. */
export class Tally {
  #units = 0;
  #seconds = 0;

  async time(units: number, work: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    await work();
    this.add(units, (performance.now() - start) / 1000);
  }

  add(units: number, seconds: number): void {
    this.#units += units;
    this.#seconds += seconds;
  }

  get perSecond(): number {
    return this.#seconds === 0 ? 0 : this.#units / this.#seconds;
  }
}

export function ratioOf({ rate, reference }: Measurement): number | undefined {
  return reference === undefined || reference.rate === 0 ? undefined : rate / reference.rate;
}

/** One measurement for several of the same work: medians of each number, and every fault. */
export function mergeRounds(rounds: readonly Measurement[]): Measurement {
  const [first] = rounds;
  if (first === undefined) throw new RangeError('no rounds to merge');
  const middle = middleByRatio(rounds);
  const latencies = rounds.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  return {
    ...middle,
    latency:
      latencies.length === 0
        ? undefined
        : { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) },
    faults: rounds.flatMap((round) => round.faults),
  };
}

/** Rate and reference stay together: they are of the same minute, and so is their ratio. */
function middleByRatio(rounds: readonly Measurement[]): Measurement {
  const sorted = rounds.toSorted((a, b) => (ratioOf(a) ?? a.rate) - (ratioOf(b) ?? b.rate));
  return sorted[Math.floor((sorted.length - 1) / 2)] as Measurement;
}
