import type pg from 'pg';
import { UnknownEventError, whyUnknown } from '../../eventstore/codec.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { transaction } from '../../platform/postgres.ts';
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

const MOVE_CHECKPOINT = `
  update ops.checkpoints set position = $4, updated_at = clock_timestamp()
  where projection = $1 and position = $2 and fence = $3`;

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
  /** Opens a transaction with its settings in one round trip: small batches consist of little else. */
  readonly #begin: string;
  #position: number;

  /** @param schema where its tables are; `read` for the live ones */
  constructor(pool: pg.Pool, projection: Projection, ownership: Ownership, schema = 'read') {
    this.projection = projection;
    this.#pool = pool;
    this.#name = ownership.projection;
    this.#fence = ownership.fence;
    this.#begin = `begin;
      set local synchronous_commit = off;
      set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS};
      set local search_path = ${quoted(schema)}, pg_temp`;
    this.#position = ownership.position;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws LostOwnershipError, and nothing is written, if another owner has the fence */
  async write(batch: Batch): Promise<void> {
    await transaction(this.#pool, (client) => this.#apply(batch, client), this.#begin);
    this.#position = batch.through;
  }

  rehearse(batch: Batch): Promise<void> {
    return rolledBack(this.#pool, (client) => this.#apply(batch, client), this.#begin);
  }

  async #apply(batch: Batch, client: pg.PoolClient): Promise<void> {
    const moved = await client.query(MOVE_CHECKPOINT, [
      this.#name,
      this.#position,
      this.#fence,
      batch.through,
    ]);
    if (moved.rowCount !== 1) {
      throw new LostOwnershipError(
        `${this.#name} is no longer at position ${this.#position} under fence ${this.#fence}`,
      );
    }
    if (batch.events.length > 0) await this.projection.apply(batch.events, client);
    await recordParked(client, this.#name, batch.park);
  }
}

class RollBack extends Error {}

async function rolledBack(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<void>,
  begin: string,
): Promise<void> {
  const end = new RollBack();
  try {
    await transaction(
      pool,
      async (client) => {
        await work(client);
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
