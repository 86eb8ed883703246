import { sqlMigration } from '../../platform/migrations.ts';

export const logMigration = sqlMigration('0001_log', import.meta.url, [
  'sql/schema.sql',
  'sql/role.sql',
  'sql/grant-login.sql',
  'sql/events.sql',
  'sql/refuse-change.sql',
  'sql/append-only.sql',
  'sql/resolve-known.sql',
  'sql/append.sql',
  'sql/privileges.sql',
]);
