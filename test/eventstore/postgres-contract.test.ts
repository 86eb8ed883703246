import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { migrate } from '../../platform/migrations.ts';
import { createClient } from '../../platform/postgres.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { eventStoreContract } from './contract.ts';

/** A server of its own, which may be killed: its owner starts it again. */
eventStoreContract(
  'postgres',
  async () => {
    const dataDir = await temporaryFolder();
    const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
    await migrate(server.url, [logMigration]);
    const store = new PostgresEventStore({ url: server.url });
    return {
      store,
      restart: async () => {
        await killPostmaster(dataDir);
        await untilItAnswers(server.url);
      },
      async dispose() {
        await store.close();
        await server.stop();
        await removeTemporaryFolder(dataDir);
      },
    };
  },
  { dense: true },
);

async function killPostmaster(dataDir: string): Promise<void> {
  const [pid] = (await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

async function untilItAnswers(url: string): Promise<void> {
  for (;;) {
    const client = createClient({ url, name: 'test-restart', as: 'owner' });
    const answered = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (answered) return;
    await sleep(20);
  }
}
