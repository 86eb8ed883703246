import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../api/client.ts';
import { routesFor } from '../../api/http/route.ts';
import { SYSTEM_OPERATIONS } from '../../api/http/system-operations.ts';
import { buildDocument, type OpenApiDocument } from '../../api/openapi/document.ts';
import { curlExample } from '../../api/openapi/reference-page.ts';
import { startTinyApi, type TinyApi, tinyRoutes } from './support/tiny-api.ts';

let tiny: TinyApi;
let document: OpenApiDocument;
beforeAll(async () => {
  tiny = await startTinyApi();
  const response = await fetch(`${tiny.server.url}/openapi.json`);
  document = (await response.json()) as OpenApiDocument;
});
afterAll(() => tiny.server.close());

/** Every object in a JSON value. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const member of Object.values(value)) yield* objectsIn(member);
}

function resolve(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
}

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the document', () => {
  test('is what the route table makes, and the same each time', () => {
    const options = { title: 'Tiny', version: '1.2.3' };
    expect(document).toEqual(JSON.parse(JSON.stringify(buildDocument(tinyRoutes, options))));
    expect(JSON.stringify(buildDocument([...tinyRoutes].reverse(), options)).length).toBe(
      JSON.stringify(buildDocument(tinyRoutes, options)).length,
    );
  });

  test('has every route that Express has, and no other', () => {
    const mounted = tiny.api.express.router.stack.flatMap((layer) =>
      (layer.route?.stack ?? []).map(
        (handler) => `${handler.method} ${layer.route?.path.replaceAll(/:(\w+)/g, '{$1}')}`,
      ),
    );
    const documented = operations().map(({ method, path }) => `${method} ${path}`);
    expect(documented.length).toBe(tinyRoutes.length + SYSTEM_OPERATIONS.length);
    expect(mounted.sort()).toEqual(documented.sort());
  });

  test('refers only to what it has', () => {
    const references = [...objectsIn(document)].flatMap((object) =>
      typeof object['$ref'] === 'string' ? [object['$ref']] : [],
    );
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(resolve(reference), reference).toBeDefined();
    expect(JSON.stringify(document)).not.toMatch(/\$defs|"\$schema"/);
  });

  test('names operations once, with answers and path parameters', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, operation } of operations()) {
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        operation.operationId,
      ).toBe(true);
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation.parameters).toContainEqual(
          expect.objectContaining({ name, in: 'path', required: true }),
        );
      }
      for (const response of Object.values(operation.responses)) {
        expect((response as { description: string }).description).not.toBe('');
      }
    }
  });

  test('says what a command takes and answers', () => {
    const operation = document.paths['/v1/customers/{customerId}/notes']?.['post'];
    expect(operation?.parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(operation?.parameters).toContainEqual({ $ref: '#/components/parameters/IfMatch' });
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      ['200', '201', '400', '401', '403', '404', '412', '413', '415', '422', '429', '500', '503'].map(String),
    );
    expect(operation?.responses['201']).toMatchObject({
      headers: {
        ETag: {},
        'Revenue-Position': {},
        Location: {},
        'Request-Id': {},
        'Idempotent-Replayed': {},
      },
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } },
    });
    const query = document.paths['/v1/notes/{noteId}']?.['get'];
    expect(query?.parameters).toContainEqual({ $ref: '#/components/parameters/MinPosition' });
    expect(query?.responses['504']).toMatchObject({ headers: { 'Retry-After': {} } });
  });

  test('refuses two schemas of one name', () => {
    const route = routesFor<unknown>();
    const reading = (operationId: string, response: z.ZodType) =>
      route({
        operationId,
        method: 'get',
        path: `/${operationId}`,
        summary: '',
        tags: [],
        roles: [],
        kind: 'query',
        response,
        errors: [],
        handler: async () => ({ body: undefined }),
      });
    const twins = [
      reading('a', z.strictObject({ x: z.string() }).meta({ id: 'FrameworkTwin' })),
      reading('b', z.array(z.strictObject({ y: z.string() }).meta({ id: 'FrameworkTwinOther' }))),
    ];
    expect(() => buildDocument(twins, { title: '', version: '' })).not.toThrow();
    const shifting = z.strictObject({ x: z.string().default('a') }).meta({ id: 'FrameworkShifting' });
    const both = route({
      operationId: 'both',
      method: 'post',
      path: '/both',
      summary: '',
      tags: [],
      roles: [],
      kind: 'command',
      request: { body: z.strictObject({ it: shifting }) },
      response: shifting,
      errors: [],
      handler: async ({ body }) => ({ body: body.it }),
    });
    expect(() => buildDocument([both], { title: '', version: '' })).toThrow(/FrameworkShifting/);
  });
});

describe('the reference page', () => {
  test('shows every operation, under a policy that lets nothing run', async () => {
    const response = await fetch(`${tiny.server.url}/docs`);
    const html = await response.text();
    for (const { operation } of operations()) expect(html).toContain(`id="${operation.operationId}"`);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-/);
    expect(html).not.toMatch(/<script|https?:\/\/(?!acme\.example)/);
    expect(html).toContain('curl -X POST');
    expect((await fetch(`${tiny.server.url}/docs/errors`)).status).toBe(200);
  });

  test('its examples are taken by the operations', async () => {
    const operation = document.paths['/v1/customers/{customerId}/notes']?.['post'];
    if (operation === undefined) throw new Error('not documented');
    const curl = curlExample(
      { method: 'POST', path: '/v1/customers/{customerId}/notes', operation },
      document,
    );
    const [, path] = /\$URL([^"]+)"/.exec(curl) ?? [];
    const [, body] = /-d '(.+)'/.exec(curl) ?? [];
    const sent = await tiny.send('POST', path ?? '', { raw: body ?? '' });
    expect(sent.status).toBe(201);
  });
});

test('a client calls any operation by its name, wherever its inputs travel', async () => {
  const client = await createClient({ url: tiny.server.url, key: 'owner' });
  const written = await client.call('writeNote', { customerId: 'c/ü'.replace('/ü', '1'), text: 'by name' });
  expect(written).toMatchObject({ status: 201, body: { customerId: 'c1', text: 'by name' } });
  const { noteId } = written.body as { noteId: string };
  expect((await client.call('getNote', { noteId, minPosition: 1 })).body).toEqual(written.body);
  expect((await client.call('listNotes', { limit: 1 })).body).toMatchObject({ object: 'list' });
  await expect(client.call('noSuchThing')).rejects.toThrow(/noSuchThing/);
});
