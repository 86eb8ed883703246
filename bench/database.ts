import type pg from 'pg';
import { migrations } from '../api/service/schema.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/index.ts';
import { migrate } from '../platform/migrations.ts';
import { createClient, createPool } from '../platform/postgres.ts';
import {
  removeTemporaryFolder,
  sweepTemporaryFolders,
  temporaryFolder,
} from '../test/support/temporary-folder.ts';

/** A migrated database of one scenario's own. */
export interface BenchDatabase {
  readonly url: string;
  /** As the owner of the schemas: copies and checks. */
  readonly pool: pg.Pool;
  drop(): Promise<void>;
}

export interface BenchServer {
  freshDatabase(): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

const TEMPLATE = 'bench_template';
const WARM_WAL_MB = 640;

/** A PostgreSQL server in a temporary folder, with the settings of the embedded one and its WAL segments made. */
export async function startBenchServer(): Promise<BenchServer> {
  await sweepTemporaryFolders();
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const remove = async () => {
    await server.stop();
    await removeTemporaryFolder(dataDir);
  };
  try {
    const admin = (sql: string) => administer(server.url, sql);
    await admin(`create database ${TEMPLATE}`);
    await migrate(urlOf(server.url, TEMPLATE), migrations);
    await warmWal(server.url);
    let made = 0;
    return {
      async freshDatabase() {
        made += 1;
        const name = `bench_${made}`;
        await admin(`create database ${name} template ${TEMPLATE} strategy file_copy`);
        const url = urlOf(server.url, name);
        const pool = createPool({ url, name: 'bench', as: 'owner', max: 4 });
        return {
          url,
          pool,
          async drop() {
            await pool.end();
            await admin(`drop database ${name} with (force)`);
          },
        };
      },
      stop: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The first write of a WAL segment stalls commits; a checkpoint leaves written ones to be used again. */
async function warmWal(url: string): Promise<void> {
  await administer(
    url,
    `do $$ begin
       for i in 1..${WARM_WAL_MB} loop
         perform pg_logical_emit_message(false, 'bench', repeat('x', 1048576));
       end loop;
     end $$`,
  );
  await administer(url, 'checkpoint');
}

async function administer(url: string, sql: string): Promise<void> {
  const client = createClient({ url, name: 'bench-admin', as: 'owner' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
