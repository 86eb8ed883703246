import { z } from 'zod';
import { addMillis, addMonths, type Month, monthEnd } from '../../domain/kernel/time.ts';
import { revenueAccounts, streamName } from '../../ledger/revenue-streams.ts';
import { amountOf } from '../../projections/mrr/amounts.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillToEntries, drillToMovements } from '../metrics/drill-down.ts';
import {
  customersFigure,
  figure,
  figureOf,
  rate,
  recurringFigure,
  recurringFigureOf,
} from '../metrics/figures.ts';
import { retention, retentionOf } from '../metrics/rates.ts';
import { cashFigure, cashFlows, growthOf, growthOfMicros, revenueByMonth } from '../metrics/revenue.ts';
import { chainBody, currentMonth, METRICS_READERS, METRICS_TAGS, movements } from './metrics-mrr.ts';
import { growth } from './metrics-revenue.ts';
import { arpaOf } from './metrics-standing.ts';
import { instant, period } from './schemas.ts';
import { route, type Services } from './services.ts';

const TRAILING_MONTHS = 12;

const summary = z
  .strictObject({
    period,
    complete: z.boolean().describe('The month has ended.'),
    asOf: instant.describe('Balances are of this instant: the end of the period, or now.'),
    recurring: recurringFigure.describe(`${definitionOf('mrr')} ${definitionOf('arr')}`),
    growth: growth.describe('Of MRR, against a month and a year ago.'),
    movements,
    streams: z.array(
      z.strictObject({
        revenueStream: z.int().describe('1 to 13; 0: what belongs to none.'),
        name: z.string(),
        recurring: recurringFigure,
        recognized: figure,
      }),
    ),
    customers: z.strictObject({
      registered: customersFigure.describe('Signed up until then.'),
      paying: customersFigure.describe('With recurring revenue.'),
      new: customersFigure.describe('First recurring revenue in the period.'),
    }),
    arpa: rate.describe(`${definitionOf('arpa')} ARR over twelve times their number.`),
    retention,
    trailingTwelveMonths: retention,
    recognizedRevenue: figure.describe(definitionOf('recognizedRevenue')),
    recognizedGrowth: growth,
    cashCollected: figure.describe(definitionOf('cashCollected')),
  })
  .meta({ id: 'RevenueSummary' });

export const summaryRoutes = [
  route({
    operationId: 'getRevenueSummary',
    method: 'get',
    path: '/v1/metrics/summary',
    summary: 'Revenue at a glance: MRR and its growth, streams, customers, retention, revenue and cash',
    description:
      'Each figure says whether it is a balance or an activity, and leads to its entries or movements. Definitions: docs/metrics.md.',
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr', 'revenue', 'billing'],
    request: {
      query: z.strictObject({
        period: period.optional().describe('Calendar month, UTC. Default: the current one, so far.'),
      }),
    },
    response: summary,
    errors: [],
    handler: async ({ query }, { services }) => ({
      body: await summaryOf(services, query.period ?? currentMonth(services)),
    }),
  }),
];

async function summaryOf(services: Services, month: Month): Promise<z.output<typeof summary>> {
  const { mrr, revenue } = services;
  const now = services.clock.now();
  const complete = month < currentMonth(services);
  const asOf = complete ? addMillis(monthEnd(month), -1) : now;
  const first = addMonths(month, -TRAILING_MONTHS);
  const range = { from: month, to: month };
  const [months, sums, trailing, posted, receipts, registered] = await Promise.all([
    mrr.mrrMovements(first, month),
    mrr.periodSums(month, month),
    mrr.periodSums(addMonths(first, 1), month),
    revenueByMonth(revenue, { from: first, to: month }),
    cashFlows(revenue, range, 'receipt'),
    services.billing.registeredUntil(asOf),
  ]);
  const row = months.at(-1);
  if (row === undefined) throw new Error('a month without its row');
  const closing = new Map(months.map((each) => [each.month, each.closing.arrMinor]));
  const slice = { accounts: revenueAccounts, ...range };
  return {
    period: month,
    complete,
    asOf,
    recurring: recurringFigureOf('balance', row.closing, drillToMovements({ to: month })),
    growth: growthOf(month, (each) => closing.get(each) ?? 0n),
    movements: chainBody(row, {}),
    streams: await streamsOf(services, month),
    customers: {
      registered: { kind: 'balance', count: registered },
      paying: { kind: 'balance', count: row.payingCustomers },
      new: { kind: 'activity', count: sums.newCustomers },
    },
    arpa: arpaOf(row.closing.arrMinor, row.payingCustomers),
    retention: retentionOf(sums),
    trailingTwelveMonths: retentionOf(trailing),
    recognizedRevenue: figureOf('activity', posted.get(month) ?? 0n, drillToEntries(slice, 'credits')),
    recognizedGrowth: growthOfMicros(month, posted),
    cashCollected: cashFigure(receipts, range, 1n),
  };
}

/** Every stream with recurring revenue until then or revenue in the month. */
async function streamsOf({ mrr, revenue }: Services, month: Month) {
  const recurring = await mrr.mrrMovementsByStream(month, month);
  const slice = { accounts: revenueAccounts, from: month, to: month };
  const earned = await revenue.grouped(slice, ['revenue_stream']);
  const numbers = new Set([
    ...recurring.map(({ revenueStream }) => revenueStream),
    ...earned.map(({ revenue_stream }) => revenue_stream),
  ]);
  return [...numbers]
    .sort((a, b) => a - b)
    .map((revenueStream) => {
      const amount = recurring.find((each) => each.revenueStream === revenueStream)?.closing ?? amountOf(0n);
      const sums = earned.find((each) => each.revenue_stream === revenueStream);
      const drill = drillToEntries({ ...slice, revenueStream }, 'credits');
      return {
        revenueStream,
        name: streamName(revenueStream),
        recurring: recurringFigureOf('balance', amount, drillToMovements({ revenueStream, to: month })),
        recognized: figureOf('activity', (sums?.credit ?? 0n) - (sums?.debit ?? 0n), drill),
      };
    });
}
