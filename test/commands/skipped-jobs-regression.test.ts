import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

const MORE_THAN_A_PAGE = 10_001;

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ CLOCK: 'manual:2026-04-02T00:00:00Z' });
});
afterAll(() => service.close());

const signUp = (customerId: string, trialDays: number) =>
  service.ok('initializeCustomerRevenue', {
    customerId,
    tier: 'growth',
    taxRate: '0.08',
    trialDays,
    paymentMethod: true,
  });

it('what was skipped and stays due does not hide what falls due after it', async () => {
  await signUp('early', 14);
  await service.service.core.drain();
  // As if so many trials had ended, had been refused and waited for somebody to look at them.
  const { pool } = service.service.core;
  await pool.query(
    `insert into read.subscriptions
     select (jsonb_populate_record(s, jsonb_build_object('customer_id', 'stuck_' || n))).*
       from read.subscriptions s, generate_series(1, $1) n where s.customer_id = 'early'`,
    [MORE_THAN_A_PAGE],
  );
  await pool.query(
    `insert into ops.job_runs (job, subject, due_at, outcome, detail)
     select 'trial-end', customer_id, trial_ends_at, 'skipped', 'refused'
       from read.subscriptions where customer_id like 'stuck_%'`,
  );
  await service.ok('advanceClock', { to: '2026-04-03T00:00:00Z' });
  await signUp('late', 14);
  await service.ok('advanceClock', { to: '2026-04-20T00:00:00Z' });
  for (const customerId of ['early', 'late']) {
    const { body } = await service.ok<{ status: string }>('getSubscription', { customerId });
    expect([customerId, body.status]).toEqual([customerId, 'active']);
  }
});
