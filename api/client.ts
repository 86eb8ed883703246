import { randomUUID } from 'node:crypto';
import type { OpenApiDocument, Operation } from './openapi/document.ts';

export interface ClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** API key. */
  readonly key: string;
  /** What /openapi.json says; read from there unless given. */
  readonly document?: OpenApiDocument;
}

export interface CallOptions {
  /** A new one unless given. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; text of text/*; bytes of anything else. */
  readonly body: unknown;
}

/** Calls any operation by its name alone, with its inputs by theirs, wherever they travel. */
export interface Client {
  call(
    operationId: string,
    inputs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<Answer>;
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

interface NamedParameter {
  readonly name?: string;
  readonly in?: string;
  readonly $ref?: string;
}

/** @throws Error if the document cannot be read */
export async function createClient(options: ClientOptions): Promise<Client> {
  const document = options.document ?? (await readDocument(options.url));
  const places = new Map<string, Place>(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        operation.operationId,
        { method: method.toUpperCase(), path, operation },
      ]),
    ),
  );
  return {
    async call(operationId, inputs = {}, settings = {}) {
      const place = places.get(operationId);
      if (place === undefined) throw new Error(`there is no operation ${operationId}`);
      const { target, body } = layOut(place, inputs);
      const response = await fetch(new URL(target, options.url), {
        method: place.method,
        headers: {
          Authorization: `Bearer ${options.key}`,
          ...(place.method === 'GET' ? {} : { 'Idempotency-Key': settings.idempotencyKey ?? randomUUID() }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...settings.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: await bodyOf(response) };
    },
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  const type = response.headers.get('Content-Type') ?? 'application/json';
  if (!/^(text\/|application\/(\S+\+)?json)/.test(type)) return new Uint8Array(await response.arrayBuffer());
  const text = await response.text();
  if (type.startsWith('text/')) return text;
  return text === '' ? undefined : JSON.parse(text);
}

/** Puts each input where the document says it travels: path, query or body. */
function layOut(
  { path, operation }: Place,
  inputs: Readonly<Record<string, unknown>>,
): { readonly target: string; readonly body: object | undefined } {
  const places = new Map((operation.parameters ?? []).map(placeOf));
  const query = new URLSearchParams();
  const body: Record<string, unknown> = {};
  let target = path;
  for (const [name, value] of Object.entries(inputs)) {
    const place = places.get(name);
    if (value === undefined) continue;
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (place === 'query' || operation.requestBody === undefined) query.append(name, String(value));
    else body[name] = value;
  }
  return {
    target: query.size > 0 ? `${target}?${query}` : target,
    body: operation.requestBody === undefined ? undefined : body,
  };
}

function placeOf(parameter: NamedParameter): readonly [string, string] {
  if (parameter.$ref?.endsWith('/MinPosition') === true) return ['minPosition', 'query'];
  return [parameter.name ?? '', parameter.in ?? 'header'];
}

async function readDocument(url: string): Promise<OpenApiDocument> {
  const response = await fetch(new URL('/openapi.json', url));
  if (!response.ok) throw new Error(`${url}/openapi.json answers ${response.status}`);
  return (await response.json()) as OpenApiDocument;
}
