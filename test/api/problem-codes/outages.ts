import { createPool } from '../../../platform/postgres.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { onServiceWith, type Provoked, type Scenario, type Scenarios } from './scenario.ts';

/** A service that reaches its database through a proxy which the scenario breaks. */
async function throughProxy(scenario: (proxy: TcpProxy) => Scenario): Promise<Provoked> {
  const database = await createTestDatabase();
  const proxy = new TcpProxy(database.url);
  try {
    const env = { DATABASE_URL: await proxy.listen(database.url) };
    return await onServiceWith(env, async (given) => {
      // The key is known, so that it is the operation that misses the database.
      await given.customer('before');
      await given.service.service.core.drain();
      try {
        return await scenario(proxy)(given);
      } finally {
        proxy.comeUp();
      }
    });
  } finally {
    await proxy.close();
    await database.drop();
  }
}

/** What a service answers when something that it stands on fails, by code. */
export const outageScenarios = {
  'internal-error': () =>
    onServiceWith({}, async ({ call, service }) => {
      const pool = createPool({ url: service.databaseUrl, name: 'breaker', max: 1, as: 'owner' });
      await pool.query('alter table read.invoices rename to invoices_gone');
      await pool.end();
      return call('listInvoices');
    }),
  'outcome-unknown': () =>
    throughProxy((proxy) => ({ call }) => {
      // Only the append itself names the type of the event.
      void proxy.lose('answer', 'customer.registered').then(() => proxy.goDown());
      return call('initializeCustomerRevenue', { customerId: 'perhaps' });
    }),
  'log-unavailable': () =>
    throughProxy((proxy) => ({ call }) => {
      proxy.goDown();
      return call('listEvents');
    }),
  'read-models-unavailable': () =>
    throughProxy((proxy) => ({ call }) => {
      proxy.goDown();
      return call('getCustomerRevenueDashboard', { customerId: 'before' });
    }),
  overloaded: () =>
    onServiceWith({ MAX_REQUESTS_IN_FLIGHT: '1' }, async ({ send }) => {
      const waiting = () =>
        send('GET', '/v1/invoices?minPosition=999999999', undefined, { Prefer: 'wait=1' });
      const answers = await Promise.all([waiting(), waiting(), waiting()]);
      return answers.find(({ code }) => code === 'overloaded') ?? (answers[0] as Provoked);
    }),
} satisfies Scenarios;
