import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isKnown, UnknownEventError } from '../eventstore/codec.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import type { CommandContext } from './context.ts';
import { type FollowUps, runFollowUps } from './follow-ups.ts';
import { recordedFrom } from './pipeline.ts';

export interface ReactorOptions {
  readonly name: string;
  readonly followUps: FollowUps;
  readonly context: CommandContext;
  readonly pool: pg.Pool;
  /** Waits until the caller that caused an event has run its follow-ups itself. */
  readonly whenSettled: (correlationId: string) => Promise<void>;
  readonly onError: (error: Error) => void;
}

const RETRY_DELAY_MS = 1_000;
const BATCH_SIZE = 500;

/**
 * Runs the follow-ups of every event in the log, from its checkpoint on: what a crash left half done is
 * finished here. Follow-ups are idempotent, so running one twice, or two reactors at once, changes nothing.
 */
export class Reactor {
  readonly #options: ReactorOptions;
  readonly #abort = new AbortController();
  readonly #progress = new Set<() => void>();
  #position = -1;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(options: ReactorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Log position up to which everything has followed; -1 before it is known. */
  get position(): number {
    return this.#position;
  }

  /** Why it does not get on; undefined while it does. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves once everything up to a log position has followed, or the reactor is stopped. */
  async drained(position: number): Promise<void> {
    while (this.#position < position && !this.#abort.signal.aborted) {
      await new Promise<void>((resolve) => this.#progress.add(resolve));
    }
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        this.#position = await reactorPosition(this.#options.pool, this.#options.name);
        await this.#follow(this.#position);
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        this.#options.onError(this.#failure);
        await sleep(RETRY_DELAY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
      }
    }
    this.#notify();
  }

  async #follow(after: number): Promise<void> {
    const { store } = this.#options.context;
    const signal = this.#abort.signal;
    for await (const message of store.subscribe({ after, batchSize: BATCH_SIZE, signal })) {
      if (message.kind !== 'events') continue;
      for (const event of message.events) {
        if (signal.aborted) return;
        await this.#handle(event);
        this.#position = event.position;
        this.#failure = undefined;
      }
      await this.#save(this.#position);
      this.#notify();
    }
  }

  async #handle(event: StoredEvent): Promise<void> {
    const { followUps, context, whenSettled } = this.#options;
    if (!isKnown(event.type, event.schemaVersion)) {
      throw new UnknownEventError(`${event.type} version ${event.schemaVersion} is newer than this program`);
    }
    if (!Object.hasOwn(followUps, event.type)) return;
    await whenSettled(event.metadata.correlationId);
    await runFollowUps(followUps, [recordedFrom(event)], context);
  }

  #notify(): void {
    for (const resolve of this.#progress) resolve();
    this.#progress.clear();
  }

  async #save(position: number): Promise<void> {
    await this.#options.pool.query(
      `insert into ops.reactor_checkpoints (reactor, position) values ($1, $2)
       on conflict (reactor) do update set position = greatest(reactor_checkpoints.position, excluded.position),
         updated_at = clock_timestamp()`,
      [this.#options.name, position],
    );
  }
}

/** Log position up to which a reactor has handled everything, whichever process runs it. */
export async function reactorPosition(pool: pg.Pool, name: string): Promise<number> {
  const { rows } = await pool.query<{ position: string }>(
    'select position from ops.reactor_checkpoints where reactor = $1',
    [name],
  );
  return Number(rows[0]?.position ?? 0);
}
