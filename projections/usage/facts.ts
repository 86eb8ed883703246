import type { PoolClient } from 'pg';
import { type Month, monthOf } from '../../domain/kernel/time.ts';
import type { usageEvents } from '../../domain/metering/events.ts';
import { countsAt } from '../../domain/subscriptions/stretches.ts';
import type { Recorded } from '../recorded.ts';
import { keyText, loadRows, upsertRows } from '../runtime/rows.ts';
import { insertFacts } from './insert-facts.ts';
import type { FactStatus, UniqueKeyRow } from './tables.ts';
import { loadTimelines, type Timelines } from './timelines.ts';
import { addTotals } from './totals.ts';

type FactRecord = Recorded<keyof typeof usageEvents>;

/** A fact and what it adds to its meter. */
export interface AssessedFact {
  readonly event: FactRecord;
  readonly month: Month;
  readonly status: FactStatus;
  readonly rated: boolean;
  readonly quantity: bigint;
  readonly ratedQuantity: bigint;
}

const FACT_KEY = ['customer_id', 'event_key'];
const UNIQUE_KEY = ['customer_id', 'month', 'meter', 'unique_key'] as const;

/** Counts each fact once for ever; the first of several with one id is the one that counts. */
export async function applyFacts(events: readonly FactRecord[], client: PoolClient): Promise<void> {
  const facts = await withoutKnownKeyed(firstOfEach(events), client);
  if (facts.length === 0) return;
  const timelines = await loadTimelines(
    facts.map(({ data }) => data.customerId),
    client,
  );
  const keys = await UniqueKeys.load(facts, client);
  const assessed = facts.map((event) => assess(event, timelines, keys));
  const inserted = await insertFacts(assessed, client);
  await keys.write(client);
  await addTotals(inserted, client);
}

function firstOfEach(events: readonly FactRecord[]): FactRecord[] {
  const seen = new Set<string>();
  return events.filter(({ data, id }) => {
    const key = `${id} ${data.customerId}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Facts of unique-count meters that are counted already leave no trace in the keys. */
async function withoutKnownKeyed(facts: FactRecord[], client: PoolClient): Promise<FactRecord[]> {
  const keyed = facts
    .filter(({ data }) => data.uniqueKey !== null)
    .map(({ data, id }) => ({ customer_id: data.customerId, event_key: id }));
  if (keyed.length === 0) return facts;
  const rows = await loadRows(client, 'usage_facts', FACT_KEY, keyed);
  const known = new Set(rows.map((row) => keyText(FACT_KEY, row)));
  if (known.size === 0) return facts;
  return facts.filter(
    ({ data, id }) => !known.has(keyText(FACT_KEY, { customer_id: data.customerId, event_key: id })),
  );
}

function assess(event: FactRecord, timelines: Timelines, keys: UniqueKeys): AssessedFact {
  const { data } = event;
  const month = monthOf(data.occurredAt);
  const nothing = { event, month, quantity: 0n, ratedQuantity: 0n };
  if (event.type === 'usage.quarantined') return { ...nothing, status: 'quarantined', rated: false };
  const rated = countsAt(timelines.get(data.customerId) ?? [], data.occurredAt);
  if (data.uniqueKey === null) {
    const quantity = BigInt(data.quantity);
    return { event, month, status: 'counted', rated, quantity, ratedQuantity: rated ? quantity : 0n };
  }
  const { isNew, newlyRated } = keys.see(event, month, rated);
  const ratedQuantity = newlyRated ? 1n : 0n;
  if (!isNew) return { ...nothing, status: 'duplicate-key', rated, ratedQuantity };
  return { event, month, status: 'counted', rated, quantity: 1n, ratedQuantity };
}

/** The distinct keys that unique-count meters have seen in a month. */
class UniqueKeys {
  readonly #keys: Map<string, UniqueKeyRow>;
  readonly #changed = new Map<string, UniqueKeyRow>();

  private constructor(rows: readonly UniqueKeyRow[]) {
    this.#keys = new Map(rows.map((row) => [keyText(UNIQUE_KEY, row), row]));
  }

  static async load(facts: readonly FactRecord[], client: PoolClient): Promise<UniqueKeys> {
    const keys = facts.flatMap((event) =>
      event.type === 'usage.recorded' ? (keyRow(event, monthOf(event.data.occurredAt), false) ?? []) : [],
    );
    return new UniqueKeys(await loadRows<UniqueKeyRow>(client, 'usage_unique_keys', UNIQUE_KEY, keys));
  }

  see(event: FactRecord, month: Month, rated: boolean): { isNew: boolean; newlyRated: boolean } {
    const row = keyRow(event, month, rated);
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

function keyRow({ data }: FactRecord, month: Month, rated: boolean): UniqueKeyRow | undefined {
  if (data.uniqueKey === null) return undefined;
  const { customerId: customer_id, eventType: meter, uniqueKey: unique_key } = data;
  return { customer_id, month, meter, unique_key, rated };
}
