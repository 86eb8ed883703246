import type pg from 'pg';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { APP_ROLE, transaction } from '../../platform/postgres.ts';
import type { Projection } from '../projection.ts';
import { CheckpointedWriter, checkKnown } from './batch.ts';
import { writeParking } from './parking.ts';
import { type ReadLogOptions, readLog, retrying } from './read-log.ts';
import { quoted } from './rows.ts';

const FENCE = 1;
const BATCH_SIZE = 20_000;

export type FillOptions = Pick<ReadLogOptions, 'signal' | 'onRetry'> & {
  onBatch?(events: number, position: number): void;
};

/** A second copy of a projection's tables, in a schema of its own, filled from the log. */
export class Shadow {
  readonly schema: string;
  readonly projection: Projection;
  readonly #pool: pg.Pool;
  readonly #store: EventStore;
  readonly #parked = new Set<string>();
  #position = 0;

  /** @param pool works as the owner of the tables */
  constructor(pool: pg.Pool, store: EventStore, projection: Projection, schema: string) {
    this.schema = schema;
    this.projection = projection;
    this.#pool = pool;
    this.#store = store;
  }

  /** Log position that its rows contain. */
  get position(): number {
    return this.#position;
  }

  /** Makes empty tables; what an interrupted attempt has left is dropped first. */
  async create(): Promise<void> {
    await this.drop();
    await transaction(this.#pool, async (client) => {
      const schema = quoted(this.schema);
      await client.query(`create schema ${schema}`);
      for (const table of this.projection.tables) {
        const options = await storageOptions(client, table);
        await client.query(
          `create table ${schema}.${quoted(table)} (like read.${quoted(table)} including all) ${options}`,
        );
      }
      await client.query(
        `grant select, insert, update, delete on all tables in schema ${schema} to ${APP_ROLE}`,
      );
      await client.query(
        'insert into ops.checkpoints (projection, version, position, fence) values ($1, $2, 0, $3)',
        [this.schema, this.projection.version, FENCE],
      );
    });
    this.#position = 0;
    this.#parked.clear();
  }

  /** New tables have no statistics until someone gathers them. */
  async analyze(): Promise<void> {
    for (const table of this.projection.tables) {
      await this.#pool.query(`analyze ${quoted(this.schema)}.${quoted(table)}`);
    }
  }

  async drop(): Promise<void> {
    await transaction(this.#pool, async (client) => {
      await client.query(`drop schema if exists ${quoted(this.schema)} cascade`);
      await client.query('delete from ops.checkpoints where projection = $1', [this.schema]);
      await client.query('delete from ops.parked_events where projection = $1', [this.schema]);
    });
  }

  /** Applies the log up to and with a position. Throws where the live projection would stop. */
  async fill(through: number, options: FillOptions = {}): Promise<void> {
    const { signal, onRetry, onBatch } = options;
    const log = readLog(this.#store, {
      after: this.#position,
      through,
      batchSize: BATCH_SIZE,
      signal,
      onRetry,
    });
    for await (const events of log) {
      checkKnown(this.projection, events);
      await retrying(() => this.#write(events), { signal, onRetry });
      onBatch?.(events.length, this.#position);
    }
  }

  async #write(events: readonly StoredEvent[]): Promise<void> {
    // A lost connection may have committed: the checkpoint knows.
    const position = await this.#storedPosition();
    const rest = events.filter((event) => event.position > position);
    const last = rest[rest.length - 1];
    this.#position = last?.position ?? position;
    if (last === undefined) return;
    const ownership = { projection: this.schema, fence: FENCE, position };
    const writer = new CheckpointedWriter(this.#pool, this.projection, ownership, this.schema);
    if (this.projection.onPoison === 'park') await writeParking(writer, rest, this.#parked);
    else await writer.write({ events: rest, park: [], through: last.position });
  }

  async #storedPosition(): Promise<number> {
    const { rows } = await this.#pool.query<{ position: string }>(
      'select position from ops.checkpoints where projection = $1',
      [this.schema],
    );
    if (rows[0] === undefined) throw new Error(`${this.schema} was dropped by someone else`);
    return Number(rows[0].position);
  }
}

/** `like … including all` leaves out what stands in `with (…)`. */
async function storageOptions(client: pg.ClientBase, table: string): Promise<string> {
  const { rows } = await client.query<{ options: string[] | null }>(
    'select reloptions as options from pg_class where oid = $1::regclass',
    [`read.${quoted(table)}`],
  );
  const options = rows[0]?.options ?? [];
  return options.length === 0 ? '' : `with (${options.join(', ')})`;
}
