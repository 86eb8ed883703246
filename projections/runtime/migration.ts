import { sqlMigration } from '../../platform/migrations.ts';

/** Schema `read` and the runtime's own tables in `ops`. Runs after the log's migration, before any projection's. */
export const runtimeMigration = sqlMigration('0002_projection_runtime', import.meta.url, [
  'sql/read-schema.sql',
  'sql/checkpoints.sql',
  'sql/leases.sql',
  'sql/parked-events.sql',
]);
