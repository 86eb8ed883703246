import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { routesFor } from '../../api/http/route.ts';
import { RouteTable } from '../../api/http/route-table.ts';
import { startTinyApi, type TinyApi } from './support/tiny-api.ts';

let tiny: TinyApi;
beforeAll(async () => {
  tiny = await startTinyApi();
});
afterAll(() => tiny.server.close());
beforeEach(() => {
  tiny.access.length = 0;
  tiny.services.seen.length = 0;
  tiny.services.notes.clear();
  tiny.services.notes.set('a1', { customerId: 'a', text: 'of a' });
  tiny.services.notes.set('b1', { customerId: 'b', text: 'of b' });
});

const problemOf = ({ status, body }: { status: number; body: Record<string, unknown> }) => ({
  status,
  code: body['code'],
  title: body['title'],
  detail: body['detail'],
});

describe('a customer’s key', () => {
  test('reaches its own customer', async () => {
    const sent = await tiny.send('POST', '/v1/customers/a/notes', { as: 'customer:a', body: { text: 'x' } });
    expect(sent.status).toBe(201);
  });

  test('cannot tell another customer from one that does not exist', async () => {
    const foreign = await tiny.send('POST', '/v1/customers/b/notes', {
      as: 'customer:a',
      body: { text: 'x' },
    });
    expect(tiny.services.seen).toEqual([]);
    const missing = await tiny.send('POST', '/v1/customers/missing/notes', {
      as: 'customer:missing',
      body: { text: 'x' },
    });
    expect(tiny.services.seen.length).toBe(1);
    expect(problemOf(foreign)).toEqual(problemOf(missing));
    expect(foreign.status).toBe(404);
  });

  test('cannot read another’s thing by its id', async () => {
    expect((await tiny.send('GET', '/v1/notes/a1', { as: 'customer:a' })).status).toBe(200);
    const foreign = await tiny.send('GET', '/v1/notes/b1', { as: 'customer:a' });
    const missing = await tiny.send('GET', '/v1/notes/none', { as: 'customer:a' });
    expect(problemOf(foreign)).toEqual(problemOf(missing));
  });

  test('lists its own, whether it says so or not', async () => {
    const ids = async (path: string) => {
      const { body } = await tiny.send('GET', path, { as: 'customer:a' });
      return (body['data'] as { noteId: string }[] | undefined)?.map((note) => note.noteId);
    };
    expect(await ids('/v1/notes')).toEqual(['a1']);
    expect(await ids('/v1/notes?customerId=a')).toEqual(['a1']);
    expect(await ids('/v1/notes?customerId=b')).toBeUndefined();
  });

  test('is held to its customer item by item, and needs one', async () => {
    const ingest = (items: object[]) =>
      tiny.send('POST', '/v1/notes/batch', { as: 'customer:a', body: { items } });
    const item = (customerId: string) => ({ customerId, text: 'x' });
    expect((await ingest([item('a'), item('a')])).status).toBe(201);
    expect((await ingest([item('a'), item('b')])).status).toBe(404);
    expect((await ingest([])).status).toBe(404);
  });

  test('may name other customers in metadata, which is the caller’s own', async () => {
    const sent = await tiny.send('POST', '/v1/customers/a/notes', {
      as: 'customer:a',
      body: { text: 'x', metadata: { customerId: 'b' } },
    });
    expect(sent.status).toBe(201);
  });

  test('does not reach operations that are not for customers', async () => {
    const sent = await tiny.send('POST', '/v1/notes/a1', { as: 'customer:a', body: { text: 'x' } });
    expect(sent.status).toBe(403);
  });
});

