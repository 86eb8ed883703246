import type { BenchDatabase } from './database.ts';
import type { Measurement } from './measure.ts';

export interface Preset {
  readonly name: 'quick' | 'full';
  /** How often every scenario runs; the median round is reported. */
  readonly rounds: number;
  /** How often work and reference take turns within a round. */
  readonly slices: number;
  /** Seconds of appends in a slice, for each number of callers. */
  readonly appendSeconds: number;
  /** Calls of 1,000 events in a slice. */
  readonly batches: number;
  readonly readEvents: number;
  /** Events in a slice of a projection's catch-up. */
  readonly projectedEvents: number;
  readonly commands: number;
  readonly httpBatches: number;
  readonly httpCommands: number;
  readonly accessCustomers: number;
  /** Seconds of access checks in a slice, for each way to ask. */
  readonly accessSeconds: number;
}

export const presets: Readonly<Record<Preset['name'], Preset>> = {
  quick: {
    name: 'quick',
    rounds: 1,
    slices: 2,
    appendSeconds: 0.6,
    batches: 15,
    readEvents: 30_000,
    projectedEvents: 25_000,
    commands: 1_500,
    httpBatches: 8,
    httpCommands: 160,
    accessCustomers: 1_000,
    accessSeconds: 1,
  },
  full: {
    name: 'full',
    rounds: 3,
    slices: 4,
    appendSeconds: 1.5,
    batches: 50,
    readEvents: 300_000,
    projectedEvents: 100_000,
    commands: 10_000,
    httpBatches: 100,
    httpCommands: 2_000,
    accessCustomers: 5_000,
    accessSeconds: 3,
  },
};

export interface BenchContext {
  readonly preset: Preset;
  /** An empty migrated database on the run's own server. */
  freshDatabase(): Promise<BenchDatabase>;
}

export interface Scenario {
  readonly name: string;
  /** One round: work and reference in turns, then the checks. */
  run(context: BenchContext): Promise<Measurement[]>;
}
