import type { EventMetadata } from './metadata.ts';

/** What a stream must look like for an append to be accepted; a number is the exact last revision. */
export type ExpectedRevision = number | 'none' | 'any';

/** An event as a caller hands it to the log. */
export interface NewEvent {
  /** UUID, unique in the log for ever. Retries send the same id. */
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON value; money as decimal strings. */
  readonly data: object;
  readonly metadata: EventMetadata;
}

/** An event as the log gives it back. */
export interface StoredEvent extends NewEvent {
  readonly stream: string;
  /** 0-based place in its stream, without gaps. */
  readonly revision: number;
  /** Place in the whole log. Strictly rising in commit order; dense only in the Postgres store. */
  readonly position: number;
  /** When the store wrote it, real time, RFC 3339. */
  readonly storedAt: string;
}

export interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** At least one, and at most MAX_APPEND_BYTES in all. */
  readonly events: readonly NewEvent[];
}

export type AppendResult =
  /** Durable. `replayed` when the very same events already stood there: the first result is given again. */
  | {
      readonly outcome: 'appended';
      readonly revision: number;
      readonly position: number;
      readonly replayed: boolean;
    }
  /** Nothing written: the stream is at `actual` (-1: no stream). */
  | { readonly outcome: 'wrong-revision'; readonly actual: number }
  /** Nothing written: an event id stands elsewhere in the log (stores that know all ids only). */
  | {
      readonly outcome: 'id-taken';
      readonly eventId: string;
      readonly stream: string;
      readonly revision: number;
    }
  /** Nothing written: over MAX_APPEND_BYTES. */
  | { readonly outcome: 'too-large'; readonly bytes: number };

export interface EventRef {
  readonly stream: string;
  readonly revision: number;
}

export type SubscriptionMessage =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  /** Everything up to the head as it was is delivered; sent once per catch-up, after its last event. */
  | { readonly kind: 'caught-up' };

export interface SubscribeOptions {
  /** Deliver events after this position; 0 is the beginning. */
  readonly after: number;
  /** Most events in one message. */
  readonly batchSize?: number;
  /** Ends the iteration without error. */
  readonly signal: AbortSignal;
}

/**
 * The log. Two stores stand behind it, and both pass `eventStoreContract` in test/eventstore.
 * Errors: StoreUnavailableError (nothing written), OutcomeUnknownError (retry the same events),
 * StoreBusyError (queue full, nothing written).
 */
export interface EventStore {
  readonly name: 'postgres' | 'eventstoredb';
  /** True if an event id can stand only once in the whole log; otherwise callers claim ids beforehand. */
  readonly uniqueEventIds: boolean;
  append(append: Append): Promise<AppendResult>;
  /** One result for each append, in order; a refused one leaves its neighbours intact. */
  appendMany(appends: readonly Append[]): Promise<readonly AppendResult[]>;
  /**
   * Events of a stream from a revision on (0 by default), oldest first; with a `limit`, at most so many. A missing
   * stream is empty.
   */
  readStream(stream: string, fromRevision?: number, limit?: number): Promise<readonly StoredEvent[]>;
  /** Single events by their place; what does not exist is left out. */
  readEvents(refs: readonly EventRef[]): Promise<readonly StoredEvent[]>;
  /** The event with an id, in stores that know all ids (`uniqueEventIds`); undefined elsewhere. */
  findEvent(id: string): Promise<StoredEvent | undefined>;
  /** At most `limit` events after a position, in log order, without system events. */
  readAll(after: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Catch-up, then live. Reconnects by itself after the last delivered event; ends only by its signal. */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;
  /** Position of the last event; 0 for an empty log. */
  head(): Promise<number>;
  /** Throws StoreUnavailableError with a clear message when the store cannot be used. */
  check(): Promise<void>;
  /** Waits for appends in flight, then closes. */
  close(): Promise<void>;
}

/** One append takes at most 1 MiB of data and metadata on both stores. */
export const MAX_APPEND_BYTES = 1_048_576;

/** Most events that one `appendMany` call may carry. */
export const MAX_EVENTS_PER_CALL = 10_000;
