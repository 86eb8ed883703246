import type { Principal } from '../http/types.ts';
import { type AuthQueries, isLive, type KeyRow } from './key-database.ts';
import { hashesEqual, hashKey, keyIdOf } from './key-format.ts';
import { OWNER_KEY_ID } from './owner-key.ts';

const CACHE_TTL_MS = 5_000;
const CACHE_MAX_KEYS = 10_000;
const LAST_USED_EVERY_MS = 60_000;
const MAX_HEADER_CHARS = 300;

interface Cached {
  readonly row: KeyRow;
  readonly readAtMs: number;
}

export interface AuthenticatorOptions {
  readonly database: AuthQueries;
  /** Milliseconds since the epoch, real time. */
  readonly now?: () => number;
  /** Told when the time of last use could not be written; that never fails a request. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Says who a key speaks for. Rows are kept for CACHE_TTL_MS: a key revoked by another process works at most
 * that much longer; one revoked here stops at once (`forget`).
 */
export class Authenticator {
  readonly #database: AuthQueries;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #cache = new Map<string, Cached>();
  readonly #used = new Map<string, number>();

  constructor(options: AuthenticatorOptions) {
    this.#database = options.database;
    this.#now = options.now ?? Date.now;
    this.#onError = options.onError ?? (() => undefined);
  }

  /**
   * @param authorization value of the Authorization header: `Bearer <key>`
   * @returns undefined for anybody whose key is not known, not right, expired or revoked
   */
  async authenticate(authorization: string | undefined): Promise<Principal | undefined> {
    if (authorization === undefined || authorization.length > MAX_HEADER_CHARS) return undefined;
    const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    if (key === undefined) return undefined;
    const hash = hashKey(key);
    const keyId = keyIdOf(key);
    const row =
      (keyId === undefined ? undefined : await this.#matching(keyId, hash)) ??
      (await this.#matching(OWNER_KEY_ID, hash));
    if (row === undefined) return undefined;
    this.#touch(row.id);
    return {
      id: row.principal_id,
      keyId: row.id,
      role: row.role,
      ...(row.customer_id === null ? {} : { customerId: row.customer_id }),
      ...(row.rate_limits === null ? {} : { rateLimits: row.rate_limits }),
    };
  }

  /** Drops what is remembered of a key, after it was rotated or revoked. */
  forget(keyId: string): void {
    this.#cache.delete(keyId);
  }

  async #matching(keyId: string, hash: string): Promise<KeyRow | undefined> {
    const row = await this.#read(keyId);
    return row !== undefined && hashesEqual(row.hash, hash) && isLive(row, this.#now()) ? row : undefined;
  }

  async #read(keyId: string): Promise<KeyRow | undefined> {
    const cached = this.#cache.get(keyId);
    if (cached !== undefined && this.#now() - cached.readAtMs < CACHE_TTL_MS) return cached.row;
    const readAtMs = this.#now();
    const row = await this.#database
      .selectFrom('ops.api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .executeTakeFirst();
    this.#cache.delete(keyId);
    if (row === undefined) return undefined;
    if (this.#cache.size >= CACHE_MAX_KEYS) this.#cache.clear();
    this.#cache.set(keyId, { row, readAtMs });
    return row;
  }

  #touch(keyId: string): void {
    const now = this.#now();
    if (now - (this.#used.get(keyId) ?? 0) < LAST_USED_EVERY_MS) return;
    if (this.#used.size >= CACHE_MAX_KEYS) this.#used.clear();
    this.#used.set(keyId, now);
    this.#database
      .updateTable('ops.api_keys')
      .set({ last_used_at: new Date(now) })
      .where('id', '=', keyId)
      .execute()
      .catch(this.#onError);
  }
}
