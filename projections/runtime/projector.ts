import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import {
  concatMap,
  exhaustMap,
  filter,
  firstValueFrom,
  interval,
  merge,
  type Observable,
  of,
  Subject,
  type Subscription,
} from 'rxjs';
import type { EventStore } from '../../eventstore/port.ts';
import { asError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { createPool } from '../../platform/postgres.ts';
import type { Projection } from '../projection.ts';
import { ProjectionStoppedError } from './errors.ts';
import { type Owner, type Ownership, renew } from './ownership.ts';
import { LivenessSession } from './session.ts';
import { failedGauge, type ProjectionStatus, readStatus, reportStatus } from './status.ts';
import { readPositions, waitForPosition } from './wait.ts';
import { Worker } from './worker.ts';

export interface ProjectorOptions {
  readonly store: EventStore;
  /** Database of the read models. */
  readonly url: string;
  readonly projections: readonly Projection[];
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Most events in one transaction: what is pending, up to this. */
  readonly batchSize?: number;
  /** How long a lease holds without renewal. */
  readonly leaseMs?: number;
  readonly standbyPollMs?: number;
}

const DEFAULT_BATCH_SIZE = 5_000;
const DEFAULT_LEASE_MS = 10_000;
const DEFAULT_STANDBY_POLL_MS = 500;
const RENEWALS_PER_LEASE = 3;
const OTHERS_POLL_MS = 20;

/**
 * Starts to bring read models up to date from their checkpoints and keeps them there. Several processes may run
 * one: each read model has one active owner, the others stand by.
 */
export function startProjector(options: ProjectorOptions): Projector {
  return new Projector(options);
}

export class Projector {
  readonly #options: ProjectorOptions;
  readonly #pool: pg.Pool;
  readonly #session: LivenessSession;
  readonly #progress = new Subject<void>();
  readonly #ready: Promise<void>;
  #workers: readonly Worker[] = [];
  #renewals: Subscription | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ProjectorOptions) {
    const onError = (error: Error) => options.log.warn({ err: error }, 'projector connection');
    this.#options = options;
    this.#pool = createPool({
      url: options.url,
      name: 'projector',
      max: options.projections.length + 2,
      onError,
    });
    this.#session = new LivenessSession(options.url, onError);
    this.#ready = this.#start();
  }

  /** Log position that each read model has reached, as far as this process knows. */
  positions(): ReadonlyMap<string, number> {
    return new Map(this.#workers.map((worker) => [worker.projection.name, worker.position]));
  }

  /** Emits after each batch and each change of state. */
  get progress(): Observable<void> {
    return this.#progress.asObservable();
  }

  /** Reads where each projection stands and puts it into the metrics. */
  async status(): Promise<ProjectionStatus[]> {
    const statuses = await readStatus(this.#options.store, this.#pool, this.#workers);
    if (this.#options.metrics !== undefined) reportStatus(this.#options.metrics, statuses);
    return statuses;
  }

  /**
   * Waits until the read models contain everything up to a log position, whoever writes them.
   * @returns false if that did not happen within `timeoutMs`
   */
  waitFor(projections: readonly string[], position: number, timeoutMs: number): Promise<boolean> {
    const positions = () => this.#currentPositions(projections, position);
    return waitForPosition(positions, projections, position, timeoutMs, this.#progress);
  }

  /**
   * Resolves when every projection has reached the position, however long that takes.
   * @throws ProjectionStoppedError if one of them has failed or this projector was stopped
   */
  async drained(position: number): Promise<void> {
    await this.#ready;
    const names = this.#workers.map((worker) => worker.projection.name);
    const check = async () => {
      const current = await this.#currentPositions(names, position);
      const behind = this.#workers.filter(({ projection }) => (current.get(projection.name) ?? 0) < position);
      const dead = behind.find(({ state }) => state === 'failed' || state === 'stopped');
      if (dead !== undefined) {
        throw new ProjectionStoppedError(
          `${dead.projection.name} is ${dead.state} at position ${dead.position}: ${dead.error?.message ?? 'it was stopped'}`,
        );
      }
      return behind.length === 0;
    };
    const wakeUps = merge(of(undefined), this.#progress, interval(OTHERS_POLL_MS));
    await firstValueFrom(
      wakeUps.pipe(
        exhaustMap(check),
        filter((done) => done),
      ),
    );
  }

  /** Ends at a checkpoint: after the batch in hand. Gives the leases back. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    await this.#session.open();
    const leaseMs = this.#options.leaseMs ?? DEFAULT_LEASE_MS;
    const owner = { id: `${hostname()}:${process.pid}:${randomUUID()}`, session: this.#session.key, leaseMs };
    if (this.#stopped !== undefined) return;
    this.#workers = this.#options.projections.map((projection) => this.#startWorker(projection, owner));
    this.#renewals = interval(leaseMs / RENEWALS_PER_LEASE)
      .pipe(concatMap(() => this.#renew(owner)))
      .subscribe();
  }

  #startWorker(projection: Projection, owner: Owner): Worker {
    const { store, log, metrics, batchSize, standbyPollMs } = this.#options;
    const failed = metrics === undefined ? undefined : failedGauge(metrics);
    const worker: Worker = new Worker({
      projection,
      store,
      pool: this.#pool,
      owner,
      log,
      batchSize: batchSize ?? DEFAULT_BATCH_SIZE,
      standbyPollMs: standbyPollMs ?? DEFAULT_STANDBY_POLL_MS,
      onProgress: (applied, state) => {
        if (applied > 0) metrics?.projectionEvents.inc({ projection: projection.name }, applied);
        failed?.set({ projection: projection.name }, state === 'failed' ? 1 : 0);
        this.#progress.next();
      },
    });
    return worker;
  }

  async #renew(owner: Owner): Promise<void> {
    const owned = this.#workers.flatMap(({ ownership }) => (ownership === undefined ? [] : [ownership]));
    if (owned.length === 0) return;
    try {
      const kept = await renew(this.#pool, owner, owned);
      for (const ownership of owned) if (!kept.has(ownership.projection)) this.#lost(ownership);
    } catch (error) {
      this.#options.log.warn({ err: asError(error) }, 'leases not renewed; the fence keeps others safe');
    }
  }

  #lost(ownership: Ownership): void {
    for (const worker of this.#workers) {
      if (worker.projection.name === ownership.projection) worker.lost(ownership);
    }
  }

  /** Local knowledge where it answers the question, the checkpoints otherwise. */
  async #currentPositions(names: readonly string[], position: number): Promise<ReadonlyMap<string, number>> {
    const local = this.positions();
    if (names.every((name) => (local.get(name) ?? 0) >= position)) return local;
    const elsewhere = names.some(
      (name) => this.#workers.find((worker) => worker.projection.name === name)?.state !== 'running',
    );
    if (!elsewhere) return local;
    return readPositions(this.#pool, names).catch(() => local);
  }

  async #stop(): Promise<void> {
    await this.#ready;
    this.#renewals?.unsubscribe();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.#session.close();
    await this.#pool.end();
    this.#progress.complete();
  }
}
