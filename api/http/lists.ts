import { z } from 'zod';
import { ProblemError } from '../problems/problem.ts';

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** Query parameters of every list: `z.strictObject({ ...pageParameters, status: … })`. */
export const pageParameters = {
  limit: z
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe(`Most items in one page, 1 to ${MAX_LIMIT}.`),
  startingAfter: z
    .string()
    .max(400)
    .optional()
    .describe('Cursor: items after it. nextCursor of a page before.'),
  endingBefore: z
    .string()
    .max(400)
    .optional()
    .describe('Cursor: items before it. previousCursor of a page after.'),
};

/** A place in a list: the value that it is sorted by, and the id that breaks ties. */
export interface Cursor {
  readonly sortKey: string;
  readonly id: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after?: Cursor;
  readonly before?: Cursor;
}

interface PageQuery {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly endingBefore?: string | undefined;
}

/**
 * What a list query asks for. Read `limit + 1` rows with it: the one too many says that there are more.
 * @throws ProblemError `invalid-cursor`, also when both cursors are given
 */
export function pageRequest(query: PageQuery): PageRequest {
  if (query.startingAfter !== undefined && query.endingBefore !== undefined) {
    throw invalidCursor('startingAfter', 'Give startingAfter or endingBefore, not both.');
  }
  return {
    limit: query.limit,
    ...(query.startingAfter === undefined ? {} : { after: decode('startingAfter', query.startingAfter) }),
    ...(query.endingBefore === undefined ? {} : { before: decode('endingBefore', query.endingBefore) }),
  };
}

/**
 * The place of a cursor in a list that is sorted by a whole number.
 * @throws ProblemError `invalid-cursor` if it comes from another list
 */
export function placeOf(cursor: Cursor, max = Number.MAX_SAFE_INTEGER): number {
  const place = /^\d{1,16}$/.test(cursor.sortKey) ? Number(cursor.sortKey) : Number.NaN;
  if (place <= max) return place;
  throw invalidCursor('startingAfter', 'The cursor does not come from this list.');
}

/** Opaque text of a cursor; stable while items come and go around it. */
export function encodeCursor({ sortKey, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sortKey, id])).toString('base64url');
}

const cursorShape = z.tuple([z.string().max(100), z.string().max(100)]);

function decode(parameter: string, text: string): Cursor {
  try {
    const [sortKey, id] = cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    if (encodeCursor({ sortKey, id }) === text) return { sortKey, id };
  } catch {
    // Whatever is wrong with it, it is not ours.
  }
  throw invalidCursor(parameter, 'The cursor does not come from this list.');
}

function invalidCursor(parameter: string, detail: string): ProblemError {
  return new ProblemError('invalid-cursor', detail, {
    errors: [{ pointer: `/${parameter}`, in: 'query', detail }],
  });
}

/** Response schema of a list of these. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    object: z.literal('list'),
    data: z.array(item),
    hasMore: z.boolean().describe('There are more items in the direction of the page.'),
    url: z.string().describe('Path of the list.'),
    nextCursor: z.string().optional().describe('Value for startingAfter; absent on the last page.'),
    previousCursor: z
      .string()
      .optional()
      .describe('Value for endingBefore; absent on the first page, and where pages go forward only.'),
  });
}

export interface ListBody<Item> {
  readonly object: 'list';
  readonly data: Item[];
  readonly hasMore: boolean;
  readonly url: string;
  readonly nextCursor?: string;
  readonly previousCursor?: string;
}

/**
 * Body of a list from `limit + 1` rows.
 * @param rows in list order; with `endingBefore` in the reverse order, as they are read backwards
 * @param hasMore for rows that come without the one too many
 */
export function listBody<Row, Item>(
  rows: readonly Row[],
  request: PageRequest,
  url: string,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => Cursor,
  hasMore = rows.length > request.limit,
): ListBody<Item> {
  const page = rows.slice(0, request.limit);
  if (request.before !== undefined) page.reverse();
  const [first, last] = [page[0], page.at(-1)];
  const next = last !== undefined && (hasMore || request.before !== undefined);
  const previous =
    first !== undefined && (request.before === undefined ? request.after !== undefined : hasMore);
  return {
    object: 'list',
    data: page.map(toItem),
    hasMore,
    url,
    ...(next ? { nextCursor: encodeCursor(cursorOf(last)) } : {}),
    ...(previous ? { previousCursor: encodeCursor(cursorOf(first)) } : {}),
  };
}
