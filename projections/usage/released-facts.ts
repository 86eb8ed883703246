import type { PoolClient } from 'pg';
import type { AssessedFact } from './fact.ts';

const RELEASE = `
  update usage_facts f set status = s.status, rated = s.rated, position = s.position
  from unnest($1::text[], $2::uuid[], $3::text[], $4::boolean[], $5::bigint[])
    as s(customer_id, event_key, status, rated, position)
  where f.customer_id = s.customer_id and f.event_key = s.event_key and f.status = 'quarantined'
  returning f.position`;

/**
 * Takes facts out of quarantine, each once: a repetition in the log finds it counted.
 * @returns those that were in quarantine until now
 */
export async function markReleased(
  facts: readonly AssessedFact[],
  client: PoolClient,
): Promise<readonly AssessedFact[]> {
  const { rows } = await client.query<{ position: string }>(RELEASE, [
    facts.map(({ customerId }) => customerId),
    facts.map(({ eventKey }) => eventKey),
    facts.map(({ status }) => status),
    facts.map(({ rated }) => rated),
    facts.map(({ position }) => position),
  ]);
  const released = new Set(rows.map(({ position }) => Number(position)));
  return facts.filter(({ position }) => released.has(position));
}
