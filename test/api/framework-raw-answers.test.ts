import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../api/client.ts';
import { rawBody } from '../../api/http/raw.ts';
import { routesFor } from '../../api/http/route.ts';
import { RouteTable } from '../../api/http/route-table.ts';
import { PDF_HEAD, startTinyApi, type TinyApi } from './support/tiny-api.ts';

let tiny: TinyApi;
beforeAll(async () => {
  tiny = await startTinyApi();
  tiny.services.notes.set('a1', { customerId: 'a', text: 'naïve ☂' });
});
afterAll(() => tiny.server.close());

const get = (path: string, as = 'finance', method = 'GET') =>
  fetch(tiny.server.url + path, { method, headers: { Authorization: `Bearer ${as}` } });

describe('an operation that answers something else than JSON', () => {
  test('sends text in UTF-8, with the headers of every answer', async () => {
    const response = await get('/v1/notes/a1/page');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('revenue-position')).toBe('10');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(response.headers.get('content-disposition')).toBe('inline; filename="a1"');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toBe('<p>naïve ☂</p>');
  });

  test('sends bytes as they are', async () => {
    const response = await get('/v1/notes/a1/file');
    expect(response.headers.get('content-type')).toBe('application/pdf');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes).toEqual(Buffer.concat([PDF_HEAD, Buffer.from('naïve ☂')]));
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    const head = await get('/v1/notes/a1/file', 'finance', 'HEAD');
    expect(head.headers.get('content-length')).toBe(String(bytes.length));
    expect(await head.text()).toBe('');
  });

  test('is refused with a problem as any other', async () => {
    const answers = [
      await get('/v1/notes/none/page'),
      await get('/v1/notes/a1/page', 'customer:b'),
      await get('/v1/notes/a1/page', 'ingest'),
      await get('/v1/notes/a1/page?minPosition=99'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 403, 504]);
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  test('is documented with its media type', () => {
    const answer = (form: string) =>
      tiny.api.document.paths[`/v1/notes/{noteId}/${form}`]?.['get']?.responses;
    expect(answer('page')?.['200']).toMatchObject({
      content: { 'text/html': { schema: { type: 'string' } } },
    });
    expect(answer('file')?.['200']).toMatchObject({ content: { 'application/pdf': {} } });
    expect(answer('page')?.['404']).toMatchObject({ content: { 'application/problem+json': {} } });
  });

  test('is read by the client as what it is', async () => {
    const client = await createClient({ url: tiny.server.url, key: 'finance' });
    expect((await client.call('getNotePage', { noteId: 'a1' })).body).toBe('<p>naïve ☂</p>');
    const file = (await client.call('getNoteFile', { noteId: 'a1' })).body as Uint8Array;
    expect(Buffer.from(file).subarray(0, PDF_HEAD.length)).toEqual(PDF_HEAD);
    expect((await client.call('getNotePage', { noteId: 'none' })).body).toMatchObject({ code: 'not-found' });
  });
});

test.each([
  ['a schema of JSON', 'text/html', z.string()],
  ['raw bytes as JSON', undefined, rawBody],
] as const)('a route table refuses %s', (_what, produces, response) => {
  const route = routesFor<unknown>()({
    operationId: 'a',
    method: 'get',
    path: '/a',
    summary: '',
    tags: [],
    roles: [],
    kind: 'query',
    ...(produces === undefined ? {} : { produces }),
    response,
    errors: [],
    handler: async () => ({ body: '' }),
  });
  expect(() => new RouteTable([route])).toThrow(/rawBody/);
});
