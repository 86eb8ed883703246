import { describe, expect, it } from 'vitest';
import { buildDocument, type Operation } from '../../api/openapi/document.ts';
import { allRoutes } from '../../api/routes/index.ts';
import { documentOptions } from '../../api/service/document.ts';

type Json = Readonly<Record<string, unknown>>;

const routes = allRoutes({ manualClock: true });
const document = JSON.parse(JSON.stringify(buildDocument(routes, documentOptions)));
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(
    ([method, operation]) => [operation.operationId, { path, method, operation }] as const,
  ),
);

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
/** Keywords of JSON Schema 2020-12 that we use. A new one is looked at before it is added. */
const KEYWORDS = new Set([
  '$ref', 'type', 'properties', 'required', 'additionalProperties', 'propertyNames', 'items', 'prefixItems',
  'enum', 'const', 'default', 'description', 'title', 'format', 'pattern', 'minLength', 'maxLength', 'minimum',
  'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems',
  'minProperties', 'maxProperties', 'anyOf', 'oneOf', 'allOf', 'not', 'examples', 'contentMediaType',
]); // biome-ignore format: a list of words

function resolved(node: Json): Json {
  const { $ref } = node;
  if (typeof $ref !== 'string') return node;
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
  if (target === undefined) throw new Error(`${$ref} leads nowhere`);
  return target as Json;
}

/** What is wrong with a schema, with the place. */
function schemaFaults(schema: unknown, at: string): string[] {
  if (typeof schema === 'boolean') return [];
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [`${at}: not a schema`];
  const node = schema as Json;
  const faults = Object.keys(node).flatMap((word) => (KEYWORDS.has(word) ? [] : [`${at}: keyword ${word}`]));
  if (node['$ref'] !== undefined) resolved(node);
  const types = [node['type'] ?? []].flat() as unknown[];
  if (types.some((type) => !TYPES.includes(String(type)))) faults.push(`${at}: type ${types}`);
  if (typeof node['pattern'] === 'string') new RegExp(node['pattern'], 'u');
  const properties = (node['properties'] ?? {}) as Json;
  for (const name of (node['required'] ?? []) as string[]) {
    if (!(name in properties)) faults.push(`${at}: requires ${name}, which it does not have`);
  }
  for (const word of ['enum', 'anyOf', 'oneOf', 'allOf']) {
    const list = node[word];
    if (list !== undefined && (!Array.isArray(list) || list.length === 0))
      faults.push(`${at}: ${word} is empty`);
  }
  return [
    ...faults,
    ...Object.entries(properties).flatMap(([name, member]) => schemaFaults(member, `${at}/${name}`)),
    ...['items', 'additionalProperties', 'propertyNames', 'not'].flatMap((word) =>
      node[word] === undefined ? [] : schemaFaults(node[word], `${at}/${word}`),
    ),
    ...['anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap((word) =>
      ((node[word] ?? []) as unknown[]).flatMap((one, index) => schemaFaults(one, `${at}/${word}/${index}`)),
    ),
  ];
}

describe('the OpenAPI document of the product', () => {
  it('has what OpenAPI 3.1 asks for', () => {
    expect(document.openapi).toBe('3.1.1');
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(Object.keys(document.paths).every((path) => path.startsWith('/'))).toBe(true);
    const templates = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'));
    expect(new Set(templates).size, 'two paths that only differ in the names of parameters').toBe(
      templates.length,
    );
    const declared = document.tags.map(({ name }: { name: string }) => name);
    const used = new Set(operations.flatMap(([, { operation }]) => operation.tags));
    expect(new Set(declared)).toEqual(used);
    expect(declared.length).toBe(used.size);
  });

  it('has no component that nothing refers to, and none that is missing', () => {
    const text = JSON.stringify(document);
    const components = Object.entries<Json>(document.components).flatMap(([kind, of]) =>
      Object.keys(of).map((name) => `#/components/${kind}/${name}`),
    );
    const unused = components.filter(
      (name) => !name.startsWith('#/components/securitySchemes/') && !text.includes(`"${name}"`),
    );
    // Named for headers that only commands or pages have; the list of operations decides whether there are any.
    expect(unused.filter((name) => name.startsWith('#/components/schemas/'))).toEqual([]);
    for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(components, reference).toContain(reference);
    }
  });

  it.each(Object.entries(document.components.schemas))('schema %s is one', (name, schema) => {
    expect(schemaFaults(schema, name)).toEqual([]);
  });
});

describe.each(operations)('%s', (operationId, { path, method, operation }) => {
  const route = routes.find((one) => one.operationId === operationId);

  it('is described', () => {
    expect(operation.summary).toMatch(/^\S.{4,}[^.]$/);
    expect(operation.tags.length).toBeGreaterThan(0);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^[2345]\d\d$/);
      expect((response as { description: string }).description).not.toBe('');
    }
  });

  it('has well-formed parameters, each once, and all of its path', () => {
    const parameters = ((operation.parameters ?? []) as Json[]).map(resolved);
    const places = parameters.map(({ name, in: where }) => `${where} ${name}`);
    expect(new Set(places).size).toBe(places.length);
    const inPath = parameters.filter((one) => one['in'] === 'path');
    expect(inPath.map(({ name }) => name).sort()).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
    );
    for (const parameter of parameters) {
      if (parameter['in'] === 'path') expect(parameter['required']).toBe(true);
      expect(schemaFaults(parameter['schema'], String(parameter['name']))).toEqual([]);
    }
  });

  it('has well-formed bodies, with an example of each', () => {
    expect(method === 'get' ? operation.requestBody : undefined).toBeUndefined();
    const bodies = [operation.requestBody, ...Object.values(operation.responses)] as (Json | undefined)[];
    for (const [index, body] of bodies.entries()) {
      for (const [type, medium] of Object.entries((body?.['content'] ?? {}) as Record<string, Json>)) {
        expect(type).toMatch(/^[a-z]+\/[a-z.+-]+$/);
        if (medium['schema'] !== undefined) expect(schemaFaults(medium['schema'], type)).toEqual([]);
        const ours = route !== undefined && /json$/.test(type) && type !== 'application/problem+json';
        if (ours) expect(Object.keys(medium), `body ${index}`).toContain('example');
      }
    }
  });

  it('answers problems as problems', () => {
    if (route === undefined) return;
    const problems = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    const statuses = problems.map(([status]) => Number(status));
    expect(statuses).toEqual(expect.arrayContaining([400, 401, 403, 429, 500, 503]));
    for (const [status, response] of problems) {
      const { content, headers } = response as { content: Json; headers: Json };
      expect(Object.keys(content)).toEqual(['application/problem+json']);
      const waits = ['429', '503', '504'].includes(status);
      expect('Retry-After' in headers).toBe(waits);
    }
  });
});
