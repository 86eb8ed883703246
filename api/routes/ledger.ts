import { z } from 'zod';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import { accountOf, isAccountCode } from '../../ledger/chart-of-accounts.ts';
import type { EntryView } from '../../projections/journal/entries.ts';
import { DEFAULT_LIMIT, listOf, MAX_LIMIT } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import { asMoney, date, id, instant, money, period } from './schemas.ts';
import { route } from './services.ts';

const TAGS = ['Books'];
const READERS = ['admin', 'finance', 'auditor'] as const;

const day = z
  .union([date, instant])
  .describe('Posting date `2026-01-31`, the whole day, or an RFC 3339 timestamp.');
const limit = z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);
const startingAfter = z.string().max(400).optional().describe('nextCursor of the page before.');

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

const NONE = 'none';
const MAX_LIST_TEXT = 1000;

/** Several values as one parameter: `4010,4020`. */
const commaList = (item: RegExp) =>
  z
    .string()
    .max(MAX_LIST_TEXT)
    .regex(new RegExp(`^${item.source}(,${item.source})*$`), 'must be values separated by commas');

/** What single postings may be asked for; each is a dimension of the ledger. */
const dimensions = {
  revenueStream: z.int().min(0).max(13).optional().describe('Number of the stream; 0: postings of none.'),
  servicePeriod: z
    .union([period, z.literal(NONE)])
    .optional()
    .describe('Month in which the service was given; `none`: postings of none.'),
  meter: z.string().max(64).optional().describe('Billable event type; `none`: postings of none.'),
};

function dimensionFilter(query: {
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

const statementLine = z
  .strictObject({
    entryNo: z.int(),
    lineNo: z.int(),
    eventId: z.string(),
    description: z.string(),
    template: z.string(),
    postingAt: z.string(),
    postingDate: z.string(),
    customerId: z.string().nullable(),
    debit: money.nullable(),
    credit: money.nullable(),
    balance: money.describe('Debits less credits up to and with this line.'),
  })
  .meta({ id: 'StatementLine' });

export const ledgerRoutes = [
  route({
    operationId: 'getTrialBalance',
    method: 'get',
    path: '/v1/ledger/trial-balance',
    summary: 'Trial balance, as of a posting date, as known at a moment',
    tags: TAGS,
    roles: [...READERS, 'customer'],
    kind: 'query',
    reads: ['journal'],
    request: {
      query: z.strictObject({
        asOf: day.optional(),
        knownAt: z
          .union([z.string().regex(/^\d{1,15}$/), instant])
          .optional()
          .describe('Log position, or RFC 3339 timestamp of the business clock.'),
        customerId: id.optional(),
      }),
    },
    response: z
      .strictObject({
        accounts: z.array(
          z.strictObject({
            account: z.string(),
            name: z.string(),
            debit: money,
            credit: money,
            balance: money.describe('Debits less credits.'),
          }),
        ),
        totals: z.array(z.strictObject({ currency: z.string(), debit: money, credit: money })),
        zero: z.boolean().describe('Debits equal credits in every currency.'),
      })
      .meta({ id: 'TrialBalance' }),
    errors: [],
    async handler({ query }, { services }) {
      const balance = await services.journal.trialBalance({
        ...(query.asOf === undefined ? {} : { asOf: asDay(query.asOf) }),
        ...(query.knownAt === undefined ? {} : { knownAt: asKnownAt(query.knownAt) }),
        ...(query.customerId === undefined ? {} : { customerId: query.customerId }),
      });
      return {
        body: {
          accounts: balance.accounts.map(({ currency, debit, credit, balance: net, ...account }) => ({
            ...account,
            debit: asMoney(debit, currency),
            credit: asMoney(credit, currency),
            balance: asMoney(net, currency),
          })),
          totals: balance.totals.map(({ currency, debit, credit }) => ({
            currency,
            debit: asMoney(debit, currency),
            credit: asMoney(credit, currency),
          })),
          zero: balance.zero,
        },
      };
    },
  }),
  route({
    operationId: 'getAccountStatement',
    method: 'get',
    path: '/v1/ledger/accounts/:account/statement',
    summary: 'Postings of an account with a running balance',
    tags: TAGS,
    roles: [...READERS, 'customer'],
    kind: 'query',
    reads: ['journal'],
    request: {
      params: z.strictObject({ account: z.string().max(20) }),
      query: z.strictObject({
        from: day.optional().describe('First posting date that counts.'),
        to: day.optional().describe('First posting date that does not count any more.'),
        customerId: id.optional(),
        ...dimensions,
        limit,
        startingAfter,
      }),
    },
    response: z
      .strictObject({
        account: z.string(),
        name: z.string(),
        openingBalance: money,
        closingBalance: money,
        lines: z.array(statementLine),
        nextCursor: z.string().optional(),
      })
      .meta({ id: 'AccountStatement' }),
    errors: ['account-not-found', 'invalid-cursor'],
    async handler({ params, query }, { services }) {
      if (!isAccountCode(params.account)) {
        throw new ProblemError('account-not-found', 'There is no such account in the chart.');
      }
      const { from, to, customerId, startingAfter: cursor } = query;
      const statement = await withCursor(cursor, () =>
        services.journal.accountStatement(params.account, {
          limit: query.limit,
          ...(from === undefined ? {} : { from: asDay(from) }),
          ...(to === undefined ? {} : { to: asDay(to) }),
          ...(customerId === undefined ? {} : { customerId }),
          ...dimensionFilter(query),
          ...(cursor === undefined ? {} : { cursor }),
        }),
      );
      const { currency, nextCursor } = statement;
      const amount = (value: string | null) => (value === null ? null : asMoney(value, currency));
      return {
        body: {
          account: statement.account,
          name: accountOf(statement.account).name,
          openingBalance: asMoney(statement.openingBalance, currency),
          closingBalance: asMoney(statement.closingBalance, currency),
          lines: statement.lines.map(({ debit, credit, balance, ...line }) => ({
            ...line,
            debit: amount(debit),
            credit: amount(credit),
            balance: asMoney(balance, currency),
          })),
          ...(nextCursor === null ? {} : { nextCursor }),
        },
      };
    },
  }),
  route({
    operationId: 'getJournalEntry',
    method: 'get',
    path: '/v1/ledger/entries/:eventId',
    summary: 'The journal entry that an event carries',
    tags: TAGS,
    roles: READERS,
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
    tags: TAGS,
    roles: [...READERS, 'customer'],
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

function asDay(value: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : canonicalInstant(value);
}

function asKnownAt(value: string): number | string {
  return /^\d+$/.test(value) ? Number(value) : canonicalInstant(value);
}

async function withCursor<T>(cursor: string | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (cursor === undefined || !(error instanceof RangeError)) throw error;
    throw new ProblemError('invalid-cursor', 'The cursor does not come from this list.', {
      errors: [{ pointer: '/startingAfter', in: 'query', detail: 'not a cursor of this list' }],
    });
  }
}
