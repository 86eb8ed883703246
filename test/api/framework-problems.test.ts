import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../../eventstore/errors.ts';
import { IdempotencyKeyReusedError, PreconditionFailedError } from '../../platform/errors.ts';
import { type SendOptions, type Sent, startTinyApi, type TinyApi } from './support/tiny-api.ts';

let tiny: TinyApi;
beforeAll(async () => {
  tiny = await startTinyApi();
});
afterAll(() => tiny.server.close());
beforeEach(() => {
  tiny.services.failure = undefined;
});

const PATH = '/v1/customers/c1/notes';

async function expectProblem(
  status: number,
  code: string,
  path: string,
  options: SendOptions,
  method = 'POST',
): Promise<Sent> {
  const before = tiny.services.seen.length;
  const sent = await tiny.send(method, path, options);
  expect([sent.status, sent.body['code']]).toEqual([status, code]);
  expect(sent.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(sent.body).toMatchObject({
    type: `/docs/errors#${code}`,
    status,
    instance: path.split('?')[0],
    requestId: sent.headers.get('request-id'),
  });
  expect(sent.body['title']).toBeTypeOf('string');
  expect(tiny.services.seen.length, 'the handler must not have run').toBe(before);
  return sent;
}

describe('a request that cannot be taken', () => {
  test('malformed JSON', () => expectProblem(400, 'invalid-json', PATH, { raw: '{"text": ' }));
  test('bytes that are not UTF-8', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]) }));
  test('a member that comes twice', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: '{"text":"a","text":"b"}' }));
  test('a repeated member deep inside, with colons and escapes in texts', () =>
    expectProblem(400, 'invalid-json', PATH, {
      raw: '{"text":"a:\\"b\\":","metadata":{"x":[{"k\\"":1,"k\\"":2}]}}',
    }));
  test.each(['__proto__', 'constructor', 'prototype'])('a member named %s, at any depth', async (name) => {
    const raw = `{"text":"a","metadata":{"deep":[{"${name}":{"polluted":true}}]}}`;
    const { body } = await expectProblem(400, 'invalid-json', PATH, { raw });
    expect(body['errors']).toMatchObject([{ pointer: `/metadata/deep/0/${name}`, in: 'body' }]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
  test('a number that would be rounded', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: '{"text":"a","weight":9007199254740993}' }));
  test('a number beyond all bounds', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: '{"text":"a","weight":1e999}' }));
  test('text with U+0000', () => expectProblem(400, 'invalid-json', PATH, { raw: '{"text":"a\\u0000"}' }));
  test('a lone surrogate', () => expectProblem(400, 'invalid-json', PATH, { raw: '{"text":"\\ud800"}' }));
  test('nesting beyond the limit', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: `{"text":${'['.repeat(33)}${']'.repeat(33)}}` }));
  test('nesting that would exhaust a stack', () =>
    expectProblem(400, 'invalid-json', PATH, { raw: '['.repeat(90_000) }));
  test('100 kB and one byte', () =>
    expectProblem(413, 'body-too-large', PATH, { raw: `{"text":"${'x'.repeat(100_000 - 10)}"}` }));
  test('exactly 100 kB is taken and judged by its schema', () =>
    expectProblem(400, 'validation-failed', PATH, { raw: `{"text":"${'x'.repeat(100_000 - 11)}"}` }));
  test('30 MB', async () => {
    await expect(tiny.send('POST', PATH, { raw: 'x'.repeat(30_000_000) })).resolves.toMatchObject({
      status: 413,
    });
  });
  test('ingestion takes 1 MiB, and no more', async () => {
    const items = (count: number) => ({
      items: Array.from({ length: count }, (_, n) => ({
        customerId: 'c1',
        eventId: `e${n}`,
        text: 'x'.repeat(2_000),
      })),
    });
    const taken = await tiny.send('POST', '/v1/notes/batch', { as: 'ingest', body: items(500) });
    expect(taken.body).toMatchObject({ count: 500 });
    await expectProblem(413, 'body-too-large', '/v1/notes/batch', { body: items(520) });
  });
  test('another media type', () =>
    expectProblem(415, 'unsupported-media-type', PATH, {
      raw: 'text=a',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }));
  test('another charset', () =>
    expectProblem(415, 'unsupported-media-type', PATH, {
      raw: '{}',
      headers: { 'Content-Type': 'application/json; charset=utf-16' },
    }));
  test('a compressed body', () =>
    expectProblem(415, 'unsupported-media-type', PATH, {
      raw: '{}',
      headers: { 'Content-Encoding': 'gzip' },
    }));
  test('an unknown path', () => expectProblem(404, 'not-found', '/v1/nothing', {}));
  test('a path with other case', () => expectProblem(404, 'not-found', '/V1/notes', {}, 'GET'));
  test('another method', async () => {
    const { headers } = await expectProblem(405, 'method-not-allowed', '/v1/notes/n1', {}, 'DELETE');
    expect(headers.get('allow')).toBe('POST, GET, HEAD');
    const { headers: system } = await expectProblem(405, 'method-not-allowed', '/livez', {});
    expect(system.get('allow')).toBe('GET, HEAD');
  });
  test('a path that is not percent-encoded UTF-8', () =>
    expectProblem(400, 'validation-failed', '/v1/customers/%ff/notes', { body: { text: 'a' } }));
  test('no key', async () => {
    const { headers } = await expectProblem(401, 'unauthenticated', PATH, {
      as: 'nobody',
      body: { text: 'a' },
    });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });
  test('a role that may not', () =>
    expectProblem(403, 'forbidden', PATH, { as: 'auditor', body: { text: 'a' } }));
});

