import { z } from 'zod';
import { BOOK_CURRENCY, fromMicros } from '../../domain/kernel/money.ts';
import { accountOf } from '../../ledger/chart-of-accounts.ts';
import { revenueAccounts, streamName } from '../../ledger/revenue-streams.ts';
import type { RevenueReads } from '../../projections/revenue/reads.ts';
import type { Slice } from '../../projections/revenue/slice.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillToEntries } from '../metrics/drill-down.ts';
import { figure, figureOf } from '../metrics/figures.ts';
import { checkMonths, METRICS_READERS, METRICS_TAGS, streamParameter } from './metrics-mrr.ts';
import { asMoney, id, money, period } from './schemas.ts';
import { route } from './services.ts';

const LARGEST = 100;

const row = z.strictObject({
  period,
  revenueStream: z.int().nullable(),
  account: z.string().nullable(),
  customerId: z.string().nullable(),
  name: z.string().nullable().describe('Of the stream or account.'),
  ...figure.shape,
});

type GroupBy = 'stream' | 'account' | 'customer' | undefined;

/** One row of the answer: the part of the slice that it stands for, and its amount. Micros. */
interface Part {
  readonly month: string;
  readonly own: Partial<Slice>;
  readonly amount: bigint;
}

export const recognizedRoutes = [
  route({
    operationId: 'getRecognizedRevenue',
    method: 'get',
    path: '/v1/metrics/recognized-revenue',
    summary: 'Recognised revenue by month of posting or of service, by stream, account or customer',
    description: `${definitionOf('recognizedRevenue')} By customer, the ${LARGEST} largest rows of the range are listed; \`total\` is of all.`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue'],
    request: {
      query: z.strictObject({
        from: period,
        to: period,
        basis: z.enum(['posting', 'service']).default('posting').describe('Which month a row is of.'),
        groupBy: z.enum(['stream', 'account', 'customer']).optional(),
        customerId: id.optional(),
        revenueStream: streamParameter.optional(),
      }),
    },
    response: z
      .strictObject({
        from: period,
        to: period,
        basis: z.enum(['posting', 'service']),
        rows: z.array(row),
        withoutServicePeriod: figure
          .nullable()
          .describe(
            'By service: what was posted in the range for no month of service, such as promotional credit, breakage and goodwill. Null by posting.',
          ),
        total: money.describe('Of all rows, and of what belongs to no month of service.'),
      })
      .meta({ id: 'RecognizedRevenue' }),
    errors: [],
    async handler({ query }, { services }) {
      const { from, to, basis, groupBy, customerId, revenueStream } = query;
      checkMonths(from, to);
      const slice = { accounts: revenueAccounts, customerId, revenueStream };
      const parts = await partsOf(services.revenue, { ...query, slice });
      const without =
        basis === 'posting' ? null : await withoutService(services.revenue, { ...slice, from, to });
      const total = parts.reduce((sum, { amount }) => sum + amount, without?.amount ?? 0n);
      const shown = groupBy === 'customer' ? largest(parts) : parts;
      return {
        body: {
          from,
          to,
          basis,
          rows: shown.map((part) => rowBody(part, slice, basis)),
          withoutServicePeriod: without?.figure ?? null,
          total: asMoney(fromMicros(total), BOOK_CURRENCY),
        },
      };
    },
  }),
];

async function partsOf(
  reads: RevenueReads,
  ask: {
    readonly from: string;
    readonly to: string;
    readonly basis: 'posting' | 'service';
    readonly groupBy?: GroupBy;
    readonly slice: Slice;
  },
): Promise<Part[]> {
  const { from, to, basis, groupBy } = ask;
  const slice = { ...ask.slice, ...(basis === 'posting' ? { from, to } : { serviceWithin: { from, to } }) };
  const month = basis === 'posting' ? 'posting_month' : 'service_month';
  switch (groupBy) {
    case 'stream': {
      const rows = await reads.grouped(slice, [month, 'revenue_stream']);
      return rows.map((each) => partOf(each, each[month], { revenueStream: each.revenue_stream }));
    }
    case 'account': {
      const rows = await reads.grouped(slice, [month, 'account']);
      return rows.map((each) => partOf(each, each[month], { accounts: [each.account] }));
    }
    case 'customer': {
      const rows = await reads.grouped(slice, [month, 'customer_id']);
      return rows.map((each) => partOf(each, each[month], { customerId: each.customer_id }));
    }
    default: {
      const rows = await reads.grouped(slice, [month]);
      return rows.map((each) => partOf(each, each[month], {}));
    }
  }
}

async function withoutService(reads: RevenueReads, range: Slice) {
  const slice = { ...range, serviceMonth: '' };
  const rows = await reads.grouped(slice, ['account']);
  const amount = rows.reduce((sum, { debit, credit }) => sum + credit - debit, 0n);
  return { amount, figure: figureOf('activity', amount, drillToEntries(slice, 'credits')) };
}

function partOf(
  { debit, credit }: { readonly debit: bigint; readonly credit: bigint },
  month: string,
  own: Partial<Slice>,
): Part {
  return { month, own, amount: credit - debit };
}

function rowBody({ month, own, amount }: Part, slice: Slice, basis: 'posting' | 'service') {
  const exact = basis === 'posting' ? { from: month, to: month } : { serviceMonth: month };
  const account = own.accounts?.[0] ?? null;
  const stream = own.revenueStream ?? null;
  const name = account === null ? (stream === null ? null : streamName(stream)) : accountOf(account).name;
  return {
    period: month,
    revenueStream: stream,
    account,
    customerId: own.customerId ?? null,
    name,
    ...figureOf('activity', amount, drillToEntries({ ...slice, ...own, ...exact }, 'credits')),
  };
}

function largest(parts: readonly Part[]): Part[] {
  return parts.toSorted((a, b) => (a.amount > b.amount ? -1 : a.amount < b.amount ? 1 : 0)).slice(0, LARGEST);
}
