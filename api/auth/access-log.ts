import type { Pool } from 'pg';
import type { AccessEntry } from '../http/types.ts';

const FLUSH_AFTER_MS = 200;
const MAX_WAITING = 10_000;

interface Timed extends AccessEntry {
  readonly at: string;
}

const INSERT = `
  insert into ops.access_log (at, kind, principal_id, role, operation_id, customer_id, status, request_id)
  select * from json_to_recordset($1)
    as e (at timestamptz, kind text, "principalId" text, role text, "operationId" text, "customerId" text,
          status integer, "requestId" text)`;

/** Writes the access log in batches, beside the requests. `close` writes what is left. */
export class AccessLog {
  readonly #pool: Pool;
  readonly #onError: (error: unknown, lost: number) => void;
  #waiting: Timed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param onError told how many entries were lost: the log of access must not stop the service */
  constructor(pool: Pool, onError: (error: unknown, lost: number) => void) {
    this.#pool = pool;
    this.#onError = onError;
  }

  add(entry: AccessEntry): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#onError(new Error('the access log is not written fast enough'), 1);
      return;
    }
    this.#waiting.push({ ...entry, at: new Date().toISOString() });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS).unref();
  }

  /** Resolves when everything added so far is written, or reported lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#waiting;
    this.#waiting = [];
    if (entries.length > 0) this.#writing = this.#writing.then(() => this.#write(entries));
    return this.#writing;
  }

  close(): Promise<void> {
    return this.flush();
  }

  async #write(entries: readonly Timed[]): Promise<void> {
    try {
      await this.#pool.query(INSERT, [JSON.stringify(entries)]);
    } catch (error) {
      this.#onError(error, entries.length);
    }
  }
}
