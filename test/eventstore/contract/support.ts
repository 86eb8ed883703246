import { randomUUID } from 'node:crypto';
import type {
  Append,
  AppendResult,
  EventStore,
  ExpectedRevision,
  NewEvent,
  StoredEvent,
} from '../../../eventstore/port.ts';

export type Appended = Extract<AppendResult, { outcome: 'appended' }>;

/** A stream that no other test run has used. */
export function freshStream(prefix = 'contract'): string {
  return `${prefix}-${randomUUID()}`;
}

export function newEvent(data: object = { amount: '12.50' }, more: Partial<NewEvent> = {}): NewEvent {
  const id = randomUUID();
  return {
    id,
    type: 'contract.probed',
    schemaVersion: 1,
    data,
    metadata: {
      commandId: id,
      commandType: 'probe',
      correlationId: id,
      causationId: id,
      actor: 'key:contract',
      requestHash: '0'.repeat(64),
      recordedAt: '2026-01-31T12:00:00.000Z',
      effectiveAt: '2026-01-31T12:00:00.000Z',
    },
    ...more,
  };
}

export function newEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent({ index }));
}

export function appendOf(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Append {
  return { stream, expected, events };
}

/** The result, which must be that of an append that was taken. */
export function taken(result: AppendResult | undefined): Appended {
  if (result?.outcome !== 'appended') throw new Error(`expected an append, got ${JSON.stringify(result)}`);
  return result;
}

/** Appends each event by itself and gives the results. */
export async function appendEach(
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
): Promise<Appended[]> {
  const results: Appended[] = [];
  for (const event of events) results.push(taken(await store.append(appendOf(stream, 'any', [event]))));
  return results;
}

/** Everything after a position that stands in these streams, read in pages of the given size. */
export async function readOwn(
  store: EventStore,
  after: number,
  streams: ReadonlySet<string>,
  pageSize = 500,
): Promise<StoredEvent[]> {
  const own: StoredEvent[] = [];
  let cursor = after;
  for (;;) {
    const page = await store.readAll(cursor, pageSize);
    own.push(...page.filter((event) => streams.has(event.stream)));
    const last = page.at(-1);
    if (last === undefined) return own;
    cursor = last.position;
  }
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map((event) => event.id);
}

/** True if every element is greater than the one before it. */
export function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? value));
}

/** JSON text with sorted keys, own `__proto__` keys included: stores may reorder members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
