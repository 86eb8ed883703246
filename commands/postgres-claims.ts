import type pg from 'pg';
import { IdempotencyKeyReusedError } from '../platform/errors.ts';
import type { FactClaim, KeyClaims } from './claims.ts';
import { KeyedMutex } from './keyed-mutex.ts';

interface PendingClaim {
  readonly commandId: string;
  readonly stream: string;
  readonly requestHash: string;
  resolve(): void;
  reject(error: unknown): void;
}

interface ClaimRow {
  readonly command_id: string;
  readonly stream: string;
  readonly request_hash: string;
}

/** Claims as rows in Postgres, written in batches: what waits while one batch is under way is the next. */
export class PostgresClaims implements KeyClaims {
  readonly #pool: pg.Pool;
  readonly #facts = new KeyedMutex();
  #waiting: PendingClaim[] = [];
  #writing = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  claim(commandId: string, stream: string, requestHash: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commandId, stream, requestHash, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async find(commandId: string): Promise<{ stream: string; requestHash: string } | undefined> {
    const { rows } = await this.#pool.query<ClaimRow>(
      'select command_id, stream, request_hash from ops.command_claims where command_id = $1',
      [commandId],
    );
    return rows[0] && { stream: rows[0].stream, requestHash: rows[0].request_hash };
  }

  withFacts<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#facts.runAll(ids, work);
  }

  async claimFacts(facts: readonly { id: string; hash: string }[]): Promise<readonly FactClaim[]> {
    const ids = facts.map((fact) => fact.id);
    const inserted = await this.#pool.query<{ event_id: string }>(
      `insert into ops.fact_claims (event_id, content_hash)
       select distinct on (id) id, hash from unnest($1::uuid[], $2::text[]) with ordinality as t(id, hash, o) order by id, o
       on conflict do nothing returning event_id`,
      [ids, facts.map((fact) => fact.hash)],
    );
    const stored = await this.#pool.query<{ event_id: string; content_hash: string; confirmed: boolean }>(
      'select event_id, content_hash, confirmed from ops.fact_claims where event_id = any($1::uuid[])',
      [ids],
    );
    const fresh = new Set(inserted.rows.map((row) => row.event_id));
    const known = new Map(stored.rows.map((row) => [row.event_id, row]));
    const seen = new Set<string>();
    return facts.map(({ id, hash }) => {
      const row = known.get(id);
      if (row === undefined || row.content_hash !== hash) return 'conflict';
      // Only the first of its id in this call is to be appended: the rest repeat it.
      if (row.confirmed || seen.has(id)) return 'duplicate';
      seen.add(id);
      return fresh.has(id) ? 'new' : 'unconfirmed';
    });
  }

  async confirmFacts(ids: readonly string[]): Promise<void> {
    await this.#pool.query(
      // Locked in the order of ids, so that two calls with the same facts never wait for each other.
      `update ops.fact_claims c set confirmed = true
         from (select event_id from ops.fact_claims
                where event_id = any($1::uuid[]) and not confirmed order by event_id for update) locked
        where c.event_id = locked.event_id`,
      [ids],
    );
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch);
      } catch (error) {
        for (const claim of batch) claim.reject(error);
      }
    }
    this.#writing = false;
  }

  async #writeBatch(batch: readonly PendingClaim[]): Promise<void> {
    const ids = batch.map((claim) => claim.commandId);
    await this.#pool.query(
      `insert into ops.command_claims (command_id, stream, request_hash)
       select distinct on (id) id, stream, hash
         from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as t(id, stream, hash, o) order by id, o
       on conflict do nothing`,
      [ids, batch.map((claim) => claim.stream), batch.map((claim) => claim.requestHash)],
    );
    const { rows } = await this.#pool.query<ClaimRow>(
      'select command_id, stream, request_hash from ops.command_claims where command_id = any($1::uuid[])',
      [ids],
    );
    const known = new Map(rows.map((row) => [row.command_id, row]));
    for (const claim of batch) {
      const row = known.get(claim.commandId);
      if (row?.stream === claim.stream && row.request_hash === claim.requestHash) claim.resolve();
      else
        claim.reject(new IdempotencyKeyReusedError('this Idempotency-Key came with another request before'));
    }
  }
}
