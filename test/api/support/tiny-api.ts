import { Writable } from 'node:stream';
import { z } from 'zod';
import { requireOwn } from '../../../api/auth/customer-scope.ts';
import { acceptedForm } from '../../../api/http/accepted-forms.ts';
import { type Api, createApi } from '../../../api/http/api.ts';
import { Health, type HealthCheck } from '../../../api/http/health.ts';
import { listBody, listOf, pageParameters, pageRequest } from '../../../api/http/lists.ts';
import { rawBody } from '../../../api/http/raw.ts';
import { type Route, routesFor } from '../../../api/http/route.ts';
import { type HttpServer, serveHttp } from '../../../api/http/server.ts';
import type { AccessEntry, CommandMeta, Principal } from '../../../api/http/types.ts';
import { ProblemError } from '../../../api/problems/problem.ts';
import { refuse } from '../../../domain/kernel/decider.ts';
import { createLogger } from '../../../platform/logging.ts';
import { createMetrics } from '../../../platform/metrics.ts';

/** What the tiny operations work on: a table of notes, and hooks by which a test decides what happens. */
export interface TinyServices {
  readonly notes: Map<string, { customerId: string; text: string }>;
  readonly seen: CommandMeta[];
  /** Awaited inside every command. */
  gate: () => Promise<void>;
  /** Thrown by every command and by getNote, when set. */
  failure: unknown;
}

const text = z.string().min(1).max(50);
const id = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);
const note = z.strictObject({ noteId: id, customerId: id, text }).meta({ id: 'Note' });
const route = routesFor<TinyServices>();

/** What a PDF starts with; its second line is not UTF-8. */
export const PDF_HEAD = Buffer.from('255044462d312e370a25e2e3cfd30a', 'hex');

function notePage(
  operationId: string,
  form: string,
  produces: 'text/html' | 'application/pdf',
  render: (text: string) => string | Uint8Array,
) {
  return route({
    operationId,
    method: 'get',
    path: `/v1/notes/:noteId/${form}`,
    summary: `A note as ${produces}`,
    tags: ['Notes'],
    roles: ['finance', 'customer'],
    kind: 'query',
    customerScope: 'handler',
    reads: ['notes'],
    request: { params: z.strictObject({ noteId: id }) },
    produces,
    response: rawBody,
    errors: ['not-found'],
    async handler({ params }, { services, principal }) {
      const missing = () => new ProblemError('not-found', 'There is no such note.');
      const found = services.notes.get(params.noteId);
      if (found === undefined) throw missing();
      requireOwn(principal, found.customerId, missing);
      return {
        body: render(found.text),
        headers: { 'Content-Disposition': `inline; filename="${params.noteId}"` },
      };
    },
  });
}

export const tinyRoutes: Route<TinyServices>[] = [
  route({
    operationId: 'writeNote',
    method: 'post',
    path: '/v1/customers/:customerId/notes',
    summary: 'Write a note',
    tags: ['Notes'],
    roles: ['finance', 'customer'],
    kind: 'command',
    request: {
      params: z.strictObject({ customerId: id }),
      body: z.strictObject({
        text,
        weight: z.number().optional(),
        metadata: z.record(z.string(), z.unknown()).optional(),
      }),
    },
    response: note,
    errors: ['customer-not-found', 'unknown-tier'],
    async handler({ params, body }, { services, commandMeta }) {
      services.seen.push(commandMeta);
      await services.gate();
      if (services.failure !== undefined) throw services.failure;
      if (body.text === 'refuse') return refuse('unknown-tier', 'there is no tier refuse', 'text');
      if (params.customerId === 'missing') return refuse('customer-not-found', 'no customer missing');
      const noteId = `note_${commandMeta.commandId.slice(0, 8)}`;
      const known = services.notes.has(noteId);
      services.notes.set(noteId, { customerId: params.customerId, text: body.text });
      return {
        body: { noteId, customerId: params.customerId, text: body.text },
        etag: 3,
        position: 42,
        location: `/v1/notes/${noteId}`,
        replayed: known,
      };
    },
  }),
  route({
    operationId: 'replaceNote',
    method: 'post',
    path: '/v1/notes/:noteId',
    summary: 'Replace a note',
    tags: ['Notes'],
    roles: ['finance'],
    kind: 'command',
    ifMatch: 'required',
    status: 200,
    request: { params: z.strictObject({ noteId: id }), body: z.strictObject({ text }) },
    response: z.strictObject({ ifMatch: z.union([z.number(), z.literal('none')]) }),
    errors: [],
    async handler(_input, { commandMeta }) {
      return { body: { ifMatch: commandMeta.ifMatch ?? -1 } };
    },
  }),
  route({
    operationId: 'ingestNotes',
    method: 'post',
    path: '/v1/notes/batch',
    summary: 'Write many notes',
    tags: ['Notes'],
    roles: ['ingest', 'customer'],
    kind: 'ingest',
    hot: true,
    selfIdentified: (body) => body.items.every((item) => item.eventId !== undefined),
    accepts: {
      'application/words+json': {
        schema: z.array(z.string()),
        unchecked: true,
        toBody: (words: unknown) => ({
          items: [words].flat().map((word) => ({ customerId: 'a', text: word })),
        }),
      },
      'application/lines+json': acceptedForm(
        z.array(z.strictObject({ of: z.string(), said: z.string() })).max(3),
        (lines, { header }) => ({
          items: lines.map(({ of, said }, index) => ({
            customerId: of,
            text: said,
            eventId: `${header('x-batch')}-${index}`,
          })),
        }),
        ([, index, member]) => [index ?? '', member === 'customerId' ? 'of' : 'said'],
      ),
    },
    request: {
      body: z.strictObject({
        items: z
          .array(z.strictObject({ customerId: id, eventId: id.optional(), text: z.string().max(2_000) }))
          .max(1_000),
      }),
    },
    response: z.strictObject({ count: z.int(), commandId: z.string() }),
    errors: [],
    async handler({ body }, { commandMeta }) {
      return { body: { count: body.items.length, commandId: commandMeta.commandId } };
    },
  }),
  route({
    operationId: 'getNote',
    method: 'get',
    path: '/v1/notes/:noteId',
    summary: 'Read a note',
    tags: ['Notes'],
    roles: ['finance', 'auditor', 'customer'],
    kind: 'query',
    customerScope: 'handler',
    reads: ['notes'],
    request: { params: z.strictObject({ noteId: id }) },
    response: note,
    errors: ['not-found'],
    async handler({ params }, { services, principal }) {
      if (services.failure !== undefined) throw services.failure;
      const missing = () => new ProblemError('not-found', 'There is no such note.');
      const found = services.notes.get(params.noteId);
      if (found === undefined) throw missing();
      requireOwn(principal, found.customerId, missing);
      return { body: { noteId: params.noteId, ...found } };
    },
  }),
  notePage('getNotePage', 'page', 'text/html', (body) => `<p>${body}</p>`),
  notePage('getNoteFile', 'file', 'application/pdf', (body) =>
    Buffer.concat([PDF_HEAD, Buffer.from(body, 'utf8')]),
  ),
  route({
    operationId: 'listNotes',
    method: 'get',
    path: '/v1/notes',
    summary: 'List notes',
    tags: ['Notes'],
    roles: ['finance', 'auditor', 'customer'],
    kind: 'query',
    request: {
      query: z.strictObject({
        ...pageParameters,
        customerId: id.optional(),
        loud: z.boolean().optional(),
        tags: z.array(z.string()).optional(),
      }),
    },
    response: listOf(note),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const rows = [...services.notes]
        .filter(([, { customerId }]) => query.customerId === undefined || customerId === query.customerId)
        .filter(([noteId]) => page.after === undefined || noteId > page.after.id)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, page.limit + 1);
      return {
        body: listBody(
          rows,
          page,
          '/v1/notes',
          ([noteId, rest]) => ({ noteId, ...rest }),
          ([noteId]) => ({ sortKey: noteId, id: noteId }),
        ),
      };
    },
  }),
  route({
    operationId: 'breakSchema',
    method: 'get',
    path: '/v1/broken',
    summary: 'Answers what its schema does not allow',
    tags: ['Notes'],
    roles: [],
    kind: 'query',
    response: z.strictObject({ ok: z.boolean() }),
    errors: [],
    handler: async () => JSON.parse('{"body":{"ok":"no"}}'),
  }),
];

