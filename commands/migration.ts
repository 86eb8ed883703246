import { sqlMigration } from '../platform/migrations.ts';

export const commandsMigration = sqlMigration('0004_commands', import.meta.url, [
  'sql/command-claims.sql',
  'sql/fact-claims.sql',
  'sql/refused-commands.sql',
  'sql/job-runs.sql',
  'sql/bill-runs.sql',
  'sql/reactor-checkpoints.sql',
  'sql/parked-follow-ups.sql',
]);
