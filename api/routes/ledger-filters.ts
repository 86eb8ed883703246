import { z } from 'zod';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import { date, instant, period } from './schemas.ts';

export const BOOKS_TAGS = ['Books'];
export const BOOKS_READERS = ['admin', 'finance', 'auditor'] as const;

export const day = z
  .union([date, instant])
  .describe('Posting date `2026-01-31`, the whole day, or an RFC 3339 timestamp.');
export const limit = z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);
export const startingAfter = z.string().max(400).optional().describe('nextCursor of the page before.');

const NONE = 'none';
const MAX_LIST_TEXT = 1000;

/** Several values as one parameter: `4010,4020`. */
export const commaList = (item: RegExp) =>
  z
    .string()
    .max(MAX_LIST_TEXT)
    .regex(new RegExp(`^${item.source}(,${item.source})*$`), 'must be values separated by commas');

/** What single postings may be asked for; each is a dimension of the ledger. */
export const dimensions = {
  revenueStream: z.int().min(0).max(13).optional().describe('Number of the stream; 0: postings of none.'),
  servicePeriod: z
    .union([period, z.literal(NONE)])
    .optional()
    .describe('Month in which the service was given; `none`: postings of none.'),
  meter: z.string().max(64).optional().describe('Billable event type; `none`: postings of none.'),
};

/** What the parameters `dimensions` ask of the read model. */
export function dimensionFilter(query: {
  readonly revenueStream?: number | undefined;
  readonly servicePeriod?: string | undefined;
  readonly meter?: string | undefined;
}) {
  const orNone = (value: string | undefined) => (value === NONE ? '' : value);
  return {
    revenueStream: query.revenueStream,
    servicePeriod: orNone(query.servicePeriod),
    meter: orNone(query.meter),
  };
}

export function asDay(value: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : canonicalInstant(value);
}

export function asKnownAt(value: string): number | string {
  return /^\d+$/.test(value) ? Number(value) : canonicalInstant(value);
}

/** @throws ProblemError `invalid-cursor` where the read model does not know the cursor */
export async function withCursor<T>(cursor: string | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (cursor === undefined || !(error instanceof RangeError)) throw error;
    throw new ProblemError('invalid-cursor', 'The cursor does not come from this list.', {
      errors: [{ pointer: '/startingAfter', in: 'query', detail: 'not a cursor of this list' }],
    });
  }
}
