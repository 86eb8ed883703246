import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

/** Role the service works under: it can append to the log and write read models, never change history. */
export const APP_ROLE = 'aura_app';

export interface PoolOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly max?: number;
  /** Work as APP_ROLE (default) or as the login user, who owns the schemas (migrations only). */
  readonly as?: 'app' | 'owner';
  readonly onError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** A pool whose broken clients never take the process down; errors go to `onError`. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool(clientConfig(options, options.max ?? 10));
  const onError = (error: Error) => {
    // `end` does not wait for its connections: a server that stops right after it may still say goodbye to one.
    if (!pool.ending) options.onError?.(error);
  };
  pool.on('error', onError);
  // A checked-out client has no listener of the pool's: without this, losing it would end the process.
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** A connection of its own, for LISTEN and for the append pipeline. The caller connects and ends it. */
export function createClient(options: PoolOptions): pg.Client {
  const client = new pg.Client(clientConfig(options, 1));
  client.on('error', options.onError ?? (() => undefined));
  return client;
}

function clientConfig(options: PoolOptions, max: number): pg.PoolConfig {
  return {
    connectionString: options.url,
    application_name: `aura-${options.name}`,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(options.as === 'owner' ? {} : { options: `-c role=${APP_ROLE}` }),
  };
}

/** Kysely on an existing pool; closing the Kysely instance is not needed, the pool's owner closes it. */
export function queryBuilder<Database>(pool: pg.Pool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Runs `work` in one transaction; rolls back on any error and drops a client that is broken.
 * @param begin statements that open it, without parameters, sent together; `work` gets their results
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient, opened: readonly pg.QueryResult[]) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const opened = resultsOf(await client.query(begin));
    const result = await work(client, opened);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The driver answers several statements in one text with a list, whatever its types say. */
export function resultsOf(answer: pg.QueryResult | readonly pg.QueryResult[]): readonly pg.QueryResult[] {
  return 'rows' in answer ? [answer] : answer;
}

/** True for errors that mean the connection or server is gone, as opposed to a refused statement. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (/^(08|57P0)/.test(code) || /^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOST)/.test(code)) return true;
  return /Connection terminated|connection.*(closed|ended)|not queryable|timeout exceeded when trying to connect|^timeout expired$/i.test(
    error.message,
  );
}
