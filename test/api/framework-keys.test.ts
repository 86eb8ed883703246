import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AccessLog } from '../../api/auth/access-log.ts';
import { Authenticator } from '../../api/auth/authenticator.ts';
import type { AuthDatabase, AuthQueries } from '../../api/auth/key-database.ts';
import { generateKey, keyIdOf } from '../../api/auth/key-format.ts';
import { type KeyServices, keyRoutes } from '../../api/auth/key-routes.ts';
import { KeyStore } from '../../api/auth/key-store.ts';
import { authMigration } from '../../api/auth/migration.ts';
import { ensureOwnerKey } from '../../api/auth/owner-key.ts';
import { createApi } from '../../api/http/api.ts';
import { Health } from '../../api/http/health.ts';
import { type HttpServer, serveHttp } from '../../api/http/server.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool, queryBuilder } from '../../platform/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const OWNER = 'an-owner-key-of-my-own-choosing';

let testDatabase: TestDatabase;
let pool: Pool;
let database: AuthQueries;
let server: HttpServer;
let access: AccessLog;
let accessFailures = 0;
let commands = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url, [logMigration, authMigration]);
  pool = createPool({ url: testDatabase.url, name: 'test' });
  database = queryBuilder<AuthDatabase>(pool);
  access = new AccessLog(pool, () => {
    accessFailures += 1;
  });
  const authenticator = new Authenticator({ database });
  const health = new Health([]);
  const api = createApi<KeyServices>({
    routes: keyRoutes(),
    services: { keys: new KeyStore(database, authenticator) },
    authenticate: (header) => authenticator.authenticate(header),
    health,
    metrics: createMetrics(),
    metricsAccess: 'key',
    log: createLogger({ level: 'silent' }),
    document: { title: 'Keys', version: '1' },
    validateResponses: true,
    access: (entry) => access.add(entry),
    reads: { current: async () => 0, head: async () => 0, waitFor: async () => true },
  });
  server = await serveHttp({ listener: api.listener, health, host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await access.close();
  await pool.end();
  await testDatabase.drop();
});

beforeEach(async () => {
  await database.deleteFrom('ops.api_keys').execute();
  await ensureOwnerKey(database, OWNER);
});

interface Sent {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: {
    id: string;
    key: string;
    code: string;
    revokedAt: string;
    replacedBy: string;
    data: { id: string; lastUsedAt?: string }[];
    nextCursor?: string;
    errors: unknown;
  };
}

