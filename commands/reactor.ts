import type pg from 'pg';
import { UnknownEventError, whyUnknown } from '../eventstore/codec.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import { asError } from '../platform/errors.ts';
import type { CommandContext } from './context.ts';
import { type FollowUps, runFollowUps } from './follow-ups.ts';
import { LogFollower, type Progress } from './log-follower.ts';
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
  readonly #follower: LogFollower;
  readonly #parked: ParkedFollowUps;
  #attempts = { position: -1, failed: 0 };

  constructor(options: ReactorOptions) {
    const { name, context, pool, onError } = options;
    this.#options = options;
    this.#parked = new ParkedFollowUps(pool, name);
    this.#follower = new LogFollower({
      name,
      store: context.store,
      pool,
      batchSize: BATCH_SIZE,
      prepare: () => this.#retryParked(),
      handle: (events, progress) => this.#handleAll(events, progress),
      onError,
    });
  }

  /** How many events are set aside because their follow-ups cannot be done. */
  parked(): Promise<number> {
    return this.#parked.count();
  }

  start(): void {
    this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Log position up to which everything has followed; -1 before it is known. */
  get position(): number {
    return this.#follower.position;
  }

  /** Why it does not get on; undefined while it does. */
  get failure(): Error | undefined {
    return this.#follower.failure;
  }

  /** Resolves once everything up to a log position has followed, or the reactor is stopped. */
  drained(position: number): Promise<void> {
    return this.#follower.drained(position);
  }

  async #handleAll(events: readonly StoredEvent[], { signal, reached }: Progress): Promise<void> {
    for (const event of events) {
      if (signal.aborted) return;
      await this.#handle(event);
      reached(event.position);
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
}
