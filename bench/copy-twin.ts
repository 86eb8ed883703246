import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { createClient } from '../platform/postgres.ts';
import type { BenchDatabase } from './database.ts';
import type { Tally } from './measure.ts';

/** Rows that one COPY takes: a condition on the table, and the order that the work wrote them in. */
export interface Chunk {
  readonly table: string;
  readonly where: string;
  readonly orderBy: string;
}

/**
 * Tables with the columns, indexes and constraints of others, into which the very rows that the work has written
 * are copied: COPY in binary format from memory, encoded before the clock starts. It does nothing else that
 * the work does: no numbering, no conflict checks, no sums.
 */
export class CopyTwin {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async create(database: BenchDatabase, tables: readonly string[]): Promise<CopyTwin> {
    const client = createClient({ url: database.url, name: 'twin', as: 'owner' });
    await client.connect();
    await client.query('create schema twin');
    for (const table of tables) {
      const { rows } = await client.query<{ options: string | null }>(
        "select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass",
        [table],
      );
      const options = rows[0]?.options ? `with (${rows[0].options})` : '';
      await client.query(`create table ${twinOf(table)} (like ${table} including all) ${options}`);
    }
    return new CopyTwin(client);
  }

  /**
   * Copies groups of chunks, one transaction for each group.
   * @param settings of each transaction, such as `set local synchronous_commit = off`
   */
  async replay(
    tally: Tally,
    units: number,
    groups: readonly (readonly Chunk[])[],
    settings = '',
  ): Promise<void> {
    const encoded: { readonly table: string; readonly rows: Buffer }[][] = [];
    for (const group of groups) {
      const files: { readonly table: string; readonly rows: Buffer }[] = [];
      for (const chunk of group) files.push({ table: chunk.table, rows: await this.#encode(chunk) });
      encoded.push(files);
    }
    await tally.time(units, async () => {
      for (const files of encoded) {
        await this.#client.query(`begin; ${settings}`);
        for (const { table, rows } of files) await this.#load(table, rows);
        await this.#client.query('commit');
      }
    });
  }

  /** Rows in which a table and its twin differ; 0 if the reference wrote what the work wrote. */
  async differences(table: string): Promise<number> {
    const { rows } = await this.#client.query<{ count: string }>(
      `select count(*) from (select t::text from ${table} t except all select t::text from ${twinOf(table)} t
         union all (select t::text from ${twinOf(table)} t except all select t::text from ${table} t)) d`,
    );
    return Number(rows[0]?.count);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #encode({ table, where, orderBy }: Chunk): Promise<Buffer> {
    const query = `copy (select * from ${table} where ${where} order by ${orderBy}) to stdout (format binary)`;
    const stream: Readable = this.#client.query(to(query));
    return Buffer.concat(await stream.toArray());
  }

  async #load(table: string, rows: Buffer): Promise<void> {
    const stream: Writable = this.#client.query(from(`copy ${twinOf(table)} from stdin (format binary)`));
    stream.end(rows);
    await finished(stream);
  }
}

/** Chunks of a table with a dense number, `size` rows each. */
export function chunksOf(
  table: string,
  column: string,
  range: { readonly after: number; readonly through: number },
  size: number,
): Chunk[][] {
  const chunks: Chunk[][] = [];
  for (let after = range.after; after < range.through; after += size) {
    const through = Math.min(after + size, range.through);
    const where = `${column} > ${after} and ${column} <= ${through}`;
    chunks.push([{ table, where, orderBy: column }]);
  }
  return chunks;
}

function twinOf(table: string): string {
  return `twin.${pg.escapeIdentifier(table.slice(table.indexOf('.') + 1))}`;
}
