import { type Kysely, sql } from 'kysely';
import type { Instant } from '../../domain/kernel/time.ts';
import type { FactStatus, UsageTables } from './tables.ts';

/** A usage fact as the read model keeps it; `status` says whether it counts. */
export interface KnownFact {
  readonly customerId: string;
  readonly eventId: string;
  /** Id of the event that brought it. */
  readonly eventKey: string;
  readonly eventType: string;
  readonly occurredAt: Instant;
  /** As it was sent. */
  readonly quantity: string;
  readonly uniqueKey: string | null;
  readonly status: FactStatus;
  /** Why it is or was in quarantine. */
  readonly reason: string | null;
  readonly position: number;
}

export interface QuarantineFilter {
  readonly customerId?: string | undefined;
  readonly limit: number;
  /** Log position of a fact: those after it. */
  readonly after?: number | undefined;
  /** Log position of a fact: those before it, nearest first. */
  readonly before?: number | undefined;
}

/** Facts outside the acceptance window, and what became of them. */
export class QuarantineReads {
  readonly #db: Kysely<UsageTables>;

  constructor(db: Kysely<UsageTables>) {
    this.#db = db;
  }

  /** Facts in quarantine in the order of the log; with `before` backwards. One more than `limit` if there are more. */
  async list({ customerId, limit, after, before }: QuarantineFilter): Promise<readonly KnownFact[]> {
    let query = this.#db
      .selectFrom('usage_facts')
      .selectAll()
      .where(sql<boolean>`status = 'quarantined'`)
      .orderBy('position', before === undefined ? 'asc' : 'desc')
      .limit(limit + 1);
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
    if (after !== undefined) query = query.where('position', '>', String(after));
    if (before !== undefined) query = query.where('position', '<', String(before));
    return (await query.execute()).map(asFact);
  }

  /** The facts with these event keys, whatever their status, and the log position up to which that is known. */
  async find(
    customerId: string,
    eventKeys: readonly string[],
  ): Promise<{ readonly knownThrough: number; readonly facts: readonly KnownFact[] }> {
    const { rows } = await sql<{ position: string }>`
      select position from ops.checkpoints where projection = 'usage'`.execute(this.#db);
    const facts = await this.#db
      .selectFrom('usage_facts')
      .selectAll()
      .where('customer_id', '=', customerId)
      .where('event_key', 'in', eventKeys)
      .execute();
    return { knownThrough: Number(rows[0]?.position ?? 0), facts: facts.map(asFact) };
  }
}

function asFact(row: UsageTables['usage_facts']): KnownFact {
  return {
    customerId: row.customer_id,
    eventId: row.event_id,
    eventKey: row.event_key,
    eventType: row.meter,
    occurredAt: row.occurred_at,
    quantity: row.quantity,
    uniqueKey: row.unique_key,
    status: row.status,
    reason: row.reason,
    position: Number(row.position),
  };
}