describe('roles', () => {
  test('the owner may do what no role is named for', async () => {
    expect((await tiny.send('GET', '/v1/broken', { as: 'finance' })).status).toBe(403);
    expect((await tiny.send('GET', '/v1/broken')).status).toBe(500);
  });

  test('are judged before the body is read', async () => {
    const sent = await tiny.send('POST', '/v1/customers/a/notes', { as: 'ingest', raw: '{{{' });
    expect(sent.status).toBe(403);
  });

  test('reads of auditors, denials and foreign customers go to the access log', async () => {
    await tiny.send('GET', '/v1/notes?customerId=b', { as: 'auditor' });
    await tiny.send('GET', '/v1/notes', { as: 'finance' });
    await tiny.send('GET', '/v1/notes', { as: 'nobody' });
    await tiny.send('GET', '/v1/notes', { as: 'ingest' });
    await tiny.send('GET', '/v1/notes?customerId=b', { as: 'customer:a' });
    expect(tiny.access).toEqual([
      expect.objectContaining({ kind: 'read', role: 'auditor', operationId: 'listNotes', customerId: 'b' }),
      expect.objectContaining({ kind: 'denied', status: 401 }),
      expect.objectContaining({ kind: 'denied', status: 403, principalId: 'key:ingest' }),
      expect.objectContaining({ kind: 'denied', status: 404, customerId: 'b' }),
    ]);
  });
});

describe('lists', () => {
  const page = async (query: string) => (await tiny.send('GET', `/v1/notes${query}`)).body;

  test('walk by cursor to the end', async () => {
    for (let n = 0; n < 5; n += 1) tiny.services.notes.set(`n${n}`, { customerId: 'a', text: 'x' });
    const found: string[] = [];
    let query = '?limit=3';
    for (let pages = 0; pages < 3; pages += 1) {
      const body = await page(query);
      expect(body).toMatchObject({ object: 'list', url: '/v1/notes', hasMore: pages < 2 });
      found.push(...(body['data'] as { noteId: string }[]).map((note) => note.noteId));
      query = `?limit=3&startingAfter=${body['nextCursor']}`;
    }
    expect(query).toContain('undefined');
    expect(found).toEqual(['a1', 'b1', 'n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test.each(['abc', '', 'WyJhIl0', Buffer.from('["a","b"] ').toString('base64url'), 'WyJhIiwiYiJd='])(
    'a cursor that is not ours: %j',
    async (cursor) => {
      expect((await page(`?startingAfter=${cursor}`))['code']).toBe('invalid-cursor');
    },
  );

  test('a cursor of the same list with other filters, or of another customer', async () => {
    for (let n = 0; n < 3; n += 1) tiny.services.notes.set(`n${n}`, { customerId: 'a', text: 'x' });
    const cursorOf = async (query: string) => String((await page(query))['nextCursor']);
    const mine = await cursorOf('?customerId=a&limit=1');
    expect((await page(`?startingAfter=${mine}&limit=2&customerId=a`))['object']).toBe('list');
    expect((await page(`?startingAfter=${mine}`))['code']).toBe('invalid-cursor');
    expect((await page(`?customerId=b&startingAfter=${mine}`))['code']).toBe('invalid-cursor');
    expect(await page(`?customerId=a&loud=true&endingBefore=${mine}`)).toMatchObject({
      code: 'invalid-cursor',
      errors: [{ pointer: '/endingBefore', in: 'query' }],
    });
    const own = await tiny.send('GET', `/v1/notes?startingAfter=${mine}`, { as: 'customer:a' });
    expect(own.body['object']).toBe('list');
  });

  test('one direction at a time', async () => {
    expect((await page('?startingAfter=WyJhIiwiYiJd&endingBefore=WyJhIiwiYiJd'))['code']).toBe(
      'invalid-cursor',
    );
  });
});

describe('a route table refuses', () => {
  const route = routesFor<unknown>();
  const base = {
    operationId: 'a',
    method: 'get',
    path: '/a',
    summary: '',
    tags: [],
    roles: [],
    kind: 'query',
    response: z.string(),
    errors: [],
    handler: async () => ({ body: '' }),
  } as const;

  test.each([
    ['a name twice', [route(base), route({ ...base, path: '/b' })], /two operations named a/],
    ['a path twice', [route(base), route({ ...base, operationId: 'b' })], /two routes for get \/a/],
    ['undeclared path parameters', [route({ ...base, path: '/a/:id' })], /params declares/],
    ['a query that is not GET', [route({ ...base, method: 'post' })], /cannot be POST/],
    [
      'inputs that let anything through',
      [route({ ...base, request: { query: z.object({ x: z.string() }) } })],
      /strictObject/,
    ],
    ['customers without a customerId', [route({ ...base, roles: ['customer'] })], /customerId/],
  ])('%s', (_what, routes, message) => {
    expect(() => new RouteTable(routes)).toThrow(message);
  });
});
