import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Route } from './route.ts';
import type { Reply } from './types.ts';

/** Parameters that choose a page of a list, not the list. */
const PAGE_PARAMETERS: ReadonlySet<string> = new Set(['limit', 'startingAfter', 'endingBefore']);
const CURSOR_PARAMETERS = ['startingAfter', 'endingBefore'] as const;
const CURSOR_MEMBERS = ['nextCursor', 'previousCursor'] as const;
const NAME_CHARS = 10;

interface ListInput {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/**
 * The name of the list that a request asks for, which every cursor of it carries: operation, path and filters. A
 * cursor is a place in one order of one list, and is refused elsewhere.
 * @returns undefined for an operation without pages
 */
export function listName(route: Route<never>, { params, query }: ListInput): string | undefined {
  if (!('startingAfter' in route.query.shape)) return undefined;
  const filters = Object.entries(query).filter(([name]) => !PAGE_PARAMETERS.has(name));
  const list = [route.operationId, params, Object.fromEntries(filters)];
  return sha256Hex(canonicalJson(list)).slice(0, NAME_CHARS);
}

/**
 * The query with cursors as the handler made them.
 * @throws ProblemError `invalid-cursor` for a cursor of another list
 */
export function openCursors(query: ListInput['query'], name: string | undefined): ListInput['query'] {
  if (name === undefined) return query;
  const given = CURSOR_PARAMETERS.flatMap((parameter) => {
    const cursor = query[parameter];
    return typeof cursor === 'string' ? [[parameter, opened(parameter, cursor, name)] as const] : [];
  });
  return given.length === 0 ? query : { ...query, ...Object.fromEntries(given) };
}

/** The reply with the name of its list in every cursor. */
export function sealCursors(reply: Reply<unknown>, name: string | undefined): Reply<unknown> {
  const { body } = reply;
  if (name === undefined || typeof body !== 'object' || body === null) return reply;
  const members = new Map<string, unknown>(Object.entries(body));
  const sealed = CURSOR_MEMBERS.flatMap((member) => {
    const cursor = members.get(member);
    return typeof cursor === 'string' ? [[member, `${name}.${cursor}`] as const] : [];
  });
  return sealed.length === 0 ? reply : { ...reply, body: { ...body, ...Object.fromEntries(sealed) } };
}

function opened(parameter: string, cursor: string, name: string): string {
  if (cursor.startsWith(`${name}.`)) return cursor.slice(name.length + 1);
  const detail = 'The cursor does not come from this list with these filters.';
  throw new ProblemError('invalid-cursor', detail, {
    errors: [{ pointer: `/${parameter}`, in: 'query', detail }],
  });
}
