import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  type Direction,
  END,
  type ReadRevision,
  START,
  type StreamingRead,
} from '@eventstore/db-client';
import type { EventRef, StoredEvent } from '../port.ts';
import { failureType } from './failures.ts';
import { discard, type LogClient } from './log-client.ts';
import { asStoredEvent, isSystemEvent, positionOf } from './recorded-event.ts';

interface StreamRange {
  readonly from?: ReadRevision;
  readonly count?: number;
  readonly direction?: Direction;
}

const LARGEST_PAGE = 4_096;
const CONCURRENT_READS = 16;

/** A read of the whole log begins with the event at this position itself: the caller drops it. */
function fromPosition(after: number): typeof START | { commit: bigint; prepare: bigint } {
  return after === 0 ? START : { commit: BigInt(after), prepare: BigInt(after) };
}

/** Reads of streams and of the whole log, by the terms of the port. Failures are the client's. */
export class LogReader {
  readonly #client: LogClient;

  constructor(client: LogClient) {
    this.#client = client;
  }

  /** Events of a stream, oldest first unless told otherwise; none for a missing stream. */
  async *stream(name: string, range: StreamRange = {}): AsyncGenerator<StoredEvent> {
    const { from, count, direction } = range;
    if (count === 0) return;
    const read = this.#client.readStream(name, {
      ...(from === undefined ? {} : { fromRevision: from }),
      ...(count === undefined ? {} : { maxCount: count }),
      ...(direction === undefined ? {} : { direction }),
    });
    try {
      for await (const { event } of drain(read)) if (event !== undefined) yield asStoredEvent(event);
    } catch (error) {
      if (failureType(error) !== 'stream-not-found') throw error;
    }
  }

  /** Single events by their place, in log order; neighbours are read together. */
  async events(refs: readonly EventRef[]): Promise<StoredEvent[]> {
    const runs = contiguousRuns(refs);
    const found: StoredEvent[] = [];
    const worker = async (): Promise<void> => {
      for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
        const range = { from: BigInt(run.first), count: run.count };
        for await (const event of this.stream(run.stream, range)) found.push(event);
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_READS, runs.length) }, worker));
    return found.sort((a, b) => a.position - b.position);
  }

  /** At most `limit` events after a position, system events skipped, in pages that always move on. */
  async all(after: number, limit: number): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    let cursor = after;
    let page = Math.min(limit + 1, LARGEST_PAGE);
    for (let more = limit > 0; more; ) {
      let seen = 0;
      const read = this.#client.readAll({ fromPosition: fromPosition(cursor), maxCount: page });
      for await (const { event } of drain(read)) {
        seen += 1;
        if (event === undefined || positionOf(event) <= cursor) continue;
        cursor = positionOf(event);
        if (!isSystemEvent(event) && found.length < limit) found.push(asStoredEvent(event));
      }
      more = seen >= page && found.length < limit;
      page = Math.min(page * 2, LARGEST_PAGE);
    }
    return found;
  }

  /** Position of the last event that is not the server's own; 0 for an empty log. */
  async head(): Promise<number> {
    for await (const { event } of this.#backwards()) {
      if (event !== undefined && !isSystemEvent(event)) return positionOf(event);
    }
    return 0;
  }

  /** Position of the last record of any kind. */
  async end(): Promise<number> {
    for await (const { event } of this.#backwards(1)) if (event !== undefined) return positionOf(event);
    return 0;
  }

  /** What the server says of itself in a system stream, newest first: for inspection only. */
  async *systemStream(name: string): AsyncGenerator<{ type: string; data: unknown }> {
    try {
      const read = this.#client.readStream(name, { direction: BACKWARDS, fromRevision: END });
      for await (const { event } of drain(read)) {
        if (event !== undefined) yield { type: event.type, data: event.data };
      }
    } catch (error) {
      if (failureType(error) !== 'stream-not-found') throw error;
    }
  }

  #backwards(maxCount?: number): AsyncGenerator<AllStreamResolvedEvent> {
    return drain(
      this.#client.readAll({
        direction: BACKWARDS,
        fromPosition: END,
        ...(maxCount === undefined ? {} : { maxCount }),
      }),
    );
  }
}

/** Iterates, and tells the server when the reader has had enough. */
async function* drain<Event>(read: StreamingRead<Event>): AsyncGenerator<Event> {
  // An error after the last event has no other listener and would end the process.
  read.on('error', () => undefined);
  try {
    for await (const event of read.iterator({ destroyOnReturn: false })) yield event as Event;
  } finally {
    if (!read.readableEnded) discard(read);
  }
}

function contiguousRuns(refs: readonly EventRef[]): { stream: string; first: number; count: number }[] {
  const sorted = [...refs].sort((a, b) =>
    a.stream === b.stream ? a.revision - b.revision : a.stream < b.stream ? -1 : 1,
  );
  const runs: { stream: string; first: number; count: number }[] = [];
  for (const { stream, revision } of sorted) {
    const last = runs.at(-1);
    const next = last !== undefined && last.stream === stream ? last.first + last.count : undefined;
    if (last !== undefined && next === revision) last.count += 1;
    else if (next === undefined || revision > next) runs.push({ stream, first: revision, count: 1 });
  }
  return runs;
}
