import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../api/client.ts';
import { type Service, startService } from '../../api/service/service.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { OWNER_KEY, startTestService, type TestService } from '../support/service.ts';

const LIMITS = {
  RATE_LIMIT_INGEST: '20,owner=0',
  RATE_LIMIT_HOT_READS: '20,owner=0',
  RATE_LIMIT_QUERIES: '12,auditor=6,owner=0',
  RATE_LIMIT_COMMANDS: '4,owner=0',
  RATE_LIMIT_FAILED_AUTHENTICATIONS: '5',
  TRUSTED_PROXIES: '1',
};

let service: TestService;
let other: Service;
let addresses = 0;

beforeAll(async () => {
  service = await startTestService(LIMITS);
  const config = loadConfig({
    ...LIMITS,
    NODE_ENV: 'test',
    ROLE: 'api',
    PORT: '0',
    CLOCK: 'manual:2026-01-01T00:00:00Z',
    DATABASE_URL: service.databaseUrl,
    ADMIN_API_KEY: OWNER_KEY,
  });
  other = await startService({ config, log: createLogger({ level: 'error' }) });
  await service.ok('initializeCustomerRevenue', { customerId: 'acme', tier: 'growth' });
  await service.service.core.drain();
});
afterAll(async () => {
  await other?.close();
  await service?.close();
});

async function keyOf(role: string, more: object = {}): Promise<{ id: string; key: string }> {
  return (await service.ok<{ id: string; key: string }>('createApiKey', { role, label: 'test', ...more }))
    .body;
}

const get = (key: string, path = '/v1/invoices', url = service.url, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers: { Authorization: `Bearer ${key}`, ...headers } });

const newAddress = () => {
  addresses += 1;
  return { 'X-Forwarded-For': `198.51.100.${addresses}` };
};

async function statuses(times: number, send: () => Promise<Response>): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < times; n += 1) all.push((await send()).status);
  return all;
}

describe('a key with a limit', () => {
  test('is told what is left, and refused with the time to wait when nothing is', async () => {
    const { key } = await keyOf('auditor');
    const first = await get(key);
    expect(first.headers.get('ratelimit-policy')).toBe('"queries";q=6;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"queries";r=5;t=(60|59)$/);
    expect(await statuses(5, () => get(key))).toEqual([200, 200, 200, 200, 200]);
    const refused = await get(key);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toMatchObject({
      code: 'rate-limited',
      status: 429,
      instance: '/v1/invoices',
    });
    const [, reset] = /^"queries";r=0;t=(\d+)$/.exec(refused.headers.get('ratelimit') ?? '') ?? [];
    expect(Number(reset)).toBeGreaterThan(0);
    expect(refused.headers.get('retry-after')).toBe(reset);
    expect(refused.headers.get('ratelimit-policy')).toBe('"queries";q=6;w=60');
  });

  test('has one for each class of operations, and each key its own', async () => {
    const [{ key }, neighbour] = await Promise.all([keyOf('auditor'), keyOf('auditor')]);
    expect((await statuses(7, () => get(key))).at(-1)).toBe(429);
    expect((await get(neighbour.key)).status).toBe(200);
    const finance = await keyOf('finance');
    const client = await createClient({ url: service.url, key: finance.key });
    const outcomes: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const answer = await client.call('createSubscription', { customerId: 'acme', tier: 'pro' });
      outcomes.push(answer.status);
      if (n === 0) expect(answer.headers.get('ratelimit')).toMatch(/^"commands";r=3;/);
    }
    expect(outcomes).toEqual([409, 409, 409, 409, 429]);
    expect((await client.call('listInvoices')).status).toBe(200);
  });

  test('is limited in operations that are answered ahead of Express', async () => {
    const { key } = await keyOf('ingest');
    const client = await createClient({ url: service.url, key });
    const track = (n: number) =>
      client.call('trackUsageEvent', { customerId: 'acme', eventType: 'api.called', eventId: `e${n}` });
    const answers = await Promise.all(Array.from({ length: 23 }, (_, n) => track(n)));
    expect(answers.filter(({ status }) => status === 201).length).toBe(20);
    expect(answers.filter(({ status }) => status === 429).length).toBe(3);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"ingest";q=20;w=60');
  });

  test('shares it with its successor, and between processes', async () => {
    const old = await keyOf('auditor');
    const next = await service.ok<{ key: string }>('rotateApiKey', { keyId: old.id });
    const url = other.url ?? '';
    const answers = [
      await get(old.key),
      await get(next.body.key, '/v1/invoices', url),
      await get(old.key, '/v1/invoices', url),
      await get(next.body.key),
      await get(old.key),
      await get(next.body.key, '/v1/invoices', url),
      await get(old.key),
      await get(old.key, '/v1/invoices', url),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  });

  test('can have another one than its role, or none', async () => {
    const tight = await keyOf('auditor', { rateLimits: { queries: 2 } });
    expect(await statuses(3, () => get(tight.key))).toEqual([200, 200, 429]);
    const free = await keyOf('auditor', { rateLimits: { queries: 0 } });
    expect(new Set(await statuses(9, () => get(free.key)))).toEqual(new Set([200]));
    const unlimited = await get(free.key);
    expect(unlimited.headers.has('ratelimit')).toBe(false);
    expect(unlimited.headers.has('ratelimit-policy')).toBe(false);
  });

  test('says what is left with refusals too', async () => {
    const { key } = await keyOf('auditor');
    const forbidden = await get(key, '/v1/customers/acme/usage?period=nonsense');
    expect(forbidden.status).toBe(400);
    expect(forbidden.headers.get('ratelimit')).toMatch(/^"queries";r=5;/);
  });
});

describe('wrong keys from one address', () => {
  const wrong = 'rk_live_0123456789abcdef_wrong';

  test('are refused without being looked at, after a few', async () => {
    const address = newAddress();
    expect(await statuses(6, () => get(wrong, '/v1/invoices', service.url, address))).toEqual([
      401, 401, 401, 401, 401, 429,
    ]);
    const { key } = await keyOf('auditor');
    const guessed = await get(key, '/v1/invoices', service.url, address);
    expect(guessed.status).toBe(429);
    expect(guessed.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await get(key, '/v1/invoices', service.url, newAddress())).status).toBe(200);
  });

  test('do not shut out who was known there before', async () => {
    const address = newAddress();
    const { key } = await keyOf('auditor');
    expect((await get(key, '/v1/invoices', service.url, address)).status).toBe(200);
    expect((await statuses(7, () => get(wrong, '/v1/invoices', service.url, address))).at(-1)).toBe(429);
    expect((await get(key, '/v1/invoices', service.url, address)).status).toBe(200);
  });

  test('count for all processes', async () => {
    const address = newAddress();
    const url = other.url ?? '';
    const answers = [
      ...(await statuses(3, () => get(wrong, '/v1/invoices', service.url, address))),
      ...(await statuses(3, () => get(wrong, '/v1/invoices', url, address))),
    ];
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test('are counted for the metrics as well, and no key at all is no guess', async () => {
    const address = newAddress();
    const anonymous = () => fetch(`${service.url}/v1/invoices`, { headers: address });
    expect(new Set(await statuses(9, anonymous))).toEqual(new Set([401]));
  });
});
