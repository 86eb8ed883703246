import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { asError } from '../../platform/errors.ts';
import { createClient, isConnectionError } from '../../platform/postgres.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../errors.ts';
import type { AppendResult } from '../port.ts';
import { batchParameters, batchResults, type PendingAppend, type ResultRow } from './batch.ts';

export interface LaneOptions {
  readonly url: string;
  /** How long a broken connection is retried before callers learn that the outcome is unknown. */
  readonly resolveWithinMs: number;
  /** A server that does not answer for so long is taken for lost: the connection may be half open. */
  readonly answerWithinMs: number;
  readonly onError: (error: Error) => void;
}

const RETRY_DELAY_MS = 50;
const APPEND = {
  name: 'append',
  text: 'select status, revision, position, taken_id, taken_stream, taken_revision from log.append($1,$2,$3,$4,$5,$6,$7,$8,$9)',
};

/** One connection that commits batches, and sends a batch again when the connection breaks. */
export class AppendLane {
  readonly #options: LaneOptions;
  #client: pg.Client | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /**
   * Settles every append of the batch: with its result, or with StoreUnavailableError, OutcomeUnknownError, or
   * RangeError for what the server cannot hold. Such an append fails alone: its neighbours go without it.
   * @returns false if the log could not be reached
   */
  async commit(batch: readonly PendingAppend[]): Promise<boolean> {
    try {
      const results = await this.#send(batch);
      batch.forEach((pending, index) => {
        pending.resolve(results[index] as AppendResult);
      });
      return true;
    } catch (error) {
      const isRefused = error instanceof RangeError;
      if (isRefused && batch.length > 1) {
        const middle = batch.length >>> 1;
        const first = await this.commit(batch.slice(0, middle));
        return (await this.commit(batch.slice(middle))) && first;
      }
      for (const pending of batch) pending.reject(asError(error));
      return isRefused;
    }
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }

  async #send(batch: readonly PendingAppend[]): Promise<readonly AppendResult[]> {
    const deadline = Date.now() + this.#options.resolveWithinMs;
    const values = batchParameters(batch);
    let sent = false;
    for (;;) {
      const resent = sent;
      let answered = false;
      try {
        const client = await this.#connected();
        sent = true;
        const rows = await this.#ask(client, values);
        answered = true;
        return batchResults(batch, rows, resent ? await ownAmongReplayed(client, batch, rows) : NONE);
      } catch (error) {
        if (isRefusedContent(error))
          throw new RangeError('the log cannot hold this append', { cause: error });
        this.#options.onError(asError(error));
        this.#drop();
        // A refusal of this attempt says nothing of the one before it.
        if (!isConnectionError(error)) throw unresolved(resent || answered, error);
        if (Date.now() > deadline) throw unresolved(sent, error);
        await sleep(RETRY_DELAY_MS);
      }
    }
  }

  async #ask(client: pg.Client, values: unknown[]): Promise<readonly ResultRow[]> {
    const timer = setTimeout(() => this.#drop(), this.#options.answerWithinMs);
    try {
      return (await client.query<ResultRow>({ ...APPEND, values })).rows;
    } finally {
      clearTimeout(timer);
    }
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client === undefined) {
      const client = createClient({ url: this.#options.url, name: 'append', onError: this.#options.onError });
      await client.connect();
      client.once('end', () => {
        if (this.#client === client) this.#client = undefined;
      });
      this.#client = client;
    }
    return this.#client;
  }

  #drop(): void {
    this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }
}

const NONE: ReadonlySet<PendingAppend> = new Set();

/**
 * Of the appends of a batch sent again that stood in the log already: those whose events stand there exactly
 * as they were sent now. The lost attempt wrote them; any other had been appended before.
 */
async function ownAmongReplayed(
  client: pg.Client,
  batch: readonly PendingAppend[],
  rows: readonly ResultRow[],
): Promise<ReadonlySet<PendingAppend>> {
  const replayed = batch.filter((_, index) => rows[index]?.status === 1);
  if (replayed.length === 0) return NONE;
  const stored = await client.query<{ event_id: string; data: string; metadata: string }>(
    'select event_id, data::text, metadata::text from log.events where event_id = any($1::uuid[])',
    [replayed.flatMap(({ append }) => append.events.map((event) => event.id))],
  );
  const byId = new Map(stored.rows.map((row) => [row.event_id, row]));
  const isOwn = ({ append, json }: PendingAppend) =>
    append.events.every(({ id }, index) => {
      const row = byId.get(id);
      return row?.data === json.data[index] && row?.metadata === json.metadata[index];
    });
  return new Set(replayed.filter(isOwn));
}

/** The server refuses a value (class 22) or its size or depth (54), or a constraint does (23). */
function isRefusedContent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(22|23|54)...$/.test(String(error.code));
}

function unresolved(maybeWritten: boolean, cause: unknown): Error {
  return maybeWritten
    ? new OutcomeUnknownError('the connection to the log broke and did not come back in time', { cause })
    : new StoreUnavailableError('the log cannot be reached or used', { cause });
}
