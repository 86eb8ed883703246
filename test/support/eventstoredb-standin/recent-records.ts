import type { LogRecord } from './record.ts';

const CACHE_BYTES = 8 * 1_048_576;

/** The cache of recently written events, bounded in bytes; empty after a restart. */
export class RecentRecords extends Map<string, LogRecord> {
  #bytes = 0;

  override set(id: string, record: LogRecord): this {
    super.set(id, record);
    this.#bytes += sizeOf(record);
    for (const [oldest, old] of this) {
      if (this.#bytes <= CACHE_BYTES) break;
      this.delete(oldest);
      this.#bytes -= sizeOf(old);
    }
    return this;
  }
}

function sizeOf(record: LogRecord): number {
  return record.data.length + record.metadata.length;
}
