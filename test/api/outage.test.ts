import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../api/client.ts';
import { type Standin, startStandin } from '../support/eventstoredb-standin/start-standin.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** A way to take something away from a running service, and to give it back. */
interface Outage {
  readonly env: Readonly<Record<string, string>>;
  begin(): Promise<void>;
  end(): Promise<void>;
  dispose(): Promise<void>;
}

const TRY_AGAIN = ['log-unavailable', 'outcome-unknown', 'read-models-unavailable'];

function customer(customerId: string) {
  return { customerId, tier: 'growth', paymentMethod: true };
}

function expectTryAgain(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
  expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  expect(TRY_AGAIN).toContain((answer.body as { readonly code: string }).code);
}

async function ready(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}

async function untilReady(url: string): Promise<void> {
  while (!(await ready(url))) await sleep(50);
}

async function postgresOutage(): Promise<Outage> {
  const database = await createTestDatabase();
  const proxy = new TcpProxy(database.url);
  return {
    env: { DATABASE_URL: await proxy.listen(database.url) },
    begin: async () => proxy.goDown(),
    end: async () => proxy.comeUp(),
    async dispose() {
      await proxy.close();
      await database.drop();
    },
  };
}

async function logOutage(): Promise<Outage> {
  const records: TestDatabase = await createTestDatabase();
  const standin: Standin = await startStandin(records.url);
  return {
    env: { EVENTSTORE_URL: standin.url },
    begin: () => standin.kill(),
    end: () => standin.restart(),
    async dispose() {
      await standin.kill();
      await records.drop();
    },
  };
}

const OUTAGES = [
  ['Postgres', postgresOutage, 'read-models-unavailable'],
  ['EventStoreDB', logOutage, undefined],
] as const;

describe.each(OUTAGES)('%s is not there', (_name, make, dashboardProblem) => {
  let outage: Outage;
  let api: TestService;
  let refused: readonly (readonly [string, Readonly<Record<string, unknown>>, Answer])[];

  const call = (operationId: string, inputs: Readonly<Record<string, unknown>>) =>
    api.client.call(operationId, inputs, { idempotencyKey: `key of ${operationId}` });
  const fact = {
    customerId: 'known',
    eventType: 'api.called',
    eventId: 'f1',
    occurredAt: '2026-01-01T00:00:00Z',
  };

  beforeAll(async () => {
    outage = await make();
    // Every outage is reported, and expected here.
    process.env['TEST_LOG_LEVEL'] ??= 'silent';
    api = await startTestService(outage.env);
    const { position } = await api.ok('initializeCustomerRevenue', customer('known'));
    await api.ok('getCustomerRevenueDashboard', { customerId: 'known', minPosition: position });
    await outage.begin();
    const commands: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      ['initializeCustomerRevenue', customer('new')],
      ['changeSubscriptionTier', { customerId: 'known', newTier: 'pro' }],
      ['trackUsageEvents', { events: [fact] }],
    ];
    refused = await Promise.all(
      commands.map(async ([name, inputs]) => [name, inputs, await call(name, inputs)] as const),
    );
  });
  afterAll(async () => {
    await outage.end();
    await api.close();
    await outage.dispose();
  });

  test('every command is answered with a problem that says to try again', () => {
    for (const [, , answer] of refused) expectTryAgain(answer);
  });

  test('queries answer or say what is missing', async () => {
    const dashboard = await api.client.call('getCustomerRevenueDashboard', { customerId: 'known' });
    if (dashboardProblem === undefined) expect(dashboard.status).toBe(200);
    else expect(dashboard.body).toMatchObject({ status: 503, code: dashboardProblem });
    expectTryAgain(await api.client.call('listEvents'));
  });

  test('it lives, and says that it is not ready', async () => {
    expect((await fetch(`${api.url}/livez`)).status).toBe(200);
    const readiness = await fetch(`${api.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ status: 'not-ready' });
  });

  test('when it is back, the same keys get their commands done, once', async () => {
    await outage.end();
    await untilReady(api.url);
    for (const [name, inputs] of refused) {
      const first = await call(name, inputs);
      expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
      const again = await call(name, inputs);
      if (name !== 'trackUsageEvents') expect(again.body).toEqual(first.body);
    }
    const events = await api.service.core.store.readAll(0, 1_000);
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === 'customer.registered')).toHaveLength(2);
    expect(types.filter((type) => type === 'subscription.changed')).toHaveLength(1);
    expect(types.filter((type) => type === 'usage.recorded')).toHaveLength(1);
  });
});
