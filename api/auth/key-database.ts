import type { Insertable, JSONColumnType, Kysely, Selectable } from 'kysely';
import type { KeyLimits, Role } from '../http/types.ts';

/** Columns of ops.api_keys. */
export interface ApiKeysTable {
  id: string;
  principal_id: string;
  hash: string;
  role: Role;
  customer_id: string | null;
  label: string;
  created_at: Date;
  created_by: string;
  command_id: string | null;
  request_hash: string | null;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  replaced_by: string | null;
  rate_limits: JSONColumnType<KeyLimits> | null;
}

export interface AuthDatabase {
  'ops.api_keys': ApiKeysTable;
}

export type AuthQueries = Kysely<AuthDatabase>;
export type KeyRow = Selectable<ApiKeysTable>;
export type NewKeyRow = Insertable<ApiKeysTable>;

/** An API key as it is shown: never with its secret or hash. Instants are RFC 3339. */
export interface ApiKey {
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly customerId?: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly lastUsedAt?: string;
  readonly replacedBy?: string;
  readonly rateLimits?: KeyLimits;
}

export function toApiKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    role: row.role,
    label: row.label,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    ...(row.customer_id === null ? {} : { customerId: row.customer_id }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
    ...(row.replaced_by === null ? {} : { replacedBy: row.replaced_by }),
    ...(row.rate_limits === null ? {} : { rateLimits: row.rate_limits }),
  };
}

/** True while a key opens anything. */
export function isLive(row: Pick<KeyRow, 'expires_at' | 'revoked_at'>, nowMs: number): boolean {
  return row.revoked_at === null && (row.expires_at === null || row.expires_at.getTime() > nowMs);
}
