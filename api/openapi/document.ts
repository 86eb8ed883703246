import { rawSchema } from '../http/raw.ts';
import type { Route } from '../http/route.ts';
import { SYSTEM_OPERATIONS, type SystemOperation } from '../http/system-operations.ts';
import type { ObjectSchema } from '../http/types.ts';
import {
  headerComponents,
  parameterComponents,
  problemCodesOf,
  problemResponses,
  problemSchema,
  rateLimitHeaderReferences,
} from './parts.ts';
import { type JsonSchema, SchemaCollector } from './schemas.ts';
import { withExamples } from './with-examples.ts';

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly [member: string]: unknown };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly [kind: string]: object;
  };
}

export interface DocumentOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** What the tags mean, in the order in which they are shown. */
  readonly tags?: Readonly<Record<string, string>>;
}

const SYSTEM_TAG = 'System';

/** The OpenAPI 3.1 document of a route table: the same for the same table, member by member. */
export function buildDocument(routes: readonly Route<never>[], options: DocumentOptions): OpenApiDocument {
  const collector = new SchemaCollector();
  const problem = problemSchema as unknown as JsonSchema;
  collector.add('Problem', problem);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route, collector) };
  }
  const schemas = collector.components();
  for (const [path, item] of Object.entries(paths)) {
    const methods = Object.entries(item).map(([method, operation]) => [
      method,
      withExamples(operation, schemas),
    ]);
    paths[path] = Object.fromEntries(methods);
  }
  for (const system of SYSTEM_OPERATIONS) paths[system.path] = { get: systemOperation(system) };
  return {
    openapi: '3.1.1',
    info: {
      title: options.title,
      version: options.version,
      ...(options.description === undefined ? {} : { description: options.description }),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tagsOf(routes, options.tags ?? {}),
    security: [{ apiKey: [] }],
    paths,
    components: {
      schemas,
      parameters: parameterComponents,
      headers: headerComponents,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer <key>`.' },
      },
    },
  };
}

/** The document as it is committed and served. */
export function renderDocument(document: OpenApiDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operationOf(route: Route<never>, collector: SchemaCollector): Operation {
  const roles = `Open to: ${route.roles.join(', ')}.`;
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: route.description === undefined ? roles : `${route.description}\n\n${roles}`,
    tags: route.tags,
    parameters: [
      ...schemaParameters(route.params, 'path', collector),
      ...schemaParameters(route.query, 'query', collector),
      ...frameworkParameters(route).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route, route.body, collector) }),
    responses: {
      ...successResponses(route, collector),
      ...problemResponses(problemCodesOf(route)),
    },
  };
}

function frameworkParameters(route: Route<never>): (keyof typeof parameterComponents)[] {
  return [
    ...(route.keyRequired === 'always' ? (['IdempotencyKey'] as const) : []),
    ...(route.keyRequired === 'unless-self-identified' ? (['OptionalIdempotencyKey'] as const) : []),
    ...(route.ifMatch === 'none' ? [] : (['IfMatch', 'IfNoneMatch'] as const)),
    ...(route.reads.length === 0 ? [] : (['MinPosition', 'Prefer'] as const)),
    'RequestId',
  ];
}

function schemaParameters(
  schema: ObjectSchema,
  where: 'path' | 'query',
  collector: SchemaCollector,
): object[] {
  const { required = [] } = collector.schema(schema, 'input');
  return Object.entries(schema.shape).map(([name, member]) => {
    const { description, ...json } = collector.schema(member as ObjectSchema, 'input');
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: json,
    };
  });
}

function requestBody(route: Route<never>, body: ObjectSchema, collector: SchemaCollector): object {
  const schemas = Object.entries(route.accepts).map(([type, form]) => [type, form.schema] as const);
  return {
    required: body.safeParse({}).success === false,
    content: Object.fromEntries(
      [['application/json', body] as const, ...schemas].map(([type, schema]) => [
        type,
        { schema: collector.schema(schema, 'input') },
      ]),
    ),
  };
}

function successResponses(route: Route<never>, collector: SchemaCollector): Record<string, object> {
  const command = route.kind !== 'query';
  const headers = {
    'Request-Id': { $ref: '#/components/headers/RequestId' },
    ETag: { $ref: '#/components/headers/ETag' },
    'Revenue-Position': { $ref: '#/components/headers/RevenuePosition' },
    ...rateLimitHeaderReferences,
    ...(command ? { Location: { $ref: '#/components/headers/Location' } } : {}),
    ...(command ? { 'Idempotent-Replayed': { $ref: '#/components/headers/IdempotentReplayed' } } : {}),
  };
  const content = {
    [route.produces]:
      route.produces === 'application/json'
        ? { schema: collector.schema(route.response, 'output') }
        : rawSchema(route.produces),
  };
  if (!command) return { [route.status]: { description: 'The answer.', headers, content } };
  return {
    ...(route.status === 201
      ? { '200': { description: 'Nothing new came to be: the first outcome again.', headers, content } }
      : {}),
    [route.status]: { description: 'Accepted and durable.', headers, content },
  };
}

function systemOperation(system: SystemOperation): Operation {
  const { mediaType, otherStatuses } = system;
  const content = {
    [mediaType]: { schema: { type: mediaType === 'application/json' ? 'object' : 'string' } },
  };
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return {
    operationId: system.operationId,
    summary: system.summary,
    tags: [SYSTEM_TAG],
    security: otherStatuses.includes(401) ? [{}, { apiKey: [] }] : [],
    responses: {
      '200': { description: system.summary, content },
      ...Object.fromEntries(
        otherStatuses.map((status) => [
          String(status),
          status === 503
            ? { description: 'Not ready.', content }
            : { description: 'The key is missing or not allowed.', content: problem },
        ]),
      ),
    },
  };
}

function tagsOf(
  routes: readonly Route<never>[],
  described: Readonly<Record<string, string>>,
): { name: string; description?: string }[] {
  const used = new Set(routes.flatMap((route) => route.tags));
  const ordered = [
    ...Object.keys(described).filter((name) => used.has(name)),
    ...[...used].sort(),
    SYSTEM_TAG,
  ];
  return [...new Set(ordered)].map((name) => {
    const description = described[name];
    return description === undefined ? { name } : { name, description };
  });
}
