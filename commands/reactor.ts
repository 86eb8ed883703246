import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { UnknownEventError, whyUnknown } from '../eventstore/codec.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import { asError } from '../platform/errors.ts';
import type { CommandContext } from './context.ts';
import { type FollowUps, runFollowUps } from './follow-ups.ts';
import { isOutage } from './outage.ts';
import { ParkedFollowUps } from './parked-follow-ups.ts';
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
/** What fails as often as this, and not for an outage, is set aside. */
const MAX_ATTEMPTS = 3;
const BATCH_SIZE = 500;

/**
 * Runs the follow-ups of every event in the log, from its checkpoint on: what a crash left half done is
 * finished here. Follow-ups are idempotent, so running one twice, or two reactors at once, changes nothing.
 * A follow-up that cannot be done is parked with an alarm, so that it holds up nobody else's.
 */
export class Reactor {
  readonly #options: ReactorOptions;
  readonly #abort = new AbortController();
  readonly #progress = new Set<() => void>();
  #position = -1;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;
  #attempts = { position: -1, failed: 0 };
  readonly #parked: ParkedFollowUps;

  constructor(options: ReactorOptions) {
    this.#options = options;
    this.#parked = new ParkedFollowUps(options.pool, options.name);
  }

  /** How many events are set aside because their follow-ups cannot be done. */
  parked(): Promise<number> {
    return this.#parked.count();
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
    let retried = false;
    while (!this.#abort.signal.aborted) {
      try {
        const from = await reactorPosition(this.#options.pool, this.#options.name);
        if (!retried) await this.#retryParked();
        retried = true;
        this.#position = from;
        // Who waits already may wait for no more than this.
        this.#notify();
        await this.#follow(from);
      } catch (error) {
        this.#failure = asError(error);
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
      await saveReactorPosition(this.#options.pool, this.#options.name, this.#position);
      this.#notify();
    }
  }

  async #handle(event: StoredEvent): Promise<void> {
    const { followUps, context, whenSettled } = this.#options;
    const unknown = whyUnknown(event);
    if (unknown !== undefined) throw new UnknownEventError(`at position ${event.position}: ${unknown}`);
    if (!Object.hasOwn(followUps, event.type)) return;
    await whenSettled(event.metadata.correlationId);
    try {
      await runFollowUps(followUps, [recordedFrom(event)], context);
    } catch (error) {
      const failure = asError(error);
      if (isOutage(failure) || !this.#isLastAttempt(event.position)) throw failure;
      await this.#parked.park(event, failure);
      this.#options.onError(
        new Error(`parked ${event.type} at ${event.position}: ${failure.message}`, { cause: failure }),
      );
    }
  }

  #isLastAttempt(position: number): boolean {
    const failed = this.#attempts.position === position ? this.#attempts.failed + 1 : 1;
    this.#attempts = { position, failed };
    return failed >= MAX_ATTEMPTS;
  }

  /** A new program, or corrected data, may be able to do what was parked. */
  async #retryParked(): Promise<void> {
    const { context, followUps, onError } = this.#options;
    for (const event of await context.store.readEvents(await this.#parked.list())) {
      try {
        await runFollowUps(followUps, [recordedFrom(event)], context);
        await this.#parked.release(event.position);
      } catch (error) {
        const failure = asError(error);
        if (isOutage(failure)) throw failure;
        onError(failure);
      }
    }
  }

  #notify(): void {
    for (const resolve of this.#progress) resolve();
    this.#progress.clear();
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

/** Forward only: of two processes that run the same reactor, the one ahead is believed. */
export async function saveReactorPosition(pool: pg.Pool, name: string, position: number): Promise<void> {
  await pool.query(
    `insert into ops.reactor_checkpoints (reactor, position) values ($1, $2)
     on conflict (reactor) do update set position = greatest(reactor_checkpoints.position, excluded.position),
       updated_at = clock_timestamp()`,
    [name, position],
  );
}
