import type pg from 'pg';
import type { Projection } from './projection.ts';
import type { Finding } from './verify-report.ts';

/** Tables of the log, which verification reads event by event. */
const LOG_TABLES: readonly string[] = ['log.events'];

/** Tables that are not rebuilt from the log, and why that is right. A table on no list is an error. */
const OPERATIONAL_TABLES: Readonly<Record<string, string>> = {
  'ops.kysely_migration': 'which migrations were applied',
  'ops.kysely_migration_lock': 'lock of the migrations',
  'ops.checkpoints': 'how far read models are: a rebuild starts from nothing',
  'ops.leases': 'who writes which read model at this moment',
  'ops.parked_events': 'events set aside: verification fails while there are any',
  'ops.reactor_checkpoints': 'how far reactors are: their commands are idempotent',
  'ops.parked_follow_ups': 'what reactors could not do: tried again at each start',
  'ops.job_runs': 'which jobs the scheduler has run: their commands are idempotent',
  'ops.catalogue_versions': 'prices that were in force here: a catalogue file must still have them',
  'ops.bill_runs': 'how far bill runs are: what is billed stands in the log',
  'ops.command_claims': 'claims of idempotency keys: the stream has the last word',
  'ops.fact_claims': 'claims of usage facts: the metering read model counts an id once',
  'ops.refused_commands': 'what was asked and refused: by definition not in the log',
  'ops.api_keys': 'who may call, hashed: no business fact',
  'ops.rate_limits': 'points taken in the running minute: no business fact',
  'ops.access_log': 'who called: no business fact',
  'vault.subjects': 'personal data, erasable: the log holds only opaque ids',
};

export interface TableLists {
  readonly projections: readonly Projection[];
  /** More tables with a reason each, beside OPERATIONAL_TABLES. */
  readonly operational?: Readonly<Record<string, string>> | undefined;
}

/** Every table of the database is verified, or stands on the list with a reason. */
export async function verifyTables(pool: pg.Pool, lists: TableLists): Promise<Finding> {
  const { rows } = await pool.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1`,
  );
  const claimed = claims(lists);
  const found = new Set(rows.map((row) => row.name));
  const stray = [...found].filter((name) => !claimed.has(name) && !isBeingRebuilt(name, lists.projections));
  const missing = verifiedTables(lists.projections).filter((name) => !found.has(name));
  const detail = [
    ...stray.map((name) => `${name} belongs to nobody`),
    ...missing.map((name) => `${name} does not exist`),
  ].join('; ');
  return {
    name: 'tables: each is verified or on the list with a reason',
    ok: detail === '',
    detail,
    count: found.size,
  };
}

function verifiedTables(projections: readonly Projection[]): string[] {
  return [...LOG_TABLES, ...projections.flatMap(({ tables }) => tables.map((table) => `read.${table}`))];
}

function claims({ projections, operational }: TableLists): ReadonlySet<string> {
  return new Set([
    ...verifiedTables(projections),
    ...Object.keys(OPERATIONAL_TABLES),
    ...Object.keys(operational ?? {}),
  ]);
}

/** The shadow of a rebuild that runs now, or of one that was killed and will be dropped by the next. */
function isBeingRebuilt(name: string, projections: readonly Projection[]): boolean {
  return projections.some((projection) =>
    projection.tables.some((table) =>
      [`shadow_${projection.name}.${table}`, `verify_${projection.name}.${table}`].includes(name),
    ),
  );
}
