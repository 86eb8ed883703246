import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { asError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Projection } from '../projection.ts';
import { CheckpointedWriter, checkKnown } from './batch.ts';
import { isTransient, LostOwnershipError, ProjectionVersionError } from './errors.ts';
import { acquire, type Owner, type Ownership, release } from './ownership.ts';
import { parkedSequences } from './parked-events.ts';
import { writeParking } from './parking.ts';

/**
 * `standby`: another process writes this read model. `failed`: it stopped at an event and needs a person.
 * `stopped`: it was asked to end.
 */
export type WorkerState = 'starting' | 'running' | 'standby' | 'stopped' | 'failed';

export interface WorkerOptions {
  readonly projection: Projection;
  readonly store: EventStore;
  readonly pool: pg.Pool;
  readonly owner: Owner;
  readonly log: Logger;
  readonly batchSize: number;
  /** How often a standby looks whether the read model has lost its owner. */
  readonly standbyPollMs: number;
  /** Called after each batch, and when state or position changed otherwise. */
  onProgress(applied: number, state: WorkerState): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Brings one read model up to date and keeps it there, as long as it owns it. */
export class Worker {
  readonly projection: Projection;
  readonly #options: WorkerOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #state: WorkerState = 'starting';
  #error: Error | undefined;
  #position = 0;
  #ownership: Ownership | undefined;
  #run: AbortController | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(options: WorkerOptions) {
    this.projection = options.projection;
    this.#options = options;
    this.#done = this.#live();
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Why it failed, or what it is retrying after. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Of the last event that this worker knows to be in the read model. */
  get position(): number {
    return this.#position;
  }

  get ownership(): Ownership | undefined {
    return this.#ownership;
  }

  /** The lease went to someone else: writes nothing more until it has been acquired again. */
  lost(ownership: Ownership): void {
    if (this.#ownership?.fence === ownership.fence) this.#run?.abort();
  }

  /** Ends after the batch in hand, at a checkpoint. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#run?.abort();
    await this.#done;
  }

  async #live(): Promise<void> {
    while (!this.#stopping.signal.aborted && this.#state !== 'failed') {
      try {
        await this.#turn();
      } catch (error) {
        await this.#handle(asError(error));
      }
    }
    await this.#release();
    if (this.#state !== 'failed') this.#become('stopped');
  }

  async #turn(): Promise<void> {
    const { pool, owner, standbyPollMs } = this.#options;
    this.#ownership = await acquire(pool, this.projection, owner);
    if (this.#ownership === undefined) {
      this.#become('standby');
      await this.#pause(standbyPollMs);
      return;
    }
    this.#position = this.#ownership.position;
    this.#error = undefined;
    this.#become('running');
    this.#options.log.info(
      { projection: this.projection.name, position: this.#position, fence: this.#ownership.fence },
      'projection running',
    );
    await this.#project(this.#ownership);
  }

  async #project(ownership: Ownership): Promise<void> {
    const { store, pool, batchSize } = this.#options;
    const run = new AbortController();
    this.#run = run;
    if (this.#stopping.signal.aborted) return;
    const writer = new CheckpointedWriter(pool, this.projection, ownership);
    const parked = await parkedSequences(pool, this.projection.name);
    const messages = store
      .subscribe({ after: ownership.position, batchSize, signal: run.signal })
      [Symbol.asyncIterator]();
    let next = messages.next();
    try {
      for (;;) {
        const { value, done } = await next;
        if (done === true || run.signal.aborted) return;
        const isFull = value.kind === 'events' && value.events.length >= batchSize;
        // Behind, the next batch is read while this one is written. At the end of the log it is read after that:
        // what has arrived meanwhile is one batch then, and not the first of many small ones.
        if (isFull) {
          next = messages.next();
          next.catch(() => undefined);
        }
        if (value.kind === 'events') await this.#write(writer, value.events, parked);
        if (!isFull) next = messages.next();
      }
    } finally {
      run.abort();
      await next.catch(() => undefined);
      await messages.return?.();
    }
  }

  async #write(
    writer: CheckpointedWriter,
    events: readonly StoredEvent[],
    parked: Set<string>,
  ): Promise<void> {
    const last = events[events.length - 1];
    if (last === undefined) return;
    checkKnown(this.projection, events);
    if (this.projection.onPoison === 'park') {
      for (const { event, error } of await writeParking(writer, events, parked)) {
        this.#options.log.error(
          { projection: this.projection.name, position: event.position, type: event.type, reason: error },
          'event parked with all later ones of its sequence',
        );
      }
    } else {
      await writer.write({ events, park: [], through: last.position });
    }
    this.#position = writer.position;
    this.#retryMs = FIRST_RETRY_MS;
    this.#error = undefined;
    this.#options.onProgress(events.length, this.#state);
  }

  async #handle(error: Error): Promise<void> {
    const { log, standbyPollMs } = this.#options;
    const projection = this.projection.name;
    if (error instanceof LostOwnershipError) {
      log.warn({ projection, err: error }, 'projection lost its ownership; nothing was written');
      this.#ownership = undefined;
      this.#become('standby');
      return;
    }
    const repeated = this.#error?.message === error.message;
    this.#error = error;
    if (error instanceof ProjectionVersionError) {
      if (!repeated) log.error({ projection, err: error }, 'projection waits for a rebuild');
      this.#become('standby');
      await this.#pause(standbyPollMs);
      return;
    }
    if (isTransient(error)) {
      log.warn({ projection, err: error, retryMs: this.#retryMs }, 'projection tries again');
      this.#options.onProgress(0, this.#state);
      await this.#pause(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      return;
    }
    log.error({ projection, position: this.#position, err: error }, 'projection stopped: it needs attention');
    this.#become('failed');
  }

  async #release(): Promise<void> {
    if (this.#ownership === undefined) return;
    const { pool, owner, log } = this.#options;
    const status = this.#state === 'failed' ? 'failed' : 'stopped';
    await release(pool, owner, this.#ownership, status, this.#error).catch((error: unknown) =>
      log.warn(
        { projection: this.projection.name, err: asError(error) },
        'lease not given back: it runs out',
      ),
    );
    this.#ownership = undefined;
  }

  #become(state: WorkerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onProgress(0, this.#state);
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
