import { logMigration } from '../../eventstore/postgres/migration.ts';
import { PostgresEventStore, type PostgresEventStoreOptions } from '../../eventstore/postgres/store.ts';
import { migrate } from '../../platform/migrations.ts';
import { createClient } from '../../platform/postgres.ts';
import { createTestDatabase } from '../support/postgres.ts';

type Client = ReturnType<typeof createClient>;

/** A log in a database of its own, and what a test needs around it. */
export interface PostgresLog {
  readonly url: string;
  /** The owner's connection. */
  readonly owner: Client;
  /** A store on this log, closed with it. */
  open(options?: Partial<PostgresEventStoreOptions>): PostgresEventStore;
  /** A connection of its own, as the service's role or as the owner; ended with the log. */
  connect(as: 'app' | 'owner'): Promise<Client>;
  /** Keeps every append waiting until the function that it gives back is called. */
  holdAppends(): Promise<() => Promise<void>>;
  /** Ends the server's side of connections by their name (`aura-append`, `aura-log`, `aura-listen`). */
  terminate(name: string): Promise<number>;
  dispose(): Promise<void>;
}

const APPEND_LOCK = 4711001;

export async function createPostgresLog(): Promise<PostgresLog> {
  const database = await createTestDatabase();
  await migrate(database.url, [logMigration]);
  const stores: PostgresEventStore[] = [];
  const clients: Client[] = [];
  const connect: PostgresLog['connect'] = async (as) => {
    const client = createClient({ url: database.url, name: 'test', as });
    clients.push(client);
    await client.connect();
    return client;
  };
  const owner = await connect('owner');
  return {
    url: database.url,
    owner,
    open(options = {}) {
      const store = new PostgresEventStore({ url: database.url, ...options });
      stores.push(store);
      return store;
    },
    connect,
    async holdAppends() {
      const holder = await connect('owner');
      await holder.query('begin');
      await holder.query('select pg_advisory_xact_lock($1)', [APPEND_LOCK]);
      return async () => {
        await holder.query('commit');
      };
    },
    async terminate(name) {
      const { rows } = await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = $1`,
        [name],
      );
      return rows.length;
    },
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all(clients.map((client) => client.end()));
      await database.drop();
    },
  };
}

/** Waits until it holds, looking again and again. */
export async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