async function send(path: string, as: string, body?: object, idempotencyKey?: string): Promise<Sent> {
  commands += 1;
  const response = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${as}`,
      'Idempotency-Key': idempotencyKey ?? `key-${commands}`,
      'Content-Type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    replayed: response.headers.has('idempotent-replayed'),
    body: (await response.json()) as Sent['body'],
  };
}

const create = (as: string, body: object, idempotencyKey?: string) =>
  send('/v1/api-keys', as, body, idempotencyKey);

describe('a key', () => {
  test('has an id, 256 bits and a checksum', () => {
    const key = generateKey('0123456789abcdef');
    expect(key).toMatch(/^rk_live_0123456789abcdef_[0-9a-z]{52}[0-9a-f]{8}$/);
    expect(keyIdOf(key)).toBe('0123456789abcdef');
    const broken = key.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(keyIdOf(broken)).toBeUndefined();
    expect(generateKey('0123456789abcdef')).not.toBe(key);
  });

  test('opens what its role may, and is stored as a hash only', async () => {
    const { status, body } = await create(OWNER, { role: 'auditor', label: 'Audit 2026' });
    expect(status).toBe(201);
    expect((await send('/v1/api-keys', body.key)).status).toBe(200);
    expect((await create(body.key, { role: 'ingest', label: 'x' })).body.code).toBe('forbidden');
    const stored = JSON.stringify(await database.selectFrom('ops.api_keys').selectAll().execute());
    expect(stored).toContain(body.id);
    expect(stored).not.toContain(body.key.split('_')[3]);
    expect(stored).not.toContain(OWNER);
  });

  test.each([
    ['another secret', (key: string) => generateKey(keyIdOf(key) ?? '')],
    ['a wrong checksum', (key: string) => key.slice(0, -1)],
    ['upper case', (key: string) => key.toUpperCase()],
    ['nothing', () => ''],
    ['an unknown id', () => generateKey('zzzzzzzzzzzzzzzz')],
    ['too much', (key: string) => key.repeat(10)],
  ])('with %s is nobody’s', async (_what, change) => {
    const { body } = await create(OWNER, { role: 'auditor', label: 'x' });
    expect((await send('/v1/api-keys', change(body.key))).status).toBe(401);
  });

  test('of a customer carries its customer', async () => {
    const made = await create(OWNER, { role: 'customer', label: 'x', customerId: 'cus_1' });
    const principal = await new Authenticator({ database }).authenticate(`Bearer ${made.body.key}`);
    expect(principal).toEqual({
      id: `key:${made.body.id}`,
      keyId: made.body.id,
      role: 'customer',
      customerId: 'cus_1',
    });
    expect((await create(OWNER, { role: 'customer', label: 'x' })).body.code).toBe('validation-failed');
    expect((await create(OWNER, { role: 'admin', label: 'x', customerId: 'c' })).body.code).toBe(
      'validation-failed',
    );
  });

  test('expires', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const made = await create(OWNER, { role: 'auditor', label: 'x', expiresAt });
    expect((await send('/v1/api-keys', made.body.key)).status).toBe(200);
    const later = new Authenticator({ database, now: () => Date.now() + 60_001 });
    expect(await later.authenticate(`Bearer ${made.body.key}`)).toBeUndefined();
  });

  test('cannot be made to have expired already, but a retry gets its first answer', async () => {
    const past = { role: 'auditor', label: 'x', expiresAt: '2020-01-01T00:00:00Z' };
    const refused = await create(OWNER, past, 'past');
    expect(refused.body).toMatchObject({ code: 'validation-failed', errors: [{ pointer: '/expiresAt' }] });
    const soon = { ...past, expiresAt: new Date(Date.now() + 3_000).toISOString() };
    const made = await create(OWNER, soon, 'soon');
    await expect
      .poll(() => create(OWNER, soon, 'soon'), { timeout: 10_000 })
      .toMatchObject({ replayed: true, body: { id: made.body.id } });
    await expect.poll(() => Date.now() > Date.parse(soon.expiresAt), { timeout: 10_000 }).toBe(true);
    expect(await create(OWNER, soon, 'soon')).toMatchObject({ replayed: true, body: { id: made.body.id } });
  });

  test('has limits of its own, where it is given some', async () => {
    const rateLimits = { commands: 5, hotReads: 0 };
    const made = await create(OWNER, { role: 'ingest', label: 'x', rateLimits });
    expect(made.body).toMatchObject({ rateLimits });
    const principal = await new Authenticator({ database }).authenticate(`Bearer ${made.body.key}`);
    expect(principal?.rateLimits).toEqual(rateLimits);
    const kept = await send(`/v1/api-keys/${made.body.id}/rotate`, OWNER, {});
    expect(kept.body).toMatchObject({ rateLimits });
    const changed = await send(`/v1/api-keys/${kept.body.id}/rotate`, OWNER, { rateLimits: { queries: 9 } });
    expect(changed.body).toMatchObject({ rateLimits: { queries: 9 } });
    const wrong = await create(OWNER, { role: 'ingest', label: 'x', rateLimits: { reads: 1 } });
    expect(wrong.body).toMatchObject({ code: 'validation-failed' });
  });

  test('remembers when it was last used', async () => {
    const { body } = await create(OWNER, { role: 'auditor', label: 'x' });
    const lastUsed = async () => {
      const listed = await send('/v1/api-keys', OWNER);
      return listed.body.data.find(({ id }) => id === body.id)?.lastUsedAt;
    };
    expect(await lastUsed()).toBeUndefined();
    await send('/v1/api-keys', body.key);
    await expect.poll(lastUsed, { timeout: 10_000 }).toBeDefined();
  });
});

describe('making a key', () => {
  test('once for each command: a retry does not show the secret again', async () => {
    const first = await create(OWNER, { role: 'auditor', label: 'x' }, 'once');
    const again = await create(OWNER, { label: 'x', role: 'auditor' }, 'once');
    expect([again.status, again.replayed, again.body.id]).toEqual([201, true, first.body.id]);
    expect(again.body.key).toBeUndefined();
    const other = await create(OWNER, { role: 'auditor', label: 'y' }, 'once');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });

  test('an admin cannot make one that moves money', async () => {
    const admin = await create(OWNER, { role: 'admin', label: 'x' });
    expect((await create(admin.body.key, { role: 'ingest', label: 'x' })).status).toBe(201);
    for (const role of ['owner', 'admin', 'finance']) {
      expect((await create(admin.body.key, { role, label: 'x' })).body.code).toBe('forbidden');
    }
    const finance = await create(OWNER, { role: 'finance', label: 'x' });
    const rotate = await send(`/v1/api-keys/${finance.body.id}/rotate`, admin.body.key, {});
    const revoke = await send(`/v1/api-keys/${finance.body.id}/revoke`, admin.body.key, {});
    expect([rotate.body.code, revoke.body.code]).toEqual(['forbidden', 'forbidden']);
  });
});

describe('rotation', () => {
  test('gives the same principal a new key; both work until the overlap is over', async () => {
    const old = await create(OWNER, { role: 'auditor', label: 'x' });
    const next = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, { overlapSeconds: 3600 }, 'r');
    const authenticator = new Authenticator({ database });
    const [before, after] = await Promise.all([
      authenticator.authenticate(`Bearer ${old.body.key}`),
      authenticator.authenticate(`Bearer ${next.body.key}`),
    ]);
    expect(before?.id).toBe(`key:${old.body.id}`);
    expect(after).toEqual({ ...before, keyId: next.body.id });
    const later = new Authenticator({ database, now: () => Date.now() + 3_601_000 });
    expect(await later.authenticate(`Bearer ${old.body.key}`)).toBeUndefined();
    expect(await later.authenticate(`Bearer ${next.body.key}`)).toBeDefined();
    const retry = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, { overlapSeconds: 3600 }, 'r');
    expect([retry.replayed, retry.body.id]).toEqual([true, next.body.id]);
  });

  test('happens once for each key: two of them live at a time', async () => {
    const old = await create(OWNER, { role: 'auditor', label: 'x' });
    const next = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, {});
    const again = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, {});
    expect([again.status, again.body.code]).toEqual([409, 'api-key-replaced']);
    expect((await send(`/v1/api-keys/${next.body.id}/rotate`, OWNER, {})).status).toBe(201);
  });

  test('does not make a key of limited life one for ever', async () => {
    const hour = 3_600_000;
    const expiresAt = new Date(Date.now() + hour).toISOString();
    const old = await create(OWNER, { role: 'auditor', label: 'x', expiresAt });
    const next = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, {});
    const { expiresAt: end } = next.body as unknown as { expiresAt: string };
    expect(Math.abs(Date.parse(end) - Date.now() - hour)).toBeLessThan(60_000);
    const given = new Date(Date.now() + 2 * hour).toISOString();
    const third = await send(`/v1/api-keys/${next.body.id}/rotate`, OWNER, { expiresAt: given });
    expect(third.body).toMatchObject({ expiresAt: given });
    const past = await send(`/v1/api-keys/${third.body.id}/rotate`, OWNER, {
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect(past.body).toMatchObject({ code: 'validation-failed', errors: [{ pointer: '/expiresAt' }] });
  });

  test('without overlap ends the old key at once, here', async () => {
    const old = await create(OWNER, { role: 'auditor', label: 'x' });
    expect((await send('/v1/api-keys', old.body.key)).status).toBe(200);
    await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, { overlapSeconds: 0 });
    expect((await send('/v1/api-keys', old.body.key)).status).toBe(401);
    const again = await send(`/v1/api-keys/${old.body.id}/rotate`, OWNER, {});
    expect([again.status, again.body.code]).toEqual([409, 'api-key-revoked']);
  });
});

describe('revocation', () => {
  test('acts at once, and can be repeated', async () => {
    const made = await create(OWNER, { role: 'auditor', label: 'x' });
    expect((await send('/v1/api-keys', made.body.key)).status).toBe(200);
    const first = await send(`/v1/api-keys/${made.body.id}/revoke`, OWNER, {});
    expect((await send('/v1/api-keys', made.body.key)).status).toBe(401);
    const again = await send(`/v1/api-keys/${made.body.id}/revoke`, OWNER, {});
    expect(again).toMatchObject({ status: 200, replayed: true, body: { revokedAt: first.body.revokedAt } });
    expect((await send('/v1/api-keys/none/revoke', OWNER, {})).body.code).toBe('api-key-not-found');
  });

  test('in another process acts when what is remembered is over', async () => {
    const made = await create(OWNER, { role: 'auditor', label: 'x' });
    let now = Date.now();
    const elsewhere = new Authenticator({ database, now: () => now });
    expect(await elsewhere.authenticate(`Bearer ${made.body.key}`)).toBeDefined();
    await send(`/v1/api-keys/${made.body.id}/revoke`, OWNER, {});
    now += 5_001;
    expect(await elsewhere.authenticate(`Bearer ${made.body.key}`)).toBeUndefined();
  });

  test('leaves an owner, also when two revoke each other', async () => {
    expect((await send('/v1/api-keys/owner/revoke', OWNER, {})).body.code).toBe('last-owner-key');
    const second = await create(OWNER, { role: 'owner', label: 'x' });
    const both = await Promise.all([
      send('/v1/api-keys/owner/revoke', second.body.key, {}),
      send(`/v1/api-keys/${second.body.id}/revoke`, OWNER, {}),
    ]);
    // The loser is refused, or its key is gone before it is looked at.
    expect(both.filter(({ status }) => status === 200).length).toBe(1);
    expect(both.some(({ status }) => status === 409 || status === 401)).toBe(true);
    const authenticator = new Authenticator({ database });
    const alive = await Promise.all(
      [OWNER, second.body.key].map((key) => authenticator.authenticate(`Bearer ${key}`)),
    );
    expect(alive.filter((principal) => principal !== undefined).length).toBe(1);
  });
});

test('lists page by page, newest first', async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await create(OWNER, { role: 'auditor', label: 'x' })).body.id);
  const found: string[] = [];
  let query = '?limit=2';
  for (let page = 0; page < 3; page += 1) {
    const { body } = await send(`/v1/api-keys${query}`, OWNER);
    found.push(...body.data.map(({ id }) => id));
    query = `?limit=2&startingAfter=${body.nextCursor}`;
  }
  expect(new Set(found)).toEqual(new Set([...made, 'owner']));
  expect(found.length).toBe(6);
  const { body: first } = await send('/v1/api-keys?limit=2', OWNER);
  const { body: second } = await send(`/v1/api-keys?limit=2&startingAfter=${first.nextCursor}`, OWNER);
  const { body: back } = await send(`/v1/api-keys?limit=2&endingBefore=${second.nextCursor}`, OWNER);
  expect(back.data.at(-1)?.id).toBe(second.data[0]?.id);
});

describe('the first key', () => {
  test('is made once when none is configured, and opens everything', async () => {
    await database.deleteFrom('ops.api_keys').execute();
    const made = await Promise.all([1, 2, 3].map(() => ensureOwnerKey(database, undefined)));
    const shown = made.filter((key) => key !== undefined);
    expect(shown.length).toBe(1);
    const principal = await new Authenticator({ database }).authenticate(`Bearer ${shown[0]}`);
    expect(principal).toEqual({ id: 'key:owner', keyId: 'owner', role: 'owner' });
    expect(await ensureOwnerKey(database, undefined)).toBeUndefined();
  });

  test('follows its configuration, and stays the same principal', async () => {
    await ensureOwnerKey(database, 'another-key-of-my-own-choosing');
    const authenticator = new Authenticator({ database });
    expect(await authenticator.authenticate(`Bearer ${OWNER}`)).toBeUndefined();
    expect(await authenticator.authenticate('Bearer another-key-of-my-own-choosing')).toMatchObject({
      id: 'key:owner',
    });
  });

  test('stays revoked until another is configured', async () => {
    const second = await create(OWNER, { role: 'owner', label: 'x' });
    await send('/v1/api-keys/owner/revoke', second.body.key, {});
    await ensureOwnerKey(database, OWNER);
    expect(await new Authenticator({ database }).authenticate(`Bearer ${OWNER}`)).toBeUndefined();
    await ensureOwnerKey(database, `${OWNER}-2`);
    expect(await new Authenticator({ database }).authenticate(`Bearer ${OWNER}-2`)).toBeDefined();
  });
});

describe('the access log', () => {
  test('keeps reads of auditors, denials and what is done to keys, and lets nobody change them', async () => {
    const auditor = await create(OWNER, { role: 'auditor', label: 'x' });
    await send('/v1/api-keys', auditor.body.key);
    await send('/v1/api-keys', 'nobody');
    await access.flush();
    const { rows } = await pool.query(
      `select kind, role, operation_id, status from ops.access_log order by id desc limit 3`,
    );
    expect(rows).toEqual([
      { kind: 'denied', role: null, operation_id: 'listApiKeys', status: 401 },
      { kind: 'keys', role: 'auditor', operation_id: 'listApiKeys', status: 200 },
      { kind: 'keys', role: 'owner', operation_id: 'createApiKey', status: 201 },
    ]);
    expect(accessFailures).toBe(0);
    await expect(pool.query('update ops.access_log set status = 200')).rejects.toThrow(/permission denied/);
    await expect(pool.query('delete from ops.access_log')).rejects.toThrow(/permission denied/);
  });
});
