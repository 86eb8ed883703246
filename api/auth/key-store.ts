import { base32 } from '../../platform/base32.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import type { PageRequest } from '../http/lists.ts';
import type { CommandMeta, KeyLimits, Role } from '../http/types.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Authenticator } from './authenticator.ts';
import {
  type ApiKey,
  type AuthQueries,
  isLive,
  type KeyRow,
  type NewKeyRow,
  toApiKey,
} from './key-database.ts';
import { generateKey, hashKey } from './key-format.ts';
import { hasOtherOwner } from './owner-key.ts';

export interface NewKey {
  readonly role: Role;
  readonly label: string;
  /** With role `customer`, and only with it. */
  readonly customerId?: string | undefined;
  /** RFC 3339. Without it the key does not expire. */
  readonly expiresAt?: string | undefined;
  /** Requests a minute that go for this key instead of its role's. */
  readonly rateLimits?: KeyLimits | undefined;
}

/** How a key is replaced. */
export interface Rotation {
  /** How long the old key goes on working, in seconds. */
  readonly overlapSeconds: number;
  /** RFC 3339. Without it the new key lives as long as the old one was made to. */
  readonly expiresAt?: string | undefined;
  /** Without it those of the old key stay. */
  readonly rateLimits?: KeyLimits | undefined;
}

/** A key just made. `key` is the whole text, shown this once; a retry does not get it again. */
export interface IssuedKey {
  readonly apiKey: ApiKey;
  readonly key?: string;
  readonly replayed: boolean;
}

type Described = Pick<
  NewKeyRow,
  'principal_id' | 'role' | 'customer_id' | 'label' | 'expires_at' | 'rate_limits'
>;
type KeyMeta = Pick<CommandMeta, 'commandId' | 'requestHash' | 'actor'>;

/** API keys: made, replaced and revoked by operations, and by the command line. */
export class KeyStore {
  readonly #database: AuthQueries;
  readonly #authenticator: Authenticator | undefined;

  /** @param authenticator told at once of keys that changed */
  constructor(database: AuthQueries, authenticator?: Authenticator) {
    this.#database = database;
    this.#authenticator = authenticator;
  }

