import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { LogRecord } from './record.ts';

const SQL_FILES = ['sql/schema.sql', 'sql/records.sql'];

interface Row {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly content_type: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
  readonly created_ms: string;
}

/** The durable copy of the log: one table in PostgreSQL. */
export class RecordTable {
  readonly #client: pg.Client;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url, application_name: 'eventstoredb-standin' });
  }

  /** Connects, creates the table if need be, and gives all records in order of position. */
  async open(onLost: (error: Error) => void): Promise<LogRecord[]> {
    this.#client.on('error', onLost);
    await this.#client.connect();
    for (const file of SQL_FILES) {
      await this.#client.query(await readFile(new URL(file, import.meta.url), 'utf8'));
    }
    const { rows } = await this.#client.query<Row>(
      'select * from eventstoredb_standin.records order by position',
    );
    return rows.map((row) => ({
      position: Number(row.position),
      stream: row.stream,
      revision: row.revision,
      id: row.event_id,
      type: row.type,
      contentType: row.content_type,
      data: row.data,
      metadata: row.metadata,
      createdMs: Number(row.created_ms),
    }));
  }

  /** Durable when it resolves: one statement for all of them. */
  async insert(records: readonly LogRecord[]): Promise<void> {
    await this.#client.query({
      name: 'insert-records',
      text: `insert into eventstoredb_standin.records
        select * from unnest($1::bigint[], $2::text[], $3::int[], $4::uuid[], $5::text[], $6::text[],
          $7::bytea[], $8::bytea[], $9::bigint[])`,
      values: [
        records.map((record) => record.position),
        records.map((record) => record.stream),
        records.map((record) => record.revision),
        records.map((record) => record.id),
        records.map((record) => record.type),
        records.map((record) => record.contentType),
        records.map((record) => record.data),
        records.map((record) => record.metadata),
        records.map((record) => record.createdMs),
      ],
    });
  }
}
