import type { PoolClient } from 'pg';
import { type Month, monthOf } from '../../domain/kernel/time.ts';
import { countsAt } from '../../domain/subscriptions/stretches.ts';
import { keyText, loadRows, upsertRows } from '../runtime/rows.ts';
import type { AssessedFact, Fact, FactRecord } from './fact.ts';
import { insertFacts } from './insert-facts.ts';
import { markReleased } from './released-facts.ts';
import type { UniqueKeyRow, UsageFactRow } from './tables.ts';
import { loadTimelines, type Timelines } from './timelines.ts';
import { addTotals } from './totals.ts';

const FACT_KEY = ['customer_id', 'event_key'];
const UNIQUE_KEY = ['customer_id', 'month', 'meter', 'unique_key'] as const;

/** Counts each fact once for ever; the first of several with one id is the one that counts. */
export async function applyFacts(events: readonly FactRecord[], client: PoolClient): Promise<void> {
  const facts = await withoutKnownKeyed(firstOfEach(events.map(factOf)), client);
  if (facts.length === 0) return;
  const timelines = await loadTimelines(
    facts.map(({ customerId }) => customerId),
    client,
  );
  const keys = await UniqueKeys.load(facts, client);
  const assessed = facts.map((fact) => assess(fact, timelines, keys));
  const releases = assessed.filter(isRelease);
  const inserted = await insertFacts(
    releases.length === 0 ? assessed : assessed.filter((fact) => !isRelease(fact)),
    client,
  );
  await keys.write(client);
  if (releases.length === 0) return addTotals(inserted, client);
  const released = await markReleased(releases, client);
  await addTotals(
    [...inserted, ...released].sort((a, b) => a.position - b.position),
    client,
  );
}

function factOf(event: FactRecord): Fact {
  const { type, id, position, data } = event;
  const { customerId, eventType: meter, occurredAt } = data;
  const shared = { type, customerId, meter, occurredAt, units: BigInt(data.quantity), position };
  switch (type) {
    case 'usage.recorded': {
      const { eventId, uniqueKey } = event.data;
      return { ...shared, eventKey: id, eventId, uniqueKey, reason: null };
    }
    case 'usage.quarantined': {
      const { eventId, uniqueKey, reason } = event.data;
      return { ...shared, eventKey: id, eventId, uniqueKey, reason };
    }
    case 'usage.released': {
      const { eventId, uniqueKey, reason, quarantinedEvent: eventKey } = event.data;
      return { ...shared, eventKey, eventId, uniqueKey, reason };
    }
    case 'usage.corrected': {
      const { correctionId: eventId, reason } = event.data;
      return { ...shared, eventKey: id, eventId, uniqueKey: null, reason };
    }
  }
}

function isRelease({ type }: Fact): boolean {
  return type === 'usage.released';
}

function firstOfEach(facts: readonly Fact[]): Fact[] {
  const seen = new Set<string>();
  return facts.filter((fact) => {
    const key = `${isRelease(fact)} ${fact.eventKey} ${fact.customerId}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Facts of unique-count meters that are counted already leave no trace in the keys. */
async function withoutKnownKeyed(facts: Fact[], client: PoolClient): Promise<Fact[]> {
  const keyed = facts.filter(({ uniqueKey }) => uniqueKey !== null).map(keyOf);
  if (keyed.length === 0) return facts;
  const rows = await loadRows<UsageFactRow>(client, 'usage_facts', FACT_KEY, keyed);
  const known = new Map(rows.map((row) => [keyText(FACT_KEY, row), row.status]));
  if (known.size === 0) return facts;
  return facts.filter((fact) => {
    const status = known.get(keyText(FACT_KEY, keyOf(fact)));
    return status === undefined || (isRelease(fact) && status === 'quarantined');
  });
}

function keyOf({ customerId, eventKey }: Fact) {
  return { customer_id: customerId, event_key: eventKey };
}

function assess(fact: Fact, timelines: Timelines, keys: UniqueKeys): AssessedFact {
  const { type, customerId, occurredAt, units, uniqueKey } = fact;
  const month = monthOf(occurredAt);
  const nothing = { ...fact, month, quantity: 0n, ratedQuantity: 0n };
  if (type === 'usage.quarantined') return { ...nothing, status: 'quarantined', rated: false };
  const rated = countsAt(timelines.get(customerId) ?? [], occurredAt);
  if (uniqueKey === null) {
    const status = type === 'usage.corrected' ? 'correction' : 'counted';
    return { ...fact, month, status, rated, quantity: units, ratedQuantity: rated ? units : 0n };
  }
  const { isNew, newlyRated } = keys.see(fact, month, rated);
  const ratedQuantity = newlyRated ? 1n : 0n;
  if (!isNew) return { ...nothing, status: 'duplicate-key', rated, ratedQuantity };
  return { ...fact, month, status: 'counted', rated, quantity: 1n, ratedQuantity };
}

/** The distinct keys that unique-count meters have seen in a month. */
class UniqueKeys {
  readonly #keys: Map<string, UniqueKeyRow>;
  readonly #changed = new Map<string, UniqueKeyRow>();

  private constructor(rows: readonly UniqueKeyRow[]) {
    this.#keys = new Map(rows.map((row) => [keyText(UNIQUE_KEY, row), row]));
  }

  static async load(facts: readonly Fact[], client: PoolClient): Promise<UniqueKeys> {
    const keys = facts.flatMap((fact) =>
      fact.type === 'usage.quarantined' ? [] : (keyRow(fact, monthOf(fact.occurredAt), false) ?? []),
    );
    return new UniqueKeys(await loadRows<UniqueKeyRow>(client, 'usage_unique_keys', UNIQUE_KEY, keys));
  }

  see(fact: Fact, month: Month, rated: boolean): { isNew: boolean; newlyRated: boolean } {
    const row = keyRow(fact, month, rated);
    if (row === undefined) return { isNew: true, newlyRated: rated };
    const text = keyText(UNIQUE_KEY, row);
    const known = this.#keys.get(text);
    const newlyRated = rated && known?.rated !== true;
    if (known === undefined || newlyRated) {
      this.#keys.set(text, row);
      this.#changed.set(text, row);
    }
    return { isNew: known === undefined, newlyRated };
  }

  async write(client: PoolClient): Promise<void> {
    await upsertRows(client, 'usage_unique_keys', UNIQUE_KEY, [...this.#changed.values()]);
  }
}

function keyRow(fact: Fact, month: Month, rated: boolean): UniqueKeyRow | undefined {
  const { customerId: customer_id, meter, uniqueKey: unique_key } = fact;
  return unique_key === null ? undefined : { customer_id, month, meter, unique_key, rated };
}
