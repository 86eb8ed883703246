import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from '../../platform/errors.ts';
import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../errors.ts';
import type { Append, AppendResult } from '../port.ts';
import type { AppendJson } from '../size.ts';
import { appended, type Verdict, verdictOf } from './append-outcome.ts';
import { type AppendTask, findOwn } from './append-task.ts';
import type { BatchAppendSession } from './batch-append.ts';
import type { Connection } from './connection.ts';
import { InterruptedError, isTransient } from './failures.ts';
import { StreamLane } from './stream-lane.ts';
import { UnresolvedAppends } from './unresolved-appends.ts';

export interface AppendQueueOptions {
  /** Events that may wait before the log; beyond it callers get StoreBusyError. */
  readonly maxQueuedEvents: number;
  /** How long an append that may have reached the server is pursued before its outcome counts as unknown. */
  readonly resolveWithinMs: number;
  /** How long an append that has not reached the server waits for a connection. */
  readonly connectWithinMs: number;
  readonly onError: (error: Error) => void;
}

const MAX_IN_FLIGHT = 1_024;
const MAX_IN_FLIGHT_BYTES = 8 * 1_048_576;
const RETRY_PAUSE_MS = 20;

/**
 * Many appends in flight, each stream in order: any number of `any` appends at once, explicit ones one after
 * the other. When the connection breaks, each append in flight is looked for where it would stand, and sent
 * again with the same ids if it is not there.
 */
export class AppendQueue {
  readonly #connection: Connection;
  readonly #options: AppendQueueOptions;
  readonly #lanes = new Map<string, StreamLane>();
  readonly #stalled = new Set<StreamLane>();
  readonly #unresolved = new UnresolvedAppends();
  #queuedEvents = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  #closed = false;
  #whenDrained: (() => void) | undefined;

