import { z } from 'zod';
import { rawBody } from './raw.ts';
import type { Method, Route } from './route.ts';
import type { ObjectSchema } from './types.ts';

interface Node<Services> {
  readonly children: Map<string, Node<Services>>;
  parameter?: Node<Services>;
  readonly routes: Map<Method, Route<Services>>;
}

export interface Match<Services> {
  readonly route: Route<Services>;
  /** Path parameters as text, not decoded. */
  readonly values: Readonly<Record<string, string>>;
}

const PARAMETER = /:([A-Za-z]\w*)/g;

/** All operations: found by name, by path, and walked by whoever mounts or documents them. */
export class RouteTable<Services> {
  readonly routes: readonly Route<Services>[];
  readonly #byName = new Map<string, Route<Services>>();
  readonly #root: Node<Services> = emptyNode();

  /** @throws Error for a route that contradicts itself or another one */
  constructor(routes: readonly Route<Services>[]) {
    this.routes = routes;
    for (const route of routes) {
      checkRoute(route);
      if (this.#byName.has(route.operationId)) throw new Error(`two operations named ${route.operationId}`);
      this.#byName.set(route.operationId, route);
      const node = this.#insert(route.path);
      if (node.routes.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
      node.routes.set(route.method, route);
    }
  }

  /** The operation of this name. */
  operation(operationId: string): Route<Services> | undefined {
    return this.#byName.get(operationId);
  }

  /** Fixed segments go before parameters, so `/events/batch` is never taken for an id. */
  match(method: string, path: string): Match<Services> | undefined {
    const route = this.#find(path)?.routes.get(methodOf(method));
    return route === undefined ? undefined : { route, values: valuesOf(route.path, path) };
  }

  /** Methods that a path takes, upper case; empty for an unknown path. */
  allowedMethods(path: string): string[] {
    const methods = [...(this.#find(path)?.routes.keys() ?? [])].map((method) => method.toUpperCase());
    return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  }

  #insert(path: string): Node<Services> {
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment.startsWith(':')) {
        node.parameter ??= emptyNode();
        node = node.parameter;
      } else {
        const next = node.children.get(segment) ?? emptyNode<Services>();
        node.children.set(segment, next);
        node = next;
      }
    }
    return node;
  }

  #find(path: string): Node<Services> | undefined {
    return descend(this.#root, segmentsOf(path), 0);
  }
}

function descend<Services>(
  node: Node<Services>,
  segments: readonly string[],
  at: number,
): Node<Services> | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.routes.size > 0 ? node : undefined;
  const fixed = node.children.get(segment);
  const found = fixed && descend(fixed, segments, at + 1);
  if (found !== undefined) return found;
  return node.parameter && segment !== '' ? descend(node.parameter, segments, at + 1) : undefined;
}

function valuesOf(pattern: string, path: string): Record<string, string> {
  const given = segmentsOf(path);
  return Object.fromEntries(
    segmentsOf(pattern).flatMap((segment, index) =>
      segment.startsWith(':') ? [[segment.slice(1), given[index] ?? '']] : [],
    ),
  );
}

function checkRoute<Services>(route: Route<Services>): void {
  const name = `route ${route.operationId}`;
  const inPath = [...route.path.matchAll(PARAMETER)].map((found) => found[1]).sort();
  const declared = Object.keys(route.params.shape).sort();
  if (inPath.join() !== declared.join()) {
    throw new Error(`${name}: the path has [${inPath}], params declares [${declared}]`);
  }
  if (route.kind === 'query' ? route.method !== 'get' : route.method === 'get') {
    throw new Error(`${name}: a ${route.kind} cannot be ${route.method.toUpperCase()}`);
  }
  if (route.kind === 'query' && route.body !== undefined) throw new Error(`${name}: a query takes no body`);
  if (route.body === undefined && Object.keys(route.accepts).length > 0) {
    throw new Error(`${name}: accepts other forms of a body, but takes none`);
  }
  if ((route.response === rawBody) !== (route.produces !== 'application/json')) {
    throw new Error(`${name}: what is not JSON has rawBody as its response, and says what it produces`);
  }
  for (const schema of [route.params, route.query, ...(route.body === undefined ? [] : [route.body])]) {
    if (!isStrict(schema)) throw new Error(`${name}: every input is a strictObject`);
  }
  if (route.roles.includes('customer') && route.customerScope === 'input' && !takesCustomerId(route)) {
    throw new Error(`${name}: open to customers, but no input names the customerId`);
  }
}

function isStrict(schema: ObjectSchema): boolean {
  return schema.def.catchall instanceof z.ZodNever;
}

function takesCustomerId<Services>(route: Route<Services>): boolean {
  const body = route.body === undefined ? '' : JSON.stringify(z.toJSONSchema(route.body, { io: 'input' }));
  return (
    'customerId' in route.params.shape || 'customerId' in route.query.shape || body.includes('"customerId"')
  );
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split('/');
}

function methodOf(method: string): Method {
  const lower = method.toLowerCase();
  return lower === 'head' ? 'get' : (lower as Method);
}

function emptyNode<Services>(): Node<Services> {
  return { children: new Map(), routes: new Map() };
}
