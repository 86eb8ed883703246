import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { createClient } from '../../platform/postgres.ts';

const RECONNECT_DELAY_MS = 500;

/**
 * A connection that holds an advisory lock for as long as this process lives. The server frees the lock at the
 * moment the process is gone, so others take over at once and not when a lease runs out.
 */
export class LivenessSession {
  /** Key of the lock, a signed 64-bit integer. */
  readonly key = randomBytes(8).readBigInt64BE().toString();
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
  }

  /** Resolves when the lock is held or the first attempt has failed; after that it reconnects by itself. */
  async open(): Promise<void> {
    if (this.#closed) return;
    const client = createClient({ url: this.#url, name: 'projector-session', onError: this.#onError });
    this.#client = client;
    client.once('end', () => this.#reopen());
    try {
      await client.connect();
      await client.query('select pg_advisory_lock($1)', [this.key]);
    } catch (error) {
      if (error instanceof Error) this.#onError(error);
      await client.end().catch(() => undefined);
      this.#reopen();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  #reopen(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => void this.open(), RECONNECT_DELAY_MS);
  }
}
