import { z } from 'zod';
import { accountOf, isAccountCode } from '../../ledger/chart-of-accounts.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  asDay,
  asKnownAt,
  BOOKS_READERS,
  BOOKS_TAGS,
  day,
  dimensionFilter,
  dimensions,
  limit,
  startingAfter,
  withCursor,
} from './ledger-filters.ts';
import { asMoney, id, instant, money } from './schemas.ts';
import { route } from './services.ts';

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
    tags: BOOKS_TAGS,
    roles: [...BOOKS_READERS, 'customer'],
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
    tags: BOOKS_TAGS,
    roles: [...BOOKS_READERS, 'customer'],
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
];
