import { StoreBusyError, StoreUnavailableError } from '../errors.ts';
import type { Append, AppendResult } from '../port.ts';
import type { AppendJson } from '../size.ts';
import { AppendLane, type LaneOptions } from './append-lane.ts';
import { type PendingAppend, takeBatch } from './batch.ts';

export interface GroupCommitOptions extends LaneOptions {
  /** Events that may wait before the log; beyond it callers get StoreBusyError. */
  readonly maxQueuedEvents: number;
  readonly onCommitted: () => void;
}

const LANES = 2;

/**
 * Natural batching: everything that waits while the previous transaction is in flight goes to the server as
 * one statement. Two lanes alternate, so that one is parsed while the other commits. A batch whose connection
 * breaks is sent again: its events carry unique ids, so the second answer tells what became of the first.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue: PendingAppend[] = [];
  readonly #lanes: readonly AppendLane[];
  readonly #idle: AppendLane[];
  /** Streams with an append in flight: a second lane must not overtake them. */
  readonly #busyStreams = new Set<string>();
  readonly #whenDrained = Promise.withResolvers<void>();
  #queuedEvents = 0;
  #pumping = false;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: LANES }, () => new AppendLane(options));
    this.#idle = [...this.#lanes];
  }

  get queuedEvents(): number {
    return this.#queuedEvents;
  }

  /** All of them enter the queue, or none. */
  submit(appends: readonly { append: Append; json: AppendJson }[]): Promise<AppendResult>[] {
    const events = appends.reduce((sum, { append }) => sum + append.events.length, 0);
    if (this.#closed) throw new StoreUnavailableError('the log is closing');
    if (this.#queuedEvents + events > this.#options.maxQueuedEvents) {
      throw new StoreBusyError(`more than ${this.#options.maxQueuedEvents} events wait before the log`);
    }
    this.#queuedEvents += events;
    this.#pumpSoon();
    return appends.map(
      ({ append, json }) =>
        new Promise((resolve, reject) => {
          this.#queue.push({ append, json, resolve, reject });
        }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pumpSoon();
    await this.#whenDrained.promise;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  /** Appends of the same tick share a statement. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) return;
      void this.#run(this.#idle.pop() as AppendLane, batch);
    }
    if (this.#closed && this.#queue.length === 0 && this.#idle.length === LANES) this.#whenDrained.resolve();
  }

  #take(): PendingAppend[] {
    const isBusy = ({ append }: PendingAppend) => this.#busyStreams.has(append.stream);
    const held = this.#busyStreams.size === 0 ? [] : this.#queue.filter(isBusy);
    const free = held.length === 0 ? this.#queue : this.#queue.filter((pending) => !isBusy(pending));
    const batch = takeBatch(free);
    if (held.length > 0) this.#queue.splice(0, this.#queue.length, ...held, ...free);
    for (const { append } of batch) this.#busyStreams.add(append.stream);
    return batch;
  }

  async #run(lane: AppendLane, batch: readonly PendingAppend[]): Promise<void> {
    const isReached = await lane.commit(batch);
    this.#release(batch);
    this.#idle.push(lane);
    if (isReached) this.#options.onCommitted();
    else this.#refuseQueue();
    this.#pump();
  }

  /** Nobody waits behind an outage that others have waited out already. */
  #refuseQueue(): void {
    const waiting = this.#queue.splice(0);
    this.#release(waiting);
    for (const { reject } of waiting) reject(new StoreUnavailableError('the log cannot be reached or used'));
  }

  #release(appends: readonly PendingAppend[]): void {
    for (const { append } of appends) {
      this.#busyStreams.delete(append.stream);
      this.#queuedEvents -= append.events.length;
    }
  }
}