describe('validation', () => {
  test('every fault has a pointer, wherever it stands', async () => {
    const { body } = await expectProblem(400, 'validation-failed', '/v1/customers/a%20b/notes', {
      body: { weight: '1', extra: { a: 1 } },
    });
    expect(body['errors']).toEqual([
      expect.objectContaining({ pointer: '/customerId', in: 'path' }),
      expect.objectContaining({ pointer: '/text', in: 'body' }),
      expect.objectContaining({ pointer: '/weight', in: 'body' }),
      expect.objectContaining({ pointer: '/extra', in: 'body', detail: 'There is no such parameter.' }),
    ]);
  });
  test.each([
    'limit=0',
    'limit=101',
    'limit=1e1',
    'limit=',
    'limit=1&limit=2',
    'loud=1',
    'unknown=1',
    '__proto__=1',
  ])('the query %s', async (query) => {
    await expectProblem(400, 'validation-failed', `/v1/notes?${query}`, {}, 'GET');
  });
  test('text of a query becomes the type that the schema takes', async () => {
    const sent = await tiny.send('GET', '/v1/notes?limit=7&loud=true&tags=a&tags=b');
    expect(sent.status).toBe(200);
  });
  test('a body where none is needed may be left out, and is checked where it is not', async () => {
    await expectProblem(400, 'validation-failed', PATH, {});
  });
});

describe('what a handler throws or refuses', () => {
  const fail = async (failure: unknown) => {
    tiny.services.failure = failure;
    return tiny.send('POST', PATH, { body: { text: 'a' } });
  };
  test('a refusal has its code, status and the input at fault', async () => {
    const sent = await tiny.send('POST', PATH, { body: { text: 'refuse' } });
    expect(sent.status).toBe(422);
    expect(sent.body).toMatchObject({
      code: 'unknown-tier',
      detail: 'there is no tier refuse',
      errors: [{ pointer: '/text', detail: 'there is no tier refuse' }],
    });
  });
  test.each([
    [new StoreUnavailableError('x'), 503, 'log-unavailable'],
    [new OutcomeUnknownError('x'), 503, 'outcome-unknown'],
    [new StoreBusyError('x'), 503, 'overloaded'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 503, 'read-models-unavailable'],
    [Object.assign(new Error('terminating'), { code: '57P01' }), 503, 'read-models-unavailable'],
  ])('%s', async (failure, status, code) => {
    const sent = await fail(failure);
    expect([sent.status, sent.body['code']]).toEqual([status, code]);
    expect(Number(sent.headers.get('retry-after'))).toBeGreaterThan(0);
  });
  test('a reused key', async () => {
    expect((await fail(new IdempotencyKeyReusedError('x'))).status).toBe(422);
  });
  test('another revision, with the one that it is at', async () => {
    const sent = await fail(new PreconditionFailedError(7));
    expect([sent.status, sent.headers.get('etag')]).toEqual([412, '"7"']);
  });
  test('anything else says nothing of the inside', async () => {
    const sent = await fail(new Error('secret table of postgres://root:hunter2@db/x is broken'));
    expect([sent.status, sent.body['code']]).toEqual([500, 'internal-error']);
    expect(JSON.stringify(sent.body)).not.toMatch(/secret|hunter2|stack|\.ts/);
    expect(tiny.logged()).toContain('is broken');
    expect(tiny.logged()).not.toContain('hunter2');
  });
  test('an answer that does not fit its schema', async () => {
    const sent = await tiny.send('GET', '/v1/broken');
    expect([sent.status, sent.body['code']]).toEqual([500, 'internal-error']);
  });
});
