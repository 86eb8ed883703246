import type pg from 'pg';
import { createClient } from './postgres.ts';

/** So that the server knows within half a minute of a machine that is gone without a word. */
const KEEPALIVE =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4; set idle_session_timeout = 0';

/**
 * A lock on a name, one holder in the whole database, on a connection of its own. The server frees it at the moment
 * the process is gone.
 */
export class SessionLock implements AsyncDisposable {
  readonly #name: string;
  readonly #client: pg.Client;
  readonly #lost = new AbortController();

  constructor(url: string, name: string, onError: (error: Error) => void) {
    this.#name = name;
    this.#client = createClient({ url, name: 'lock', onError });
    this.#client.once('end', () =>
      this.#lost.abort(new Error(`the connection that holds ${name} has ended`)),
    );
  }

  /** Aborts when the connection has ended, and with it the lock. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Connects; to be called once, before the first try. */
  async open(): Promise<void> {
    await this.#client.connect();
    await this.#client.query(KEEPALIVE);
  }

  /** True if the lock is held from now on; false while somebody else holds it. */
  async tryTake(): Promise<boolean> {
    const { rows } = await this.#client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [this.#name],
    );
    return rows[0]?.taken === true;
  }

  /**
   * Asks the server: after a break in the network it may have freed a lock without its holder having heard of it.
   * @throws Error if the connection has ended
   */
  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    await this.#client.query('select').catch((cause: unknown) => {
      throw new Error(`the connection that holds ${this.#name} has ended`, { cause });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

/** Of these names, the ones on which nobody holds a lock. */
export async function unlocked(pool: pg.Pool, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const { rows } = await pool.query<{ name: string }>(
    `select name from unnest($1::text[]) as t(name)
      where pg_try_advisory_xact_lock_shared(hashtextextended(name, 0))`,
    [names],
  );
  return new Set(rows.map(({ name }) => name));
}
