import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTinyApi, type TinyApi } from './support/tiny-api.ts';

let tiny: TinyApi;
beforeAll(async () => {
  tiny = await startTinyApi();
});
afterAll(() => tiny.server.close());
beforeEach(() => {
  tiny.services.seen.length = 0;
  tiny.services.gate = async () => undefined;
});

const PATH = '/v1/customers/c1/notes';
const write = (key: string, text = 'a', as = 'owner', headers: Record<string, string> = {}) =>
  tiny.send('POST', PATH, { as, body: { text }, headers: { 'Idempotency-Key': key, ...headers } });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('Idempotency-Key', () => {
  test('is needed', async () => {
    const response = await fetch(tiny.server.url + PATH, {
      method: 'POST',
      headers: { Authorization: 'Bearer owner', 'Content-Type': 'application/json' },
      body: '{"text":"a"}',
    });
    const { code } = (await response.json()) as { code: string };
    expect([response.status, code]).toEqual([400, 'idempotency-key-missing']);
  });

  test.each([`${'k'.repeat(256)}`, 'schlüssel', '""'])('is refused when it is %j', async (key) => {
    const sent = await write(key);
    expect([sent.status, sent.body['code']]).toEqual([400, 'invalid-header']);
  });

  test('quoted and bare are the same key; another principal or text has another command', async () => {
    await write('one');
    await write('"one"');
    await write('one', 'a', 'finance');
    await write('two');
    const [bare, quoted, finance, two] = tiny.services.seen.map((meta) => meta.commandId);
    expect(quoted).toBe(bare);
    expect(new Set([bare, finance, two]).size).toBe(3);
    expect(bare).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('the request hash is of the validated input, whatever its spelling', async () => {
    const raw = (json: string) => tiny.send('POST', PATH, { raw: json });
    await raw('{"text":"a","weight":1,"metadata":{"x":1,"y":2}}');
    await raw('{ "metadata": {"y": 2.0, "x": 1}, "weight": 1e0, "text": "\\u0061" }');
    await raw('{"text":"b","weight":1,"metadata":{"x":1,"y":2}}');
    const [first, same, other] = tiny.services.seen.map((meta) => meta.requestHash);
    expect(same).toBe(first);
    expect(other).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a retry in mid-flight waits and gets the same answer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    tiny.services.gate = () => promise;
    const first = write('flight');
    await until(() => tiny.services.seen.length === 1);
    const second = write('flight', 'a', 'owner', { 'Request-Id': 'second' });
    await until(() => tiny.api.pipeline.inFlight === 2);
    // Whatever was under way to the handler has arrived when a whole request has passed by.
    await tiny.send('GET', PATH);
    resolve();
    const [a, b] = await Promise.all([first, second]);
    expect(b.body).toEqual(a.body);
    expect([a.status, b.status]).toEqual([201, 201]);
    expect(a.headers.get('idempotent-replayed')).toBeNull();
    expect(b.headers.get('idempotent-replayed')).toBe('true');
    expect(b.headers.get('request-id')).toBe('second');
    expect(tiny.services.seen.length).toBe(1);
    const metrics = await tiny.send('GET', '/metrics');
    expect(metrics.body['text']).toMatch(/aura_idempotency_replays_total\{operation="writeNote"\} [1-9]/);
  });

  test('a failure in mid-flight is the failure of both, and nothing is remembered of it', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    tiny.services.gate = () => promise;
    const both = [write('fails')];
    await until(() => tiny.services.seen.length === 1);
    both.push(write('fails'));
    reject(new Error('no'));
    expect((await Promise.all(both)).map((sent) => sent.status)).toEqual([500, 500]);
    tiny.services.gate = async () => undefined;
    expect((await write('fails')).status).toBe(201);
  });

  test('ingestion does without when every item has an eventId', async () => {
    const ingest = async (items: object[]) => {
      const response = await fetch(`${tiny.server.url}/v1/notes/batch`, {
        method: 'POST',
        headers: { Authorization: 'Bearer ingest', 'Content-Type': 'application/json' },
        body: JSON.stringify({ items }),
      });
      const body = (await response.json()) as { commandId?: string; code?: string };
      return { status: response.status, body };
    };
    const item = { customerId: 'c1', eventId: 'e1', text: 'a' };
    const [first, again, other] = [await ingest([item]), await ingest([item]), await ingest([item, item])];
    expect(again).toEqual(first);
    expect(other.body.commandId).not.toBe(first.body.commandId);
    const without = await ingest([item, { customerId: 'c1', text: 'a' }]);
    expect([without.status, without.body.code]).toEqual([400, 'idempotency-key-missing']);
  });
});

describe('answers of commands', () => {
  test('carry revision, position and place', async () => {
    const sent = await write('headers');
    expect(sent.status).toBe(201);
    expect(sent.headers.get('etag')).toBe('"3"');
    expect(sent.headers.get('revenue-position')).toBe('42');
    expect(sent.headers.get('location')).toBe(`/v1/notes/${sent.body['noteId']}`);
    expect(sent.headers.get('cache-control')).toBe('no-store');
    expect((await write('headers')).headers.get('idempotent-replayed')).toBe('true');
  });

  test('the request id goes in and out; one that cannot be repeated is replaced', async () => {
    const given = await write('rid-1', 'a', 'owner', { 'Request-Id': 'mine-1' });
    expect(given.headers.get('request-id')).toBe('mine-1');
    expect(tiny.services.seen[0]).toMatchObject({ correlationId: 'mine-1', actor: 'key:owner' });
    const bad = await write('rid-2', 'a', 'owner', { 'Request-Id': 'no spaces' });
    expect(bad.headers.get('request-id')).toMatch(/^req_[0-9a-z]{26}$/);
  });
});

describe('If-Match', () => {
  const replace = (headers: Record<string, string>) =>
    tiny.send('POST', '/v1/notes/n1', { body: { text: 'a' }, headers });
  test.each([
    [{ 'If-Match': '"5"' }, 5],
    [{ 'If-Match': '5' }, 5],
    [{ 'If-None-Match': '*' }, 'none'],
  ])('%j', async (headers, expected) => {
    expect((await replace(headers as Record<string, string>)).body['ifMatch']).toBe(expected);
  });
  test('missing where it is needed', async () => {
    expect((await replace({})).body['code']).toBe('precondition-required');
  });
  test.each([
    { 'If-Match': 'abc' },
    { 'If-Match': '*' },
    { 'If-Match': '"1", "2"' },
    { 'If-None-Match': '"3"' },
  ])('not understood: %j', async (headers) => {
    expect((await replace(headers as Record<string, string>)).body['code']).toBe('invalid-header');
  });
});

describe('reading your own write', () => {
  beforeEach(() => {
    tiny.position = 10;
    tiny.services.notes.set('n1', { customerId: 'c1', text: 'a' });
  });
  test('an answer says which position it reflects', async () => {
    const sent = await tiny.send('GET', '/v1/notes/n1?minPosition=10');
    expect([sent.status, sent.headers.get('revenue-position')]).toEqual([200, '10']);
  });
  test('never an older one', async () => {
    const sent = await tiny.send('GET', '/v1/notes/n1?minPosition=11');
    expect([sent.status, sent.body['code']]).toEqual([504, 'read-model-behind']);
    expect(sent.headers.get('retry-after')).toBe('1');
  });
  test('Prefer alone is a preference', async () => {
    expect((await tiny.send('GET', '/v1/notes/n1', { headers: { Prefer: 'wait=1' } })).status).toBe(200);
  });
  test.each(['-1', 'x', '1.5', '', '99999999999999999999'])('minPosition=%s', async (given) => {
    const sent = await tiny.send('GET', `/v1/notes/n1?minPosition=${given}`);
    expect([sent.status, sent.body['code']]).toEqual([400, 'validation-failed']);
  });
  test('an operation that reads no read model does not take it', async () => {
    expect((await tiny.send('GET', '/v1/notes?minPosition=1')).status).toBe(400);
  });
});
