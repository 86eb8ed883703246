import { monthOf } from '../../domain/kernel/time.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import type { Entry } from './journal.ts';
import type { SentFact } from './world.ts';

/** What a meter counted in a customer's month, as the read model says: `customer month meter` → units. */
export type CountedUsage = ReadonlyMap<string, bigint>;

interface Told {
  /** Contents that were acknowledged, as new or as known. */
  readonly kept: Set<string>;
  /** Contents that were said to contradict what is known. */
  readonly contradicted: Set<string>;
}

interface ItemResult {
  readonly index: number;
  readonly status: 'accepted' | 'duplicate' | 'quarantined' | 'conflict' | 'refused';
}

/**
 * Every acknowledged fact stands in the log with the content that was acknowledged (once, where the store knows
 * all ids) and is counted exactly once; nothing else is.
 */
export function checkUsage(
  entries: readonly Entry[],
  log: readonly StoredEvent[],
  counted: CountedUsage,
  uniqueIds: boolean,
): string[] {
  const told = gather(entries);
  const stored = Map.groupBy(
    log.filter((event) => event.type === 'usage.recorded' || event.type === 'usage.quarantined'),
    (event) => {
      const { customerId, eventId } = event.data as SentFact;
      return `${customerId} ${eventId}`;
    },
  );
  const faults: string[] = [];
  for (const name of new Set([...told.keys(), ...stored.keys()])) {
    const answers = told.get(name) ?? { kept: new Set<string>(), contradicted: new Set<string>() };
    const events = stored.get(name) ?? [];
    if (uniqueIds && events.length > 1) faults.push(`fact ${name}: stands ${events.length} times in the log`);
    faults.push(...checkFact(answers, events).map((fault) => `fact ${name}: ${fault}`));
  }
  return [...faults, ...checkCounts(stored, counted)];
}

function checkFact({ kept, contradicted }: Told, events: readonly StoredEvent[]): string[] {
  const contents = new Set(events.map((event) => contentOf(event.data as SentFact)));
  const faults: string[] = [];
  if (contents.size > 1) faults.push(`stands with ${contents.size} contents`);
  for (const content of kept)
    if (!contents.has(content)) faults.push(`acknowledged ${content}, not in the log`);
  for (const content of contents) {
    if (!kept.has(content)) faults.push(`${content} stands in the log and was not acknowledged`);
    if (contradicted.has(content)) faults.push(`${content} stands in the log and was a conflict`);
  }
  return faults;
}

function checkCounts(stored: ReadonlyMap<string, readonly StoredEvent[]>, counted: CountedUsage): string[] {
  const expected = new Map<string, bigint>();
  for (const [event] of stored.values()) {
    if (event === undefined || event.type !== 'usage.recorded') continue;
    const { customerId, eventType, occurredAt, quantity } = event.data as SentFact;
    const place = `${customerId} ${monthOf(occurredAt)} ${eventType}`;
    expected.set(place, (expected.get(place) ?? 0n) + BigInt(quantity));
  }
  return [...new Set([...expected.keys(), ...counted.keys()])].flatMap((place) => {
    const [should, is] = [expected.get(place) ?? 0n, counted.get(place) ?? 0n];
    return should === is ? [] : [`usage of ${place}: counted ${is}, its facts add up to ${should}`];
  });
}

function gather(entries: readonly Entry[]): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>();
  for (const { operation, attempts } of entries) {
    if (operation.operationId !== 'trackUsageEvents') continue;
    const facts = operation.inputs['events'] as readonly SentFact[];
    for (const attempt of attempts) {
      if (attempt.kind !== 'accepted') continue;
      const { results } = attempt.body as { readonly results: readonly ItemResult[] };
      for (const { index, status } of results) note(told, facts[index] as SentFact, status);
    }
  }
  return told;
}

function note(told: Map<string, Told>, fact: SentFact, status: ItemResult['status']): void {
  if (status === 'refused') return;
  const name = `${fact.customerId} ${fact.eventId}`;
  const answers = told.get(name) ?? { kept: new Set<string>(), contradicted: new Set<string>() };
  told.set(name, answers);
  (status === 'conflict' ? answers.contradicted : answers.kept).add(contentOf(fact));
}

function contentOf({ eventType, occurredAt, quantity }: SentFact): string {
  return `${quantity} ${eventType} at ${occurredAt}`;
}
