import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { HealthCheck } from '../../api/http/health.ts';
import { startTinyApi, type TinyApi } from './support/tiny-api.ts';

const started: TinyApi[] = [];
const start = async (...args: Parameters<typeof startTinyApi>) => {
  const tiny = await startTinyApi(...args);
  started.push(tiny);
  return tiny;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((tiny) => tiny.server.close()));
});

const PATH = '/v1/customers/c1/notes';

/** Sends bytes as they are and gives back all that comes until the other side closes. */
async function exchange(tiny: TinyApi, bytes: string): Promise<string> {
  const socket = connect(tiny.server.port, '127.0.0.1');
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('health', () => {
  test('alive, and ready as its checks say', async () => {
    const state = { broken: false };
    const check: HealthCheck = {
      name: 'postgres',
      async check() {
        if (state.broken) throw new Error('no connection to postgres://aura:hunter2@db/x');
        return 'version 18';
      },
    };
    const tiny = await start([check]);
    expect((await tiny.send('GET', '/livez')).body).toEqual({ status: 'alive' });
    const ready = await tiny.send('GET', '/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({
      status: 'ready',
      checks: [{ name: 'postgres', ok: true, detail: 'version 18' }],
    });
    state.broken = true;
    const broken = await tiny.send('GET', '/readyz');
    expect([broken.status, broken.body['status']]).toEqual([503, 'not-ready']);
    expect(JSON.stringify(broken.body)).not.toContain('hunter2');
    expect((await tiny.send('GET', '/livez')).status).toBe(200);
  });
});

describe('metrics', () => {
  test('are for those who run the service', async () => {
    const tiny = await start();
    expect((await tiny.send('GET', '/metrics', { as: 'nobody' })).status).toBe(401);
    expect((await tiny.send('GET', '/metrics', { as: 'finance' })).status).toBe(403);
    const sent = await tiny.send('GET', '/metrics', { as: 'auditor' });
    expect(sent.headers.get('content-type')).toMatch(/^text\/plain/);
    for (const name of [
      'projection_lag_events',
      'projection_lag_seconds',
      'log_append_seconds',
      'commands_total',
    ]) {
      expect(sent.body['text']).toContain(`aura_${name}`);
    }
  });
});

describe('headers', () => {
  test.each(['/livez', '/v1/notes', '/nowhere'])('are hardened at %s', async (path) => {
    const { headers } = await (await start()).send('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('strict-transport-security')).not.toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('a hot route ahead of Express has the same', async () => {
    const tiny = await start();
    const sent = await tiny.send('POST', '/v1/notes/batch', { body: { items: [] } });
    expect(sent.status).toBe(201);
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff');
    expect(sent.headers.get('request-id')).toMatch(/^req_/);
  });
});

describe('the wire', () => {
  test('what is not HTTP gets a problem and is cut off', async () => {
    expect(await exchange(await start(), 'HELLO\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*problem\+json.*invalid/s,
    );
  });

  test('headers beyond their limit get 431', async () => {
    const bytes = `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(await start(), bytes)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a body that ends early reaches no handler', async () => {
    const tiny = await start();
    const socket = connect(tiny.server.port, '127.0.0.1');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer owner\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text":"a"`,
    );
    await until(() => tiny.api.pipeline.inFlight === 1);
    socket.destroy();
    await until(() => tiny.api.pipeline.inFlight === 0);
    expect(tiny.services.seen).toEqual([]);
  });

  test('beyond the limit of requests in flight callers are told to come back', async () => {
    const tiny = await start([], { maxInFlight: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    tiny.services.gate = () => promise;
    const first = tiny.send('POST', PATH, { body: { text: 'a' } });
    await until(() => tiny.services.seen.length === 1);
    const second = await tiny.send('POST', PATH, { body: { text: 'b' } });
    expect([second.status, second.body['code']]).toEqual([503, 'overloaded']);
    expect(second.headers.get('retry-after')).toBe('1');
    resolve();
    expect((await first).status).toBe(201);
  });
});

describe('shutdown', () => {
  test('lets a command in flight finish, and takes no other', async () => {
    const tiny = await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    tiny.services.gate = () => promise;
    const inFlight = tiny.send('POST', PATH, { body: { text: 'last' } });
    await until(() => tiny.services.seen.length === 1);
    const closing = tiny.server.close();
    expect((await tiny.health.readiness()).status).toBe('draining');
    await expect.poll(() => tiny.send('GET', '/livez').catch(() => 'refused')).toBe('refused');
    resolve();
    const answer = await inFlight;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await closing).toBe(true);
    expect(tiny.services.notes.size).toBe(1);
  });

  test('does not wait for ever', async () => {
    const tiny = await start([], { shutdownGraceMs: 50 });
    tiny.services.gate = () => new Promise(() => undefined);
    const stuck = tiny.send('POST', PATH, { body: { text: 'stuck' } }).catch(() => 'cut off');
    await until(() => tiny.services.seen.length === 1);
    expect(await tiny.server.close()).toBe(false);
    expect(await stuck).toBe('cut off');
  });

  test('ends idle connections at once', async () => {
    const tiny = await start();
    await tiny.send('GET', '/livez');
    expect(await tiny.server.close()).toBe(true);
  });
});

test('nothing secret or personal is logged', async () => {
  const tiny = await start();
  const secrets = ['rk_live_0123456789abcdef_secretsecret', 'ada@lovelace.example', 'Ada Lovelace'];
  for (const secret of secrets) {
    await tiny.send('POST', PATH, { as: secret, body: { text: secret } });
    await tiny.send('POST', PATH, { body: { text: secret, [secret]: 1 } });
    await tiny.send('GET', `/v1/notes?customerId=${encodeURIComponent(secret)}`);
    await tiny.send('GET', `/${encodeURIComponent(secret)}`);
    tiny.services.failure = new Error(`cannot do it for ${secret.includes(' ') ? 'them' : secret}`);
    await tiny.send('POST', PATH, { body: { text: 'a' } });
    tiny.services.failure = undefined;
  }
  const logged = tiny.logged();
  expect(logged.split('\n').length).toBeGreaterThan(15);
  expect(logged).toContain('cannot do it for');
  for (const secret of [...secrets, 'secretsecret', 'Bearer']) expect(logged).not.toContain(secret);
});
