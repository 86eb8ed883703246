import type { Append } from './port.ts';

const STREAM_NAME = /^[\x21-\x7e]{1,255}$/;
const TYPE_NAME = /^[a-z][a-z0-9_.-]{0,99}$/i;

const EVENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_SCHEMA_VERSION = 32_767;

/**
 * Throws RangeError on an append that no store may see: no events, odd stream or type names, ids that are not
 * lower-case UUIDs or stand in it twice, schema versions outside 1 … 32767.
 */
export function checkAppend(append: Append): void {
  if (append.events.length === 0) throw new RangeError('an append needs at least one event');
  if (!STREAM_NAME.test(append.stream) || append.stream.startsWith('$')) {
    throw new RangeError(`not a stream name: ${append.stream.slice(0, 80)}`);
  }
  for (const { id, type, schemaVersion } of append.events) {
    if (!TYPE_NAME.test(type)) throw new RangeError(`not an event type: ${type.slice(0, 80)}`);
    if (!EVENT_ID.test(id)) throw new RangeError(`not an event id: ${id.slice(0, 80)}`);
    if (!(Number.isInteger(schemaVersion) && schemaVersion >= 1 && schemaVersion <= MAX_SCHEMA_VERSION)) {
      throw new RangeError(`not a schema version: ${schemaVersion}`);
    }
  }
  const { events } = append;
  if (events.length > 1 && new Set(events.map((event) => event.id)).size < events.length) {
    throw new RangeError('an event id stands in the append twice');
  }
}

/** An append's events as JSON text, serialised once, and its size: the measure of MAX_APPEND_BYTES. */
export interface AppendJson {
  readonly data: readonly string[];
  readonly metadata: readonly string[];
  readonly bytes: number;
}

export function appendJson(append: Append): AppendJson {
  const data = append.events.map((event) => JSON.stringify(event.data));
  const metadata = append.events.map((event) => JSON.stringify(event.metadata));
  const bytes = [...data, ...metadata].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { data, metadata, bytes };
}
