import { crashTest } from './crash-test.ts';

crashTest('the log in Postgres', async () => ({ kind: 'postgres' }), [
  ['service'],
  ['postgres'],
  ['service', 'postgres'],
  ['postgres', 'service'],
]);
