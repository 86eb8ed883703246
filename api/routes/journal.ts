import { z } from 'zod';
import { accountOf } from '../../ledger/chart-of-accounts.ts';
import type { EntryView } from '../../projections/journal/entries.ts';
import { listOf } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  asDay,
  BOOKS_READERS,
  BOOKS_TAGS,
  commaList,
  day,
  dimensionFilter,
  dimensions,
  limit,
  startingAfter,
  withCursor,
} from './ledger-filters.ts';
import { asMoney, id, money, period } from './schemas.ts';
import { route } from './services.ts';

const posting = z
  .strictObject({
    account: z.string(),
    name: z.string(),
    side: z.enum(['Dr', 'Cr']),
    amount: money,
    customerId: z.string().nullable(),
    revenueStream: z.int().nullable(),
    meter: z.string().nullable(),
    partnerId: z.string().nullable(),
    loanId: z.string().nullable(),
    servicePeriod: z.string().nullable(),
  })
  .meta({ id: 'Posting' });

const entry = z
  .strictObject({
    entryNo: z.int().describe('Contiguous, in the order of the log.'),
    eventId: z.string(),
    position: z.int(),
    type: z.string(),
    stream: z.string(),
    revision: z.int(),
    template: z.string().describe('Template and version of the posting rule.'),
    description: z.string(),
    effectiveAt: z.string(),
    recordedAt: z.string(),
    postingAt: z.string(),
    postingDate: z.string(),
    period,
    actor: z.string(),
    commandId: z.string(),
    customerId: z.string().nullable(),
    postings: z.array(posting),
  })
  .meta({ id: 'JournalEntry' });

const listedEntry = z
  .strictObject({
    ...entry.shape,
    matched: money
      .nullable()
      .describe(
        'Debits less credits of the postings that account, revenueStream, servicePeriod and meter select; null without them.',
      ),
  })
  .meta({ id: 'ListedJournalEntry' });

export const journalRoutes = [
  route({
    operationId: 'getJournalEntry',
    method: 'get',
    path: '/v1/ledger/entries/:eventId',
    summary: 'The journal entry that an event carries',
    tags: BOOKS_TAGS,
    roles: BOOKS_READERS,
    kind: 'query',
    reads: ['journal'],
    request: { params: z.strictObject({ eventId: z.uuid() }) },
    response: entry,
    errors: ['journal-entry-not-found'],
    async handler({ params }, { services }) {
      const found = await services.journal.entryByEventId(params.eventId);
      if (found === undefined) {
        throw new ProblemError('journal-entry-not-found', 'No event with this id carries a journal entry.');
      }
      return { body: entryBody(found) };
    },
  }),
  route({
    operationId: 'listJournalEntries',
    method: 'get',
    path: '/v1/ledger/entries',
    summary: 'The journal, in the order of its numbers',
    description:
      'Filters add up. An entry is in if one of its postings agrees with all of them; `matched` sums those postings, so that the whole list adds up to the figure which it explains.',
    tags: BOOKS_TAGS,
    roles: [...BOOKS_READERS, 'customer'],
    kind: 'query',
    reads: ['journal'],
    request: {
      query: z.strictObject({
        customerId: id.optional(),
        period: period.optional().describe('Month of posting.'),
        from: day.optional().describe('First posting date that counts.'),
        to: day.optional().describe('First posting date that does not count any more.'),
        account: commaList(/\d{4}/).optional().describe('One account or several: `4010,4020`.'),
        ...dimensions,
        type: commaList(/[a-z0-9_.]{1,60}/)
          .optional()
          .describe('Event type that carries the entry, or several.'),
        stream: z.string().max(200).optional().describe('Stream of the event that carries the entry.'),
        template: z.string().max(40).optional(),
        limit,
        startingAfter,
      }),
    },
    response: listOf(listedEntry),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const { customerId, period: month, from, to, template, stream, startingAfter: cursor } = query;
      const page = await withCursor(cursor, () =>
        services.journal.listEntries({
          limit: query.limit,
          customerId,
          period: month,
          from: from === undefined ? undefined : asDay(from),
          to: to === undefined ? undefined : asDay(to),
          accounts: query.account?.split(','),
          ...dimensionFilter(query),
          types: query.type?.split(','),
          stream,
          template,
          cursor,
        }),
      );
      return {
        body: {
          object: 'list' as const,
          data: page.entries.map((found) => ({
            ...entryBody(found),
            matched: found.matched === null ? null : asMoney(found.matched, found.currency),
          })),
          hasMore: page.nextCursor !== null,
          url: '/v1/ledger/entries',
          ...(page.nextCursor === null ? {} : { nextCursor: page.nextCursor }),
        },
      };
    },
  }),
];

function entryBody({ currency, postings, matched: _matched, ...rest }: EntryView) {
  return {
    ...rest,
    postings: postings.map(({ amount, account, ...line }) => ({
      account,
      name: accountOf(account).name,
      ...line,
      amount: asMoney(amount, currency),
    })),
  };
}