  constructor(connection: Connection, options: AppendQueueOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Events that wait or are in flight at this moment. */
  get queuedEvents(): number {
    return this.#queuedEvents;
  }

  /** @throws StoreBusyError when so many more events would be too many */
  ensureRoom(events: number): void {
    const { maxQueuedEvents } = this.#options;
    if (this.#queuedEvents + events <= maxQueuedEvents) return;
    throw new StoreBusyError(`more than ${maxQueuedEvents} events wait before the log`);
  }

  /** The caller has made sure that there is room. */
  submit(append: Append, json: AppendJson): Promise<AppendResult> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError('the log is closing'));
    this.#queuedEvents += append.events.length;
    const floor = this.#unresolved.floorOf(append);
    const retried = floor !== undefined;
    const sentAt = retried ? Date.now() : undefined;
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(append.stream);
      lane.add({ append, json, submittedAt: Date.now(), sentAt, floor, retried, resolve, reject });
      this.#pump(lane);
    });
  }

  /** Waits for everything that was submitted. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queuedEvents === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenDrained = resolve;
    });
  }

  #laneOf(stream: string): StreamLane {
    const known = this.#lanes.get(stream);
    if (known !== undefined) return known;
    const lane = new StreamLane(stream);
    this.#lanes.set(stream, lane);
    return lane;
  }

  #pump(lane: StreamLane): void {
    while (lane.mayStart) {
      if (!this.#hasRoom()) {
        this.#stalled.add(lane);
        return;
      }
      const task = lane.start();
      this.#inFlight += 1;
      this.#inFlightBytes += task.json.bytes;
      void this.#run(lane, task);
    }
    if (lane.isIdle) this.#lanes.delete(lane.stream);
  }

  #hasRoom(): boolean {
    return (
      this.#inFlight === 0 || (this.#inFlight < MAX_IN_FLIGHT && this.#inFlightBytes < MAX_IN_FLIGHT_BYTES)
    );
  }

  async #run(lane: StreamLane, task: AppendTask): Promise<void> {
    try {
      task.resolve(await this.#deliver(lane, task));
    } catch (error) {
      task.reject(asError(error));
    }
    this.#queuedEvents -= task.append.events.length;
    this.#inFlight -= 1;
    this.#inFlightBytes -= task.json.bytes;
    lane.finish();
    this.#pump(lane);
    for (const stalled of this.#stalled) {
      if (!this.#hasRoom()) break;
      this.#stalled.delete(stalled);
      this.#pump(stalled);
    }
    if (this.#queuedEvents === 0) this.#whenDrained?.();
  }

  async #deliver(lane: StreamLane, task: AppendTask): Promise<AppendResult> {
    const session = this.#connection.open;
    if (session !== undefined && task.sentAt === undefined) {
      try {
        return await this.#send(session, task);
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        this.#options.onError(error);
      }
    }
    if (this.#connection.isDown) this.#expire(task, undefined);
    return lane.inTurn(() => this.#persist(task));
  }

  /** Connects, resolves what may have been written, sends again; until the append's time is up. */
  async #persist(task: AppendTask): Promise<AppendResult> {
    for (;;) {
      try {
        const session = await this.#connection.session();
        const own = task.sentAt === undefined ? undefined : await this.#find(task);
        return own ?? (await this.#send(session, task));
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw this.#verdictOnFailure(task, error);
        this.#expire(task, error);
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async #send(session: BatchAppendSession, task: AppendTask): Promise<AppendResult> {
    const sentBefore = task.sentAt;
    if (session.isOpen) {
      task.sentAt ??= Date.now();
      task.floor ??= this.#connection.highest;
    }
    try {
      const verdict = verdictOf(await session.append(task.append, task.json));
      return await this.#resultOf(verdict, task);
    } catch (error) {
      const refused =
        error instanceof InterruptedError ? error.refused : error instanceof StoreUnavailableError;
      if (refused) task.sentAt = sentBefore;
      throw error;
    }
  }

  async #resultOf(verdict: Verdict, task: AppendTask): Promise<AppendResult> {
    const { expected, events } = task.append;
    if (verdict.kind === 'too-large') return { outcome: 'too-large', bytes: task.json.bytes };
    if (verdict.kind === 'wrong-revision') {
      const end = (typeof expected === 'number' ? expected : -1) + events.length;
      const own = verdict.actual >= end ? await this.#find(task) : undefined;
      return own ?? { outcome: 'wrong-revision', actual: verdict.actual };
    }
    const position = verdict.position ?? (await this.#positionOf(task.append.stream, verdict.revision));
    const replayed = position <= (task.floor ?? -1);
    this.#connection.observe(position);
    return appended(verdict.revision, position, replayed);
  }

  async #find(task: AppendTask): Promise<AppendResult | undefined> {
    return readAgainLater(() => findOwn(task, this.#connection.reader));
  }

  /** The server leaves it out when it answers a repetition before its index has caught up. */
  async #positionOf(stream: string, revision: number): Promise<number> {
    const [event] = await readAgainLater(() => this.#connection.reader.events([{ stream, revision }]));
    if (event === undefined) throw new InterruptedError(`${stream}@${revision} cannot be read yet`);
    return event.position;
  }

  /** Throws when the append's time is up. */
  #expire(task: AppendTask, cause: unknown): void {
    const { resolveWithinMs, connectWithinMs } = this.#options;
    const { server } = this.#connection;
    if (task.sentAt === undefined) {
      if (Date.now() - task.submittedAt < connectWithinMs) return;
      throw new StoreUnavailableError(`EventStoreDB at ${server} cannot be reached`, { cause });
    }
    if (Date.now() - task.sentAt < resolveWithinMs) return;
    throw this.#outcomeUnknown(task, cause);
  }

  /** A store that has become unusable has not undone what it may have taken before. */
  #verdictOnFailure(task: AppendTask, error: unknown): unknown {
    const uncertain = error instanceof StoreUnavailableError && task.sentAt !== undefined;
    return uncertain ? this.#outcomeUnknown(task, error) : error;
  }

  #outcomeUnknown(task: AppendTask, cause: unknown): OutcomeUnknownError {
    this.#unresolved.remember(task);
    const { server } = this.#connection;
    const message = `the connection to EventStoreDB at ${server} broke and did not come back in time`;
    return new OutcomeUnknownError(message, { cause });
  }
}

async function readAgainLater<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new InterruptedError(asError(error).message, { cause: error });
  }
}
