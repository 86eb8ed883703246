import type pg from 'pg';
import type { EventStore } from '../eventstore/port.ts';
import { createPool } from '../platform/postgres.ts';
import { SessionLock } from '../platform/session-lock.ts';
import type { Projection } from './projection.ts';
import { compareWithLive, type TableComparison } from './runtime/compare.ts';
import { Rate } from './runtime/rate.ts';
import { Shadow } from './runtime/shadow.ts';
import { liveCheckpoint, swapIn } from './runtime/swap.ts';

export interface RebuildProgress {
  readonly projection: string;
  readonly phase: 'reading' | 'comparing' | 'swapping' | 'done';
  /** Log position that the new tables contain. */
  readonly position: number;
  /** Log position that they must reach; moves on while the live projector works. */
  readonly target: number;
  readonly events: number;
  /** Over the last seconds; 0 until it can be told. */
  readonly eventsPerSecond: number;
  readonly etaSeconds: number | undefined;
  /** Errors that passed after another attempt. */
  readonly errors: number;
}

export interface RebuildOptions {
  readonly projection: Projection;
  readonly store: EventStore;
  readonly url: string;
  readonly onProgress?: ((progress: RebuildProgress) => void) | undefined;
  /** Gives up and leaves everything as it was. */
  readonly signal?: AbortSignal | undefined;
  /** Leave the live tables alone: verification. */
  readonly compareOnly?: boolean;
}

export interface RebuildResult {
  readonly projection: string;
  readonly position: number;
  readonly events: number;
  /** Undefined where there was nothing to compare with: a new version, or no rows yet. */
  readonly tables: readonly TableComparison[] | undefined;
  readonly equal: boolean;
  readonly swapped: boolean;
  /** Events that could not be applied, and those behind them. */
  readonly parked: number;
}

const NEARLY_THERE = 1_000;

/**
 * Builds a read model anew from the log, beside the live tables, compares the two, and puts the new ones in the
 * place of the old. The live projector may work all the while. Interrupted at any moment, it leaves the live
 * tables whole; started again, it begins anew.
 * @throws Error if another rebuild of the same read model is running, or an event cannot be applied
 */
export async function rebuildProjection(options: RebuildOptions): Promise<RebuildResult> {
  const { projection, url, compareOnly = false } = options;
  const schema = `${compareOnly ? 'verify' : 'shadow'}_${projection.name}`;
  const pool = createPool({ url, name: 'rebuild', as: 'owner', max: 4 });
  // One at a time; the server frees the claim when the process is gone.
  const guard = new SessionLock(url, `aura ${schema}`, () => undefined);
  try {
    await guard.open();
    if (!(await guard.tryTake())) throw new Error(`${schema} is being built by another process`);
    const shadow = new Shadow(pool, options.store, projection, schema);
    try {
      await shadow.create();
      return await new Rebuild(pool, shadow, options).run();
    } finally {
      await shadow.drop();
    }
  } finally {
    await guard[Symbol.asyncDispose]();
    await pool.end();
  }
}

class Rebuild {
  readonly #pool: pg.Pool;
  readonly #shadow: Shadow;
  readonly #options: RebuildOptions;
  readonly #rate = new Rate();
  #target = 0;
  #events = 0;
  #errors = 0;

  constructor(pool: pg.Pool, shadow: Shadow, options: RebuildOptions) {
    this.#pool = pool;
    this.#shadow = shadow;
    this.#options = options;
  }

  async run(): Promise<RebuildResult> {
    const { compareOnly = false } = this.#options;
    await this.#catchUp();
    this.#report('comparing');
    await this.#shadow.analyze();
    const tables = await compareWithLive(this.#pool, this.#shadow, this.#fillOptions());
    const parked = await this.#parked();
    if (!compareOnly) {
      this.#report('swapping');
      await swapIn(this.#pool, this.#shadow, this.#fillOptions());
    }
    this.#report('done');
    return {
      projection: this.#shadow.projection.name,
      position: this.#shadow.position,
      events: this.#events,
      tables,
      equal: tables?.every(({ equal }) => equal) ?? false,
      swapped: !compareOnly,
      parked,
    };
  }

  async #catchUp(): Promise<void> {
    this.#rate.add(0);
    do {
      this.#target = await this.#liveTarget();
      this.#report('reading');
      await this.#shadow.fill(this.#target, this.#fillOptions());
    } while ((await this.#liveTarget()) - this.#shadow.position > NEARLY_THERE);
  }

  /** The live checkpoint, which the live tables can be compared at; the head where there is none to compare. */
  async #liveTarget(): Promise<number> {
    const { name, version } = this.#shadow.projection;
    const live = await liveCheckpoint(this.#pool, name);
    return live?.version === version ? live.position : this.#options.store.head();
  }

  #fillOptions() {
    return {
      signal: this.#options.signal,
      onRetry: () => {
        this.#errors += 1;
      },
      onBatch: (events: number) => {
        this.#events += events;
        this.#rate.add(events);
        this.#report('reading');
      },
    };
  }

  async #parked(): Promise<number> {
    const { rows } = await this.#pool.query<{ count: string }>(
      'select count(*) as count from ops.parked_events where projection = $1',
      [this.#shadow.schema],
    );
    return Number(rows[0]?.count ?? 0);
  }

  #report(phase: RebuildProgress['phase']): void {
    const { position } = this.#shadow;
    const rate = this.#rate.perSecond;
    const target = Math.max(this.#target, position);
    // Positions per event, for logs whose positions are not dense.
    const stride = this.#events === 0 ? 1 : Math.max(1, position / this.#events);
    this.#options.onProgress?.({
      projection: this.#shadow.projection.name,
      phase,
      position,
      target,
      events: this.#events,
      eventsPerSecond: Math.round(rate),
      etaSeconds: rate === 0 ? undefined : Math.ceil((target - position) / stride / rate),
      errors: this.#errors,
    });
  }
}
