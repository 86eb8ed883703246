import type { Append } from '../eventstore/port.ts';
import type { PostgresEventStore } from '../eventstore/postgres/store.ts';
import { acknowledged } from './checks.ts';
import { range } from './events.ts';

const CALL = 2_000;

/** Appends events outside the clock: the log that something else is measured on. Answers their ids. */
export async function fill(
  store: PostgresEventStore,
  start: number,
  count: number,
  make: (index: number) => Append,
): Promise<string[]> {
  const ids: string[] = [];
  for (let done = 0; done < count; done += CALL) {
    const appends = range(start + done, Math.min(CALL, count - done), make);
    for (const result of await store.appendMany(appends)) acknowledged(result);
    for (const { events } of appends) for (const { id } of events) ids.push(id);
  }
  return ids;
}
