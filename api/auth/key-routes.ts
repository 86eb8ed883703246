import { z } from 'zod';
import { listBody, listOf, pageParameters, pageRequest } from '../http/lists.ts';
import { KEYS_TAG } from '../http/recorder.ts';
import { type Route, routesFor } from '../http/route.ts';
import { type Principal, ROLES, type Role } from '../http/types.ts';
import { ProblemError } from '../problems/problem.ts';
import type { ApiKey } from './key-database.ts';
import type { IssuedKey, KeyStore } from './key-store.ts';

/** What the operations on keys need of the services. */
export interface KeyServices {
  readonly keys: KeyStore;
}

const MAX_OVERLAP_SECONDS = 30 * 86_400;
const DEFAULT_OVERLAP_SECONDS = 86_400;
/** Roles whose keys an admin may handle; the others are for owners, or an admin could come to move money. */
const ADMIN_MANAGES: ReadonlySet<Role> = new Set(['auditor', 'ingest', 'customer']);

const instant = z.iso.datetime({ offset: true });
const id = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . : -');

const requestsPerMinute = z.int().min(0).max(999_999_999).optional();
const rateLimits = z
  .strictObject({
    ingest: requestsPerMinute.describe('Requests that record usage.'),
    hotReads: requestsPerMinute.describe('Reads that are answered from memory.'),
    queries: requestsPerMinute.describe('Other queries.'),
    commands: requestsPerMinute,
  })
  .meta({ id: 'KeyRateLimits' })
  .describe('Requests a minute that go for this key instead of its role’s; 0 is no limit.');

const apiKey = z
  .strictObject({
    id: z.string(),
    role: z.enum(ROLES),
    label: z.string(),
    customerId: z.string().optional(),
    createdAt: instant,
    createdBy: z.string().describe('Principal that made it.'),
    expiresAt: instant.optional(),
    revokedAt: instant.optional(),
    lastUsedAt: instant.optional().describe('Kept to the minute.'),
    replacedBy: z.string().optional().describe('Id of the key that took its place.'),
    rateLimits: rateLimits.optional(),
  })
  .meta({ id: 'ApiKey' });

const issuedKey = z
  .strictObject({
    ...apiKey.shape,
    key: z.string().optional().describe('The whole key. Shown once: a retry does not repeat it.'),
  })
  .meta({ id: 'IssuedApiKey' });

/** `createApiKey`, `rotateApiKey`, `revokeApiKey`, `listApiKeys`. */
export function keyRoutes<Services extends KeyServices>(): Route<Services>[] {
  const route = routesFor<Services>();
  return [
    route({
      operationId: 'createApiKey',
      method: 'post',
      path: '/v1/api-keys',
      summary: 'Make an API key',
      description:
        'The key is in this answer and nowhere else: only its hash is stored. Admins make keys for auditors, ingestion and customers; the other roles are for owners.',
      tags: [KEYS_TAG],
      roles: ['admin'],
      kind: 'command',
      ifMatch: 'none',
      request: {
        body: z.strictObject({
          role: z.enum(ROLES),
          label: z.string().trim().min(1).max(100).describe('What it is for. Not a secret, not a person.'),
          customerId: id.optional().describe('With role customer: the only customer it sees.'),
          expiresAt: instant.optional().describe('Without it the key does not expire.'),
          rateLimits: rateLimits.optional(),
        }),
      },
      response: issuedKey,
      errors: [],
      async handler({ body }, { services, principal, commandMeta }) {
        requireManager(principal, body.role);
        requireCustomer(body.role, body.customerId);
        return issuedReply(await services.keys.createKey(body, commandMeta));
      },
    }),
    route({
      operationId: 'rotateApiKey',
      method: 'post',
      path: '/v1/api-keys/:keyId/rotate',
      summary: 'Replace an API key by a new one',
      description:
        'Both keys work until the overlap is over; they share their rate limits, and idempotency keys keep their meaning.',
      tags: [KEYS_TAG],
      roles: ['admin'],
      kind: 'command',
      ifMatch: 'none',
      request: {
        params: z.strictObject({ keyId: id }),
        body: z.strictObject({
          overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS),
          expiresAt: instant
            .optional()
            .describe('Without it the new key lives as long as the old one was made to.'),
          rateLimits: rateLimits.optional(),
        }),
      },
      response: issuedKey,
      errors: ['api-key-not-found', 'api-key-revoked', 'api-key-replaced'],
      async handler({ params, body }, { services, principal, commandMeta }) {
        requireManager(principal, (await existing(services.keys, params.keyId)).role);
        return issuedReply(await services.keys.rotateKey(params.keyId, body, commandMeta));
      },
    }),
    route({
      operationId: 'revokeApiKey',
      method: 'post',
      path: '/v1/api-keys/:keyId/revoke',
      summary: 'End an API key at once',
      tags: [KEYS_TAG],
      roles: ['admin'],
      kind: 'command',
      ifMatch: 'none',
      status: 200,
      request: { params: z.strictObject({ keyId: id }) },
      response: apiKey,
      errors: ['api-key-not-found', 'last-owner-key'],
      async handler({ params }, { services, principal }) {
        const before = await existing(services.keys, params.keyId);
        requireManager(principal, before.role);
        const after = await services.keys.revokeKey(params.keyId);
        return { body: after, replayed: before.revokedAt !== undefined };
      },
    }),
    route({
      operationId: 'listApiKeys',
      method: 'get',
      path: '/v1/api-keys',
      summary: 'List API keys, newest first',
      tags: [KEYS_TAG],
      roles: ['admin', 'auditor'],
      kind: 'query',
      request: { query: z.strictObject(pageParameters) },
      response: listOf(apiKey),
      errors: ['invalid-cursor'],
      async handler({ query }, { services }) {
        const page = pageRequest(query);
        const rows = await services.keys.listKeys(page);
        const cursorOf = (row: ApiKey) => ({ sortKey: row.createdAt, id: row.id });
        return { body: listBody(rows, page, '/v1/api-keys', (row) => row, cursorOf) };
      },
    }),
  ];
}

function issuedReply({ apiKey: shown, key, replayed }: IssuedKey) {
  return {
    body: { ...shown, ...(key === undefined ? {} : { key }) },
    replayed,
  };
}

async function existing(keys: KeyStore, keyId: string): Promise<ApiKey> {
  const found = await keys.findKey(keyId);
  if (found === undefined) throw new ProblemError('api-key-not-found', 'There is no such API key.');
  return found;
}

function requireManager(principal: Principal, role: Role): void {
  if (principal.role !== 'owner' && !ADMIN_MANAGES.has(role)) {
    throw new ProblemError('forbidden', `Keys with the role ${role} are handled by owners only.`);
  }
}

function requireCustomer(role: Role, customerId: string | undefined): void {
  if ((role === 'customer') === (customerId !== undefined)) return;
  const detail =
    role === 'customer' ? 'A customer’s key needs its customerId.' : `A key with the role ${role} has none.`;
  throw new ProblemError('validation-failed', detail, {
    errors: [{ pointer: '/customerId', in: 'body', detail }],
  });
}
