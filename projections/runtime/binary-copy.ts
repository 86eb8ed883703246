import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';
import { quoted } from './rows.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const POSTGRES_EPOCH_MS = 946_684_800_000;
const POSTGRES_EPOCH_DAYS = 10_957;
const LONGEST_FIXED_FIELD = 20;
const FIRST_CAPACITY = 65_536;
const SHORT_TEXT = 48;
const LAST_ASCII = 0x7f;
const TWO_POW_32 = 2 ** 32;

/**
 * Rows in PostgreSQL's binary COPY format: the fastest way into a table. Call `row` and then one method for each
 * column, in the order of the columns. https://www.postgresql.org/docs/current/sql-copy.html
 */
export class BinaryRows {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  constructor() {
    this.#length += SIGNATURE.copy(this.#buffer);
    // No flags, no header extension.
    this.#length = this.#buffer.writeBigInt64BE(0n, this.#length);
  }

  row(columns: number): void {
    this.#reserve(LONGEST_FIXED_FIELD);
    this.#length = this.#buffer.writeInt16BE(columns, this.#length);
  }

  text(value: string): void {
    const { length } = value;
    this.#reserve(4 + length * 3);
    const start = this.#length + 4;
    const ascii = length <= SHORT_TEXT ? this.#ascii(value, start) : 0;
    const written = ascii === length ? length : this.#buffer.write(value, start, 'utf8');
    this.#length = this.#buffer.writeInt32BE(written, this.#length) + written;
  }

  textOrNull(value: string | null): void {
    if (value !== null) {
      this.text(value);
      return;
    }
    this.#reserve(LONGEST_FIXED_FIELD);
    this.#length = this.#buffer.writeInt32BE(-1, this.#length);
  }

  bool(value: boolean): void {
    this.#field(1);
    this.#length = this.#buffer.writeUInt8(value ? 1 : 0, this.#length);
  }

  int2(value: number): void {
    this.#field(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
  }

  int4(value: number): void {
    this.#field(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  int8(value: bigint | number): void {
    this.#field(8);
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      const high = Math.floor(number / TWO_POW_32);
      this.#length = this.#buffer.writeInt32BE(high, this.#length);
      this.#length = this.#buffer.writeUInt32BE(number - high * TWO_POW_32, this.#length);
    } else {
      this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length);
    }
  }

  uuid(value: string): void {
    this.#field(16);
    const written = this.#buffer.write(value.replaceAll('-', ''), this.#length, 'hex');
    if (written !== 16) throw new RangeError(`not a UUID: ${value.slice(0, 40)}`);
    this.#length += written;
  }

  /** @param epochMs milliseconds since 1970 */
  timestamptz(epochMs: number): void {
    this.int8((epochMs - POSTGRES_EPOCH_MS) * 1000);
  }

  /** @param epochDays days since 1970 */
  date(epochDays: number): void {
    this.int4(epochDays - POSTGRES_EPOCH_DAYS);
  }

  /** The finished file. Nothing can be added after it. */
  finish(): Buffer {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(-1, this.#length);
    return this.#buffer.subarray(0, this.#length);
  }

  #field(bytes: number): void {
    this.#reserve(LONGEST_FIXED_FIELD);
    this.#length = this.#buffer.writeInt32BE(bytes, this.#length);
  }

  /** Characters written before the first that is not ASCII. For a short text cheaper than a call out of JavaScript. */
  #ascii(value: string, start: number): number {
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > LAST_ASCII) return index;
      this.#buffer[start + index] = code;
    }
    return value.length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Sends finished rows into a table. The columns are those of the rows, in their order. */
export async function copyRows(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: BinaryRows,
): Promise<void> {
  const names = columns.map(quoted).join(', ');
  const stream = client.query(from(`copy ${quoted(table)} (${names}) from stdin (format binary)`));
  stream.end(rows.finish());
  await finished(stream);
}
