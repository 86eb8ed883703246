import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { startService } from '../../api/service/service.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { envelope } from '../commands/support.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { OWNER_KEY } from '../support/service.ts';

it('a worker stops while it waits for read models that nobody writes', async () => {
  const database = await createTestDatabase();
  const config = loadConfig({ ROLE: 'worker', DATABASE_URL: database.url, ADMIN_API_KEY: OWNER_KEY });
  let logged = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const worker = await startService({ config, log: createLogger({ level: 'info', destination }) });
  const party = { customerId: 'acme', name: null, email: null, currency: 'USD', taxRate: '0' };
  const plan = { tier: 'growth', billingCycle: 'monthly', trialDays: 0, paymentMethod: true } as const;
  await initializeCustomerRevenue(worker.core.context, { ...party, ...plan }, envelope('acme'));
  await expect.poll(() => logged, { timeout: 60_000 }).toContain('waiting for the projector');
  await worker.close();
  await database.drop();
}, 120_000);
