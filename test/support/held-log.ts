import { createClient } from '../../platform/postgres.ts';

export interface HeldLog {
  /** Resolves once an append waits. */
  waiting(): Promise<void>;
  /** Lets all of them go on. */
  release(): Promise<void>;
}

/** The lock under which the log in Postgres is appended to. */
const APPEND_LOCK = 4711001;
const LOOK_AGAIN_MS = 10;

/** Keeps every append of every process waiting until it is released. */
export async function holdLog(url: string): Promise<HeldLog> {
  const holder = createClient({ url, name: 'test', as: 'owner' });
  await holder.connect();
  await holder.query('select pg_advisory_lock($1)', [APPEND_LOCK]);
  const someoneWaits = async () => {
    const { rows } = await holder.query<{ waits: boolean }>(
      `select exists (select from pg_locks where locktype = 'advisory' and objid = $1 and not granted
        and database = (select oid from pg_database where datname = current_database())) as waits`,
      [APPEND_LOCK],
    );
    return rows[0]?.waits === true;
  };
  return {
    async waiting() {
      while (!(await someoneWaits())) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    },
    release: () => holder.end(),
  };
}
