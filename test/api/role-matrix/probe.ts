import type { Route } from '../../../api/http/route.ts';
import { sampleInput } from '../support/sample-input.ts';
import { BODY_MEMBERS, COMMON_THINGS } from './ids.ts';
import type { Ids } from './world.ts';

type Members = Readonly<Record<string, unknown>>;

export interface Probe {
  readonly method: string;
  readonly target: string;
  readonly body: unknown;
}

export interface Seen {
  readonly status: number;
  /** Of a problem. */
  readonly code: string | undefined;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request with a key, or with none. */
export type Send = (key: string | undefined, probe: Probe) => Promise<Seen>;

/**
 * A request of the right shape that names these things.
 * @param optional also where the operation would do without
 */
export function probeOf<Services>(route: Route<Services>, ids: Ids, optional: boolean): Probe {
  const sample = sampleInput(route);
  const params = Object.fromEntries(
    Object.keys(route.params.shape).map((name) => [
      name,
      ids[name] ?? COMMON_THINGS[name] ?? sample.params[name],
    ]),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(named(sample.query, ids, optional ? route.query.shape : {}))) {
    query.append(name, String(value));
  }
  const path = route.path.replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(String(params[name])));
  return {
    method: route.method.toUpperCase(),
    target: query.size > 0 ? `${path}?${query}` : path,
    body:
      route.body === undefined
        ? undefined
        : deepNamed(named(sample.body as Members, ids, optional ? route.body.shape : {}), ids),
  };
}

/** Names of the things that an operation can be asked for: in path, query or body. */
export function namesIn<Services>(route: Route<Services>, ids: Ids): string[] {
  const body = JSON.stringify(route.body === undefined ? {} : sampleInput(route).body);
  const shapes = [route.params.shape, route.query.shape, route.body?.shape ?? {}];
  return Object.keys(ids).filter(
    (name) => shapes.some((shape) => name in shape) || body.includes(`"${name}":`),
  );
}

function named(sample: Members, ids: Ids, shape: object): Record<string, unknown> {
  const names = new Set([...Object.keys(sample), ...Object.keys(shape).filter((name) => name in ids)]);
  return Object.fromEntries(
    [...names].map((name) => [name, ids[name] ?? BODY_MEMBERS[name] ?? sample[name]]),
  );
}

function deepNamed(value: unknown, ids: Ids): unknown {
  if (Array.isArray(value)) return value.map((item) => deepNamed(item, ids));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, ids[name] ?? deepNamed(member, ids)]),
  );
}

let requests = 0;

/** Sends to a server at this address. */
export function sender(url: string): Send {
  return async (key, { method, target, body }) => {
    requests += 1;
    const response = await fetch(url + target, {
      method,
      headers: {
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
        ...(method === 'GET' ? {} : { 'Idempotency-Key': `probe-${requests}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const problem = response.headers.get('content-type')?.includes('problem+json') === true;
    return {
      status: response.status,
      code: problem ? JSON.parse(text).code : undefined,
      headers: response.headers,
      text,
    };
  };
}
