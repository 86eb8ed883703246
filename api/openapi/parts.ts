import type { Route } from '../http/route.ts';
import { type ProblemCode, problemCatalogue } from '../problems/catalogue.ts';

/** Codes that every operation of its kind can answer with, beside its own. */
export function problemCodesOf(route: Route<never>): ProblemCode[] {
  const codes = new Set<ProblemCode>([
    'validation-failed',
    'unauthenticated',
    'forbidden',
    'rate-limited',
    'overloaded',
    'log-unavailable',
    'internal-error',
    ...route.errors,
  ]);
  if (route.kind !== 'query') {
    const ofCommands: ProblemCode[] = [
      'invalid-json',
      'invalid-header',
      'idempotency-key-reused',
      'body-too-large',
      'unsupported-media-type',
      'outcome-unknown',
    ];
    for (const code of ofCommands) codes.add(code);
    codes.add('idempotency-key-missing');
  } else codes.add('read-models-unavailable');
  if ('startingAfter' in route.query.shape) codes.add('invalid-cursor');
  if (route.reads.length > 0) codes.add('read-model-behind');
  if (route.ifMatch !== 'none') codes.add('precondition-failed');
  if (route.ifMatch === 'required') codes.add('precondition-required');
  if (route.roles.includes('customer')) codes.add('customer-not-found');
  return [...codes];
}

/** Where there is a limit, every answer to a known key says how much is left. */
export const rateLimitHeaderReferences = {
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
} as const;

/** Problem responses by status; each says which codes it can carry. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy([...codes].sort(), (code) => problemCatalogue[code].status);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, of]) => [String(status), problemResponse(status, of)]),
  );
}

function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const retry = status === 429 || status === 503 || status === 504;
  return {
    description: codes.map((code) => `\`${code}\`: ${problemCatalogue[code].title}.`).join(' '),
    headers: {
      'Request-Id': { $ref: '#/components/headers/RequestId' },
      ...(status === 401 || status === 500 ? {} : rateLimitHeaderReferences),
      ...(retry ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { enum: codes } } },
          ],
        },
      },
    },
  };
}

export const problemSchema = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Where the code is explained.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'Path that was asked for.' },
    code: { type: 'string', description: 'Stable; what a program decides by.' },
    requestId: { type: 'string', description: 'To be named when asking for help.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'in', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) to the input at fault.' },
          in: { enum: ['path', 'query', 'header', 'body'] },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const;

/** Response headers, by component name. */
export const headerComponents = {
  RequestId: { description: 'The caller’s Request-Id, or one of ours.', schema: { type: 'string' } },
  ETag: { description: 'Revision of the resource, for If-Match.', schema: { type: 'string' } },
  RevenuePosition: {
    description: 'Position in the event log that the answer is of; give it to minPosition.',
    schema: { type: 'integer' },
  },
  Location: { description: 'Path of the resource.', schema: { type: 'string', format: 'uri-reference' } },
  IdempotentReplayed: {
    description: 'The command had been handled before; this is its first outcome.',
    schema: { type: 'string', enum: ['true'] },
  },
  RateLimitPolicy: {
    description:
      'The limit that was applied, `"queries";q=12000;w=60`: requests in a window of seconds. Absent without a limit.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of it, `"queries";r=11999;t=42`: requests, and seconds until the window ends.',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
} as const;

/** Header and query parameters that the framework itself understands, by component name. */
export const parameterComponents = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'Unique for each command; the same one for its retries. Never expires.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  OptionalIdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Not needed if every item has an eventId.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'ETag that the resource must still have. Without it, a conflict is decided again.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: '`*`: the resource must not exist yet.',
    schema: { type: 'string', enum: ['*'] },
  },
  RequestId: {
    name: 'Request-Id',
    in: 'header',
    required: false,
    description: 'Comes back in the answer, in problems and in our logs.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,64}$' },
  },
  MinPosition: {
    name: 'minPosition',
    in: 'query',
    required: false,
    description: 'Wait until the answer reflects this position: the Revenue-Position of your command.',
    schema: { type: 'integer', minimum: 0 },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    required: false,
    description:
      '`wait=<seconds>`, at most 30: how long to wait for minPosition, or else for the head of the log.',
    schema: { type: 'string' },
  },
} as const;
