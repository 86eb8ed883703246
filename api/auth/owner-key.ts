import { type AuthQueries, isLive, type KeyRow } from './key-database.ts';
import { generateKey, hashesEqual, hashKey } from './key-format.ts';

/** Id of the first key. It is found by this id whatever its text looks like, because its text can be chosen. */
export const OWNER_KEY_ID = 'owner';
const GENERATED_KEY_ID = '0000000000000000';

/**
 * Sees to it that there is a first key. A configured one takes the place of the one before; a key that was
 * revoked stays revoked until another is configured.
 * @param configured ADMIN_API_KEY
 * @returns the key that was made now, to be shown once; undefined if there was one or it is configured
 */
export async function ensureOwnerKey(
  database: AuthQueries,
  configured: string | undefined,
): Promise<string | undefined> {
  const key = configured ?? generateKey(GENERATED_KEY_ID);
  const existing = await database
    .selectFrom('ops.api_keys')
    .selectAll()
    .where('id', '=', OWNER_KEY_ID)
    .executeTakeFirst();
  if (existing === undefined) {
    const inserted = await insertOwner(database, key);
    if (inserted) return configured === undefined ? key : undefined;
    // Another process was first.
    return configured === undefined ? undefined : ensureOwnerKey(database, configured);
  }
  if (configured !== undefined && !hashesEqual(existing.hash, hashKey(configured))) {
    await replaceOwner(database, existing, configured);
  }
  return undefined;
}

async function insertOwner(database: AuthQueries, key: string): Promise<boolean> {
  const inserted = await database
    .insertInto('ops.api_keys')
    .values({
      id: OWNER_KEY_ID,
      principal_id: `key:${OWNER_KEY_ID}`,
      hash: hashKey(key),
      role: 'owner',
      customer_id: null,
      label: 'First key',
      created_at: new Date(),
      created_by: 'configuration',
      command_id: null,
      request_hash: null,
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
      replaced_by: null,
      rate_limits: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

async function replaceOwner(database: AuthQueries, existing: KeyRow, key: string): Promise<void> {
  await database
    .updateTable('ops.api_keys')
    .set({
      hash: hashKey(key),
      created_at: new Date(),
      created_by: 'configuration',
      expires_at: null,
      revoked_at: null,
      replaced_by: null,
    })
    .where('id', '=', OWNER_KEY_ID)
    .where('hash', '=', existing.hash)
    .execute();
}

/** True if some other live key has the role owner, so that revoking this one locks nobody out. */
export async function hasOtherOwner(database: AuthQueries, keyId: string): Promise<boolean> {
  const owners = await database
    .selectFrom('ops.api_keys')
    .select(['id', 'expires_at', 'revoked_at'])
    .where('role', '=', 'owner')
    .where('id', '<>', keyId)
    .execute();
  return owners.some((row) => isLive(row, Date.now()));
}
