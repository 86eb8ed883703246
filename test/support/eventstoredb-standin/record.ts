/** An event as the server keeps it. */
export interface LogRecord {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
  /** Real time, milliseconds since 1970. */
  readonly createdMs: number;
}

export type ProposedEvent = Pick<LogRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** Of two expectations a number is the exact last revision. */
export type Expectation = number | 'no-stream' | 'any' | 'stream-exists';

export interface WriteRequest {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: readonly ProposedEvent[];
}

export type WriteResult =
  | { readonly kind: 'success'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong-expected-version'; readonly current: number };

const FIRST_POSITION = 733;
const RECORD_OVERHEAD = 100;

/** Where the next record begins: positions grow by what a record takes on disk. */
export function positionAfter(record: LogRecord | undefined): number {
  if (record === undefined) return FIRST_POSITION;
  const { position, stream, type, data, metadata } = record;
  return position + RECORD_OVERHEAD + stream.length + type.length + data.length + metadata.length;
}
