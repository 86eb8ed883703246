import type { PoolClient } from 'pg';
import { BinaryRows, copyRows } from '../runtime/binary-copy.ts';
import type { AssessedFact } from './fact.ts';

const COLUMNS = [
  'customer_id',
  'event_key',
  'event_id',
  'meter',
  'occurred_at',
  'quantity',
  'unique_key',
  'rated',
  'status',
  'reason',
  'position',
];

const INSERT = `
  insert into usage_facts (${COLUMNS.join(', ')})
  select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
    $8::boolean[], $9::text[], $10::text[], $11::bigint[])
  on conflict (customer_id, event_key) do nothing
  returning position`;

/** From this many on, COPY with its round trips is faster than one statement. */
const COPY_FROM = 250;
const UNIQUE_VIOLATION = '23505';

/**
 * Writes facts in order of their keys: neighbours in the index together.
 * @returns those that were not there yet, in the order given
 */
export async function insertFacts(
  facts: readonly AssessedFact[],
  client: PoolClient,
): Promise<readonly AssessedFact[]> {
  const inKeyOrder = facts.toSorted(byKey);
  if (facts.length >= COPY_FROM && (await copyAll(inKeyOrder, client))) return facts;
  const inserted = await insertNew(inKeyOrder, client);
  return inserted.size === facts.length ? facts : facts.filter(({ position }) => inserted.has(position));
}

/** Repetitions are rare: COPY, which knows no conflicts, is tried first. False, and nothing written, if there is one. */
async function copyAll(facts: readonly AssessedFact[], client: PoolClient): Promise<boolean> {
  const rows = encode(facts);
  await client.query('savepoint facts');
  try {
    await copyRows(client, 'usage_facts', COLUMNS, rows);
    await client.query('release savepoint facts');
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION)) throw error;
    await client.query('rollback to savepoint facts');
    return false;
  }
}

async function insertNew(facts: readonly AssessedFact[], client: PoolClient): Promise<Set<number>> {
  const { rows } = await client.query<{ position: string }>(INSERT, [
    facts.map(({ customerId }) => customerId),
    facts.map(({ eventKey }) => eventKey),
    facts.map(({ eventId }) => eventId),
    facts.map(({ meter }) => meter),
    facts.map(({ occurredAt }) => occurredAt),
    facts.map(({ units }) => units),
    facts.map(({ uniqueKey }) => uniqueKey),
    facts.map(({ rated }) => rated),
    facts.map(({ status }) => status),
    facts.map(({ reason }) => reason),
    facts.map(({ position }) => position),
  ]);
  return new Set(rows.map(({ position }) => Number(position)));
}

function encode(facts: readonly AssessedFact[]): BinaryRows {
  const rows = new BinaryRows();
  for (const fact of facts) {
    rows.row(COLUMNS.length);
    rows.text(fact.customerId);
    rows.uuid(fact.eventKey);
    rows.text(fact.eventId);
    rows.text(fact.meter);
    rows.text(fact.occurredAt);
    rows.int8(fact.units);
    rows.textOrNull(fact.uniqueKey);
    rows.bool(fact.rated);
    rows.text(fact.status);
    rows.textOrNull(fact.reason);
    rows.int8(fact.position);
  }
  return rows;
}

function byKey(a: AssessedFact, b: AssessedFact): number {
  if (a.customerId !== b.customerId) return a.customerId < b.customerId ? -1 : 1;
  return a.eventKey < b.eventKey ? -1 : 1;
}
