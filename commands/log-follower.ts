import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore, StoredEvent } from '../eventstore/port.ts';
import { asError } from '../platform/errors.ts';

/** How the handling of a batch goes on. */
export interface Progress {
  /** Aborted once the follower is to stop: what is not reached by then is handled after the next start. */
  readonly signal: AbortSignal;
  /** Everything up to a log position is handled. */
  reached(position: number): void;
}

export interface LogFollowerOptions {
  /** Of its checkpoint. */
  readonly name: string;
  readonly store: EventStore;
  readonly pool: pg.Pool;
  /** Most events that are handled together. */
  readonly batchSize: number;
  /** Before the first batch, once in a process; what fails is tried again. */
  readonly prepare?: () => Promise<void>;
  /** Handles events, never none, until all are reached or the signal is aborted. Whatever it throws is tried again. */
  readonly handle: (events: readonly StoredEvent[], progress: Progress) => Promise<void>;
  readonly onError: (error: Error) => void;
}

const RETRY_DELAY_MS = 1_000;

/**
 * Hands the log on from a checkpoint, batch by batch, and moves the checkpoint behind what is handled. After a failure
 * or a crash it goes on from the checkpoint: an event may be handled more than once.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<() => void>();
  #position = -1;
  #failure: Error | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Log position up to which everything is handled; -1 before it is known. */
  get position(): number {
    return this.#position;
  }

  /** Why it does not get on; undefined while it does. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves once everything up to a log position is handled, or the follower is stopped. */
  async drained(position: number): Promise<void> {
    while (this.#position < position && !this.#abort.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #run(): Promise<void> {
    const { name, pool, prepare, onError } = this.#options;
    let prepared = false;
    while (!this.#abort.signal.aborted) {
      try {
        const from = await checkpointOf(pool, name);
        if (!prepared) await prepare?.();
        prepared = true;
        this.#position = from;
        // Who waits already may wait for no more than this.
        this.#wake();
        await this.#follow(from);
      } catch (error) {
        this.#failure = asError(error);
        onError(this.#failure);
        await sleep(RETRY_DELAY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
      }
    }
    this.#wake();
  }

  async #follow(after: number): Promise<void> {
    const { name, store, pool, batchSize, handle } = this.#options;
    const { signal } = this.#abort;
    const progress: Progress = {
      signal,
      reached: (position) => {
        this.#position = position;
        this.#failure = undefined;
      },
    };
    for await (const message of store.subscribe({ after, batchSize, signal })) {
      const last = message.kind === 'events' ? message.events.at(-1) : undefined;
      if (message.kind === 'caught-up') this.#failure = undefined;
      if (message.kind !== 'events' || last === undefined) continue;
      await handle(message.events, progress);
      if (this.#position < last.position) return;
      await saveCheckpoint(pool, name, this.#position);
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Log position up to which a follower has handled everything, whichever process runs it. */
export async function checkpointOf(pool: pg.Pool, follower: string): Promise<number> {
  const { rows } = await pool.query<{ position: string }>(
    'select position from ops.reactor_checkpoints where reactor = $1',
    [follower],
  );
  return Number(rows[0]?.position ?? 0);
}

/** Forward only: of two processes that run the same follower, the one ahead is believed. */
export async function saveCheckpoint(pool: pg.Pool, follower: string, position: number): Promise<void> {
  await pool.query(
    `insert into ops.reactor_checkpoints (reactor, position) values ($1, $2)
     on conflict (reactor) do update set position = greatest(reactor_checkpoints.position, excluded.position),
       updated_at = clock_timestamp()`,
    [follower, position],
  );
}
