import { z } from 'zod';
import { BOOK_CURRENCY, fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { canonicalInstant, fromMillis, type Instant } from '../../domain/kernel/time.ts';
import { instantAfter } from '../../projections/journal/as-of.ts';
import { AGING_BUCKETS, type AgedReceivable, type AgingSum } from '../../projections/revenue/receivables.ts';
import { encodeCursor, listOf, pageParameters, pageRequest } from '../http/lists.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillDown, drillToBalance, drillToReceivables } from '../metrics/drill-down.ts';
import { figure, figureOf } from '../metrics/figures.ts';
import { METRICS_READERS, METRICS_TAGS } from './metrics-mrr.ts';
import { asMoney, count, date, id, instant, money } from './schemas.ts';
import { route, type Services } from './services.ts';

const RECEIVABLE = '1200';
const LISTED_CUSTOMERS = 500;

const asOf = z
  .union([date, instant])
  .optional()
  .describe('Posting date, the whole day, or an instant. Default: now, by the business clock.');
const bucket = z.enum(AGING_BUCKETS).describe('Days after the due date.');
const buckets = z.array(z.strictObject({ bucket, invoices: count, ...figure.shape }));

const receivable = z
  .strictObject({
    customerId: z.string(),
    invoiceId: z.string().nullable().describe('Null: a receivable of no invoice.'),
    issuedAt: instant.nullable(),
    dueAt: instant.nullable(),
    daysPastDue: z.int().describe('0 and below: not due yet.'),
    bucket,
    open: money,
    drillDown,
  })
  .meta({ id: 'Receivable' });

export const receivableRoutes = [
  route({
    operationId: 'getReceivablesAging',
    method: 'get',
    path: '/v1/metrics/receivables-aging',
    summary: 'What customers owe, by age and customer',
    description: `${definitionOf('receivables')} The ${LISTED_CUSTOMERS} largest debtors are listed; buckets and total are of all.`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue', 'journal'],
    request: { query: z.strictObject({ asOf, customerId: id.optional() }) },
    response: z
      .strictObject({
        asOf: z.string(),
        total: figure,
        account: z
          .strictObject({ account: z.string(), balance: money, difference: money })
          .describe('The ledger’s account of receivables, and how the total differs from it: 0.00.'),
        buckets,
        customers: z.array(z.strictObject({ customerId: z.string(), ...figure.shape, buckets })),
      })
      .meta({ id: 'ReceivablesAging' }),
    errors: [],
    async handler({ query }, { services }) {
      const at = asOfIn(query.asOf, services);
      const { customerId } = query;
      const sums = await services.receivables.aging(at, customerId);
      const total = openOf(sums);
      const scope = { asOf: at, customerId };
      const books = await services.journal.trialBalance({
        asOf: at,
        ...(customerId === undefined ? {} : { customerId }),
      });
      const balance = books.accounts.find(({ account }) => account === RECEIVABLE)?.balance ?? '0.00';
      const customers = [...Map.groupBy(sums, (sum) => sum.customerId)]
        .map(([debtor, own]) => ({ debtor, own, open: openOf(own) }))
        .sort((a, b) => (a.open > b.open ? -1 : a.open < b.open ? 1 : 0))
        .slice(0, LISTED_CUSTOMERS);
      const to = endOf(at);
      return {
        body: {
          asOf: at,
          total: figureOf(
            'balance',
            total,
            drillToBalance(RECEIVABLE, { to, ...(customerId === undefined ? {} : { customerId }) }, 'debits'),
          ),
          account: {
            account: RECEIVABLE,
            balance: asMoney(balance, BOOK_CURRENCY),
            difference: asMoney(fromMicros(total - toMicros(balance)), BOOK_CURRENCY),
          },
          buckets: bucketsBody(sums, scope),
          customers: customers.map(({ debtor, own, open }) => ({
            customerId: debtor,
            ...figureOf('balance', open, drillToReceivables({ asOf: at, customerId: debtor })),
            buckets: bucketsBody(own, { asOf: at, customerId: debtor }),
          })),
        },
      };
    },
  }),
  route({
    operationId: 'listReceivables',
    method: 'get',
    path: '/v1/metrics/receivables',
    summary: 'Open receivables by invoice, oldest due date first',
    description: definitionOf('receivables'),
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue'],
    request: {
      query: z.strictObject({
        limit: pageParameters.limit,
        startingAfter: pageParameters.startingAfter,
        asOf,
        bucket: bucket.optional(),
        customerId: id.optional(),
      }),
    },
    response: listOf(receivable),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const at = asOfIn(query.asOf, services);
      const { after, limit } = pageRequest(query);
      const rows = await services.receivables.open(at, {
        customerId: query.customerId,
        bucket: query.bucket,
        limit: limit + 1,
        ...(after === undefined ? {} : { after: { dueAt: after.sortKey, id: after.id } }),
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const hasMore = rows.length > limit;
      return {
        body: {
          object: 'list' as const,
          data: page.map((row) => receivableBody(row, at)),
          hasMore,
          url: '/v1/metrics/receivables',
          ...(hasMore && last !== undefined ? { nextCursor: cursorOf(last) } : {}),
        },
      };
    },
  }),
];

function asOfIn(given: string | undefined, { clock }: Pick<Services, 'clock'>): string {
  if (given === undefined) return clock.now();
  return date.safeParse(given).success ? given : canonicalInstant(given);
}

function endOf(at: string): Instant {
  return fromMillis(instantAfter(at).getTime());
}

function openOf(sums: readonly AgingSum[]): bigint {
  return sums.reduce((sum, { open }) => sum + open, 0n);
}

function bucketsBody(
  sums: readonly AgingSum[],
  scope: { readonly asOf: string; readonly customerId?: string | undefined },
) {
  return AGING_BUCKETS.map((name) => {
    const own = sums.filter((sum) => sum.bucket === name);
    return {
      bucket: name,
      invoices: own.reduce((sum, { invoices }) => sum + invoices, 0),
      ...figureOf('balance', openOf(own), drillToReceivables({ ...scope, bucket: name })),
    };
  });
}

function receivableBody({ invoiceId, open, ...rest }: AgedReceivable, at: string) {
  const stream = invoiceId === '' ? {} : { stream: `invoice-${invoiceId}` };
  const scope = { to: endOf(at), customerId: rest.customerId, ...stream };
  return {
    ...rest,
    invoiceId: invoiceId === '' ? null : invoiceId,
    open: asMoney(fromMicros(open), BOOK_CURRENCY),
    drillDown: drillToBalance(RECEIVABLE, scope, 'debits'),
  };
}

const NEVER_DUE = '9999';

function cursorOf({ dueAt, customerId, invoiceId }: AgedReceivable): string {
  return encodeCursor({ sortKey: dueAt ?? NEVER_DUE, id: invoiceId === '' ? customerId : invoiceId });
}
