import { afterAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { crashTest } from './crash-test.ts';

let records: TestDatabase | undefined;
afterAll(() => records?.drop());

crashTest('the log in EventStoreDB (stand-in)', async () => {
  records = await createTestDatabase();
  return { kind: 'standin', databaseUrl: records.url };
}, [['service'], ['standin'], ['postgres'], ['service', 'standin', 'postgres']]);
