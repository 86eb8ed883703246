import { sqlMigration } from '../../platform/migrations.ts';

/** Tables of schema `ops` for keys and access. Comes after the log's, which makes schema and role. */
export const authMigration = sqlMigration('0002_auth', import.meta.url, [
  'sql/api_keys.sql',
  'sql/access_log.sql',
  'sql/rate_limits.sql',
]);
