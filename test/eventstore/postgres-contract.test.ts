import { logMigration } from '../../eventstore/postgres/migration.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { migrate } from '../../platform/migrations.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { eventStoreContract } from './contract.ts';

eventStoreContract(
  'postgres',
  async () => {
    const database = await createTestDatabase();
    await migrate(database.url, [logMigration]);
    const store = new PostgresEventStore({ url: database.url });
    return {
      store,
      async dispose() {
        await store.close();
        await database.drop();
      },
    };
  },
  { dense: true },
);