const PRINCIPALS: ReadonlyMap<string, Principal> = new Map(
  (['owner', 'admin', 'finance', 'auditor', 'ingest'] as const).map((role) => [
    `Bearer ${role}`,
    { id: `key:${role}`, keyId: role, role } as Principal,
  ]),
);

export interface TinyApi {
  readonly api: Api<TinyServices>;
  readonly server: HttpServer;
  readonly services: TinyServices;
  readonly health: Health;
  readonly access: AccessEntry[];
  /** Everything logged so far. */
  logged(): string;
  /** Position that the read model `notes` has reached. */
  position: number;
  send(method: string, path: string, options?: SendOptions): Promise<Sent>;
}

export interface SendOptions {
  readonly as?: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A server with the tiny operations. `customer:<id>` is the key of that customer. */
export async function startTinyApi(
  checks: readonly HealthCheck[] = [],
  settings: { readonly maxInFlight?: number; readonly shutdownGraceMs?: number } = {},
): Promise<TinyApi> {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const services: TinyServices = {
    notes: new Map(),
    seen: [],
    gate: async () => undefined,
    failure: undefined,
  };
  const health = new Health(checks);
  const access: AccessEntry[] = [];
  const state = { position: 10 };
  const api = createApi<TinyServices>({
    routes: tinyRoutes,
    services,
    health,
    metrics: createMetrics(),
    metricsAccess: 'key',
    log: createLogger({ destination }),
    document: { title: 'Tiny', version: '1.2.3' },
    validateResponses: true,
    access: (entry) => access.push(entry),
    authenticate: async (header) => {
      const customer = /^Bearer customer:(.+)$/.exec(header ?? '')?.[1];
      return customer === undefined
        ? PRINCIPALS.get(header ?? '')
        : { id: `key:${customer}`, keyId: customer, role: 'customer', customerId: customer };
    },
    reads: {
      current: async () => state.position,
      head: async () => state.position,
      waitFor: async (_projections, position) => state.position >= position,
    },
    ...(settings.maxInFlight === undefined ? {} : { maxInFlight: settings.maxInFlight }),
  });
  const server = await serveHttp({
    listener: api.listener,
    health,
    host: '127.0.0.1',
    port: 0,
    shutdownGraceMs: settings.shutdownGraceMs ?? 10_000,
  });
  return {
    api,
    server,
    services,
    health,
    access,
    logged: () => lines.join(''),
    get position() {
      return state.position;
    },
    set position(value) {
      state.position = value;
    },
    send: (method, path, options = {}) => send(server.url, method, path, options),
  };
}

let keys = 0;

async function send(url: string, method: string, path: string, options: SendOptions): Promise<Sent> {
  const payload = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  keys += 1;
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${options.as ?? 'owner'}`,
      ...(method === 'GET' ? {} : { 'Idempotency-Key': `key-${keys}` }),
      ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const content = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: json && content !== '' ? JSON.parse(content) : { text: content },
  };
}
