import type pg from 'pg';
import { UnknownEventError, whyUnknown } from '../../eventstore/codec.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { resultsOf, transaction } from '../../platform/postgres.ts';
import type { Projection } from '../projection.ts';
import { LostOwnershipError } from './errors.ts';
import type { Ownership } from './ownership.ts';
import { type ParkedEvent, recordParked } from './parked-events.ts';
import { quoted } from './rows.ts';

/** What one transaction does to a read model. */
export interface Batch {
  /** Events to apply, in log order. */
  readonly events: readonly StoredEvent[];
  readonly park: readonly ParkedEvent[];
  /** Where the checkpoint stands afterwards. */
  readonly through: number;
}

/** Where batches of a projection go: the live read model or a shadow beside it. */
export interface BatchWriter {
  readonly projection: Projection;
  /** All of it or, on any error, nothing. */
  write(batch: Batch): Promise<void>;
  /** The same and back: writes nothing, but fails where `write` would. */
  rehearse(batch: Batch): Promise<void>;
}

/** A server that sees its client stopped in mid-transaction gives up its locks after this time. */
const IDLE_LIMIT_MS = 10_000;
const ASYNCHRONOUS = 'set local synchronous_commit = off';

/**
 * Writes a read model, live or shadow. The checkpoint moves first, by compare-and-set on position and fence, in the
 * same transaction: a second owner or a zombie fails there and its writes never become visible. Commits do not
 * wait for the disk: what a crash takes away, rows and checkpoint together, is read from the log again.
 */
export class CheckpointedWriter implements BatchWriter {
  readonly projection: Projection;
  readonly #pool: pg.Pool;
  readonly #name: string;
  readonly #fence: number;
  readonly #schema: string;
  readonly #uses: ReadonlySet<string> | undefined;
  #position: number;

  /** @param schema where its tables are; `read` for the live ones */
  constructor(pool: pg.Pool, projection: Projection, ownership: Ownership, schema = 'read') {
    this.projection = projection;
    this.#pool = pool;
    this.#name = ownership.projection;
    this.#fence = ownership.fence;
    this.#schema = schema;
    this.#uses = projection.uses === undefined ? undefined : new Set(projection.uses);
    this.#position = ownership.position;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws LostOwnershipError, and nothing is written, if another owner has the fence */
  async write(batch: Batch): Promise<void> {
    if (this.#concerns(batch)) {
      await transaction(
        this.#pool,
        (client, opened) => this.#apply(batch, client, opened),
        this.#opening(batch),
      );
    } else {
      // Several statements without `begin` are one transaction: it is over with the answer, and so with any error.
      this.#requireMoved(resultsOf(await this.#pool.query(`${ASYNCHRONOUS}; ${this.#move(batch)}`)));
    }
    this.#position = batch.through;
  }

  rehearse(batch: Batch): Promise<void> {
    const work = (client: pg.PoolClient, opened: readonly pg.QueryResult[]) =>
      this.#apply(batch, client, opened);
    return rolledBack(this.#pool, work, this.#opening(batch));
  }

  #concerns({ events, park }: Batch): boolean {
    const uses = this.#uses;
    return uses === undefined || park.length > 0 || events.some(({ type }) => uses.has(type));
  }

  /** All that comes before the first row, in one round trip: small batches consist of little else. */
  #opening(batch: Batch): string {
    return `begin; ${ASYNCHRONOUS};
      set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS};
      set local search_path = ${quoted(this.#schema)}, pg_temp;
      ${this.#move(batch)}`;
  }

  #move({ through }: Batch): string {
    const name = this.#name.replaceAll("'", "''");
    return `update ops.checkpoints set position = ${through}, updated_at = clock_timestamp()
      where projection = '${name}' and position = ${this.#position} and fence = ${this.#fence}`;
  }

  #requireMoved(results: readonly pg.QueryResult[]): void {
    if (results.at(-1)?.rowCount === 1) return;
    throw new LostOwnershipError(
      `${this.#name} is no longer at position ${this.#position} under fence ${this.#fence}`,
    );
  }

  async #apply(batch: Batch, client: pg.PoolClient, opened: readonly pg.QueryResult[]): Promise<void> {
    this.#requireMoved(opened);
    if (batch.events.length > 0) await this.projection.apply(batch.events, client);
    await recordParked(client, this.#name, batch.park);
  }
}

class RollBack extends Error {}

async function rolledBack(
  pool: pg.Pool,
  work: (client: pg.PoolClient, opened: readonly pg.QueryResult[]) => Promise<void>,
  begin: string,
): Promise<void> {
  const end = new RollBack();
  try {
    await transaction(
      pool,
      async (client, opened) => {
        await work(client, opened);
        throw end;
      },
      begin,
    );
  } catch (error) {
    if (error !== end) throw error;
  }
}

/** Throws UnknownEventError on the first event that this program cannot read. */
export function checkKnown(projection: Projection, events: readonly StoredEvent[]): void {
  for (const event of events) {
    const reason = whyUnknown(event);
    if (reason === undefined) continue;
    throw new UnknownEventError(`${projection.name} stops at position ${event.position}: ${reason}`);
  }
}
