import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';

/** Length of a window, in seconds. */
export const WINDOW_SECONDS = 60;

/** After this long without an answer of the database a process counts for itself. */
const PATIENCE_MS = 250;
const SWEEP_EVERY_MS = 300_000;

/** Points taken in the running window of a bucket. */
export interface Counted {
  /** By all processes, these points included. */
  readonly total: number;
  readonly msUntilReset: number;
}

/** Counts what all API processes take together. */
export interface SharedCounter {
  /** Never rejects. */
  add(bucket: string, points: number): Promise<Counted>;
}

/** The counter in ops.rate_limits; while the database does not answer, one in memory takes its place. */
export class PostgresCounter implements SharedCounter {
  readonly #store: RateLimiterPostgres;
  readonly #own = new RateLimiterMemory({ points: 0, duration: WINDOW_SECONDS, keyPrefix: '' });
  readonly #pool: Pool;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onError told when the database does not count */
  constructor(pool: Pool, onError: (error: unknown) => void) {
    this.#pool = pool;
    this.#onError = onError;
    this.#store = new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      schemaName: 'ops',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: '',
      points: 0,
      duration: WINDOW_SECONDS,
    });
    this.#timer = setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref();
  }

  async add(bucket: string, points: number): Promise<Counted> {
    try {
      return counted(await withinPatience(this.#store.penalty(bucket, points)));
    } catch (error) {
      this.#onError(error);
      return counted(await this.#own.penalty(bucket, points));
    }
  }

  /** Deletes windows that are over. */
  async sweep(): Promise<void> {
    await this.#pool
      .query('delete from ops.rate_limits where expire < $1', [Date.now()])
      .catch(this.#onError);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function counted({ consumedPoints, msBeforeNext }: RateLimiterRes): Counted {
  return { total: consumedPoints, msUntilReset: msBeforeNext };
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  // Whichever comes second is of no interest any more.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