  /** @throws IdempotencyKeyReusedError; ProblemError `validation-failed` for an expiry that has passed */
  async createKey(input: NewKey, meta: KeyMeta): Promise<IssuedKey> {
    if (isPast(input.expiresAt)) return replayOr(await replayOf(this.#database, meta), expiryPassed);
    return this.#issue(this.#database, meta, (id) => ({
      principal_id: `key:${id}`,
      role: input.role,
      customer_id: input.customerId ?? null,
      label: input.label,
      expires_at: input.expiresAt === undefined ? null : new Date(input.expiresAt),
      rate_limits: storedLimits(input.rateLimits),
    }));
  }

  /**
   * Makes a successor with the same role and principal; both work until the overlap is over.
   * @throws ProblemError `api-key-not-found`, `api-key-revoked`, `api-key-replaced` if it has a successor already,
   * `validation-failed` for an expiry that has passed; IdempotencyKeyReusedError
   */
  async rotateKey(keyId: string, rotation: Rotation, meta: KeyMeta): Promise<IssuedKey> {
    const issued = await this.#database.transaction().execute(async (database) => {
      const old = await this.#locked(database, keyId);
      const known = await replayOf(database, meta);
      if (known !== undefined) return known;
      if (!isLive(old, Date.now())) throw revoked();
      if (old.replaced_by !== null) throw replaced(old.replaced_by);
      if (isPast(rotation.expiresAt)) throw expiryPassed();
      const successor = await this.#issue(database, meta, () => ({
        principal_id: old.principal_id,
        role: old.role,
        customer_id: old.customer_id,
        label: old.label,
        expires_at: successorExpiry(old, rotation),
        rate_limits: storedLimits(rotation.rateLimits ?? old.rate_limits ?? undefined),
      }));
      const end = Math.min(
        Date.now() + rotation.overlapSeconds * 1000,
        old.expires_at?.getTime() ?? Infinity,
      );
      await database
        .updateTable('ops.api_keys')
        .set({ expires_at: new Date(end), replaced_by: successor.apiKey.id })
        .where('id', '=', keyId)
        .execute();
      return successor;
    });
    this.#authenticator?.forget(keyId);
    return issued;
  }

  /**
   * Ends a key at once. One that is revoked already stays as it is.
   * @throws ProblemError `api-key-not-found`, `last-owner-key`
   */
  async revokeKey(keyId: string): Promise<ApiKey> {
    const row = await this.#database.transaction().execute(async (database) => {
      const old = await this.#locked(database, keyId);
      if (old.revoked_at !== null) return old;
      if (old.role === 'owner' && !(await hasOtherOwner(database, keyId))) {
        throw new ProblemError('last-owner-key', 'No other key with the role owner works.');
      }
      return database
        .updateTable('ops.api_keys')
        .set({ revoked_at: new Date() })
        .where('id', '=', keyId)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    this.#authenticator?.forget(keyId);
    return toApiKey(row);
  }

  /** The key, without its secret. */
  async findKey(keyId: string): Promise<ApiKey | undefined> {
    const row = await this.#database
      .selectFrom('ops.api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .executeTakeFirst();
    return row && toApiKey(row);
  }

  /** `limit + 1` keys, newest first (oldest first when reading backwards). */
  async listKeys(page: PageRequest): Promise<ApiKey[]> {
    const cursor = page.after ?? page.before;
    const order = page.before === undefined ? ('desc' as const) : ('asc' as const);
    let query = this.#database
      .selectFrom('ops.api_keys')
      .selectAll()
      .orderBy('created_at', order)
      .orderBy('id', order)
      .limit(page.limit + 1);
    if (cursor !== undefined) {
      const createdAt = cursorDate(cursor.sortKey);
      const than = page.before === undefined ? ('<' as const) : ('>' as const);
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('created_at', 'id'), than, tuple(createdAt, cursor.id)),
      );
    }
    return (await query.execute()).map(toApiKey);
  }

  async #locked(database: AuthQueries, keyId: string): Promise<KeyRow> {
    // All owners are locked together, in order: two of them cannot revoke each other at the same moment.
    const rows = await database
      .selectFrom('ops.api_keys')
      .selectAll()
      .where(({ eb, or }) => or([eb('id', '=', keyId), eb('role', '=', 'owner')]))
      .orderBy('id')
      .forUpdate()
      .execute();
    const row = rows.find(({ id }) => id === keyId);
    if (row === undefined) throw new ProblemError('api-key-not-found', 'There is no such API key.');
    return row;
  }

  async #issue(
    database: AuthQueries,
    meta: KeyMeta,
    describe: (id: string) => Described,
  ): Promise<IssuedKey> {
    const id = base32(Buffer.from(meta.commandId.replaceAll('-', ''), 'hex'));
    const key = generateKey(id);
    const row = await database
      .insertInto('ops.api_keys')
      .values({
        ...describe(id),
        id,
        hash: hashKey(key),
        // Milliseconds: cursors are made from it.
        created_at: new Date(),
        created_by: meta.actor,
        command_id: meta.commandId,
        request_hash: meta.requestHash,
        revoked_at: null,
        last_used_at: null,
        replaced_by: null,
      })
      .onConflict((conflict) => conflict.column('command_id').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) return { apiKey: toApiKey(row), key, replayed: false };
    const known = await replayOf(database, meta);
    if (known === undefined) throw new Error(`API key ${id} exists under another command`);
    return known;
  }
}

/** The key that this very command made before. */
async function replayOf(database: AuthQueries, meta: KeyMeta): Promise<IssuedKey | undefined> {
  const row = await database
    .selectFrom('ops.api_keys')
    .selectAll()
    .where('command_id', '=', meta.commandId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.request_hash !== meta.requestHash) {
    throw new IdempotencyKeyReusedError('this key was used to make another API key');
  }
  return { apiKey: toApiKey(row), replayed: true };
}

function replayOr(known: IssuedKey | undefined, problem: () => ProblemError): IssuedKey {
  if (known === undefined) throw problem();
  return known;
}

function isPast(instant: string | undefined): boolean {
  return instant !== undefined && Date.parse(instant) <= Date.now();
}

function storedLimits(limits: KeyLimits | undefined): string | null {
  return limits === undefined ? null : JSON.stringify(limits);
}

function successorExpiry(old: KeyRow, { expiresAt }: Rotation): Date | null {
  if (expiresAt !== undefined) return new Date(expiresAt);
  if (old.expires_at === null) return null;
  return new Date(Date.now() + old.expires_at.getTime() - old.created_at.getTime());
}

function expiryPassed(): ProblemError {
  const detail = 'The key would have expired already.';
  return new ProblemError('validation-failed', detail, {
    errors: [{ pointer: '/expiresAt', in: 'body', detail }],
  });
}

function replaced(successor: string): ProblemError {
  return new ProblemError('api-key-replaced', `The API key has a successor already: ${successor}.`);
}

function revoked(): ProblemError {
  return new ProblemError('api-key-revoked', 'The API key does not work any more.');
}

function cursorDate(sortKey: string): Date {
  const date = new Date(sortKey);
  if (Number.isNaN(date.getTime())) {
    throw new ProblemError('invalid-cursor', 'The cursor does not come from this list.');
  }
  return date;
}
