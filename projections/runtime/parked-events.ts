import type pg from 'pg';
import type { StoredEvent } from '../../eventstore/port.ts';

/** An event set aside: the one that failed, or (without an error) a later one of its sequence. */
export interface ParkedEvent {
  readonly event: StoredEvent;
  readonly sequence: string;
  readonly error?: string;
}

/** Events of one sequence depend on each other: those of a customer, else those of a stream. */
export function sequenceOf(event: StoredEvent): string {
  return event.metadata.customerId ?? event.stream;
}

/** Sequences of a projection that have an event parked. */
export async function parkedSequences(pool: pg.Pool, projection: string): Promise<Set<string>> {
  const { rows } = await pool.query<{ sequence: string }>(
    'select distinct sequence from ops.parked_events where projection = $1',
    [projection],
  );
  return new Set(rows.map((row) => row.sequence));
}

export async function recordParked(
  client: pg.ClientBase,
  projection: string,
  parked: readonly ParkedEvent[],
): Promise<void> {
  if (parked.length === 0) return;
  const rows = parked.map(({ event, sequence, error }) => ({
    projection,
    position: event.position,
    sequence,
    event_id: event.id,
    stream: event.stream,
    revision: event.revision,
    type: event.type,
    error: error ?? null,
  }));
  await client.query(
    `insert into ops.parked_events (projection, position, sequence, event_id, stream, revision, type, error)
     select projection, position, sequence, event_id, stream, revision, type, error
     from json_populate_recordset(null::ops.parked_events, $1::json)`,
    [JSON.stringify(rows)],
  );
}
