import { z } from 'zod';
import { BOOK_CURRENCY, decimal, fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { addMillis, addMonths, type Month, monthEnd, monthsFromTo } from '../../domain/kernel/time.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import { revenueAccounts } from '../../ledger/revenue-streams.ts';
import type { Slice } from '../../projections/revenue/slice.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillToBalance, drillToDay, drillToEntries, drillToMovements } from '../metrics/drill-down.ts';
import { figure, figureOf, rate, rateOf, recurringFigure, recurringFigureOf } from '../metrics/figures.ts';
import { growthOf, growthOfMicros, revenueByMonth, revenueFigure } from '../metrics/revenue.ts';
import { chainBody, currentMonth, METRICS_READERS, METRICS_TAGS, movements } from './metrics-mrr.ts';
import { tierStanding, tiersBody } from './metrics-standing.ts';
import { asMoney, count, date, money, period } from './schemas.ts';
import { route } from './services.ts';

const TREND_MONTHS = 12;
const TOP_EVENTS = 3;
const DEFERRED = '2100';

export const growth = z.strictObject({ monthOnMonth: rate, yearOnYear: rate }).meta({ id: 'Growth' });

const periodQuery = z.strictObject({
  period: period.optional().describe('Calendar month, UTC. Default: the current one, so far.'),
});
const complete = z.boolean().describe('The month has ended: its figures do not grow any more by themselves.');
const trend = z
  .array(z.strictObject({ period, amount: money, complete }))
  .describe(`The last ${TREND_MONTHS} months, oldest first.`);

export const revenueRoutes = [
  route({
    operationId: 'getSubscriptionRevenue',
    method: 'get',
    path: '/v1/metrics/subscription-revenue',
    summary: 'Subscriptions: MRR, its movements, tiers, and what was recognised and deferred',
    description: `${definitionOf('mrr')} ${definitionOf('recognizedRevenue')} Tiers are as they stand now.`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr', 'revenue', 'journal'],
    request: { query: periodQuery },
    response: z
      .strictObject({
        period,
        complete,
        recurring: recurringFigure.describe('At the end of the period, or now.'),
        growth: growth.describe('Of MRR.'),
        movements,
        tiers: z.array(tierStanding),
        recognized: figure.describe('Posted in the period.'),
        recognizedForService: figure.describe('Service of the period, whenever it was posted.'),
        deferred: figure.describe('Invoiced and not yet earned at the end of the period: account 2100.'),
        recognizedGrowth: growth,
        trend: trend.describe('Recognised revenue of the last months, oldest first.'),
      })
      .meta({ id: 'SubscriptionRevenue' }),
    errors: [],
    async handler({ query }, { services }) {
      const { mrr, revenue, journal } = services;
      const month = query.period ?? currentMonth(services);
      const first = addMonths(month, -TREND_MONTHS);
      const filter = { revenueStream: STREAM.subscriptions };
      const months = await mrr.mrrMovements(first, month, filter);
      const row = months.at(-1);
      if (row === undefined) throw new Error('a month without its row');
      const recurring = new Map(months.map((each) => [each.month, each.closing.arrMinor]));
      const posted = await revenueByMonth(revenue, { ...filter, from: first, to: month });
      const deferred = await journal.trialBalance({ asOf: addMillis(monthEnd(month), -1) });
      const open = deferred.accounts.find(({ account }) => account === DEFERRED)?.balance ?? '0.00';
      return {
        body: {
          period: month,
          complete: month < currentMonth(services),
          recurring: recurringFigureOf('balance', row.closing, drillToMovements({ ...filter, to: month })),
          growth: growthOf(month, (each) => recurring.get(each) ?? 0n),
          movements: chainBody(row, filter),
          tiers: tiersBody(await mrr.tiers()).tiers,
          recognized: await revenueFigure(revenue, { ...filter, from: month, to: month }),
          recognizedForService: await revenueFigure(revenue, { ...filter, serviceMonth: month }),
          deferred: {
            kind: 'balance' as const,
            amount: asMoney(fromMicros(-toMicros(open)), BOOK_CURRENCY),
            drillDown: drillToBalance(DEFERRED, { to: monthEnd(month) }, 'credits'),
          },
          recognizedGrowth: growthOfMicros(month, posted),
          trend: trendOf(addMonths(first, 1), month, posted, currentMonth(services)),
        },
      };
    },
  }),
  route({
    operationId: 'getUsageRevenue',
    method: 'get',
    path: '/v1/metrics/usage-revenue',
    summary: 'Usage revenue by event type and day, top events and growth',
    description: definitionOf('usageRevenue'),
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue'],
    request: { query: periodQuery },
    response: z
      .strictObject({
        period,
        complete,
        total: figure.describe('Posted in the period.'),
        forService: figure.describe('Usage of the period, whenever it was posted.'),
        growth,
        eventTypes: z
          .array(
            z.strictObject({
              eventType: z
                .string()
                .nullable()
                .describe('Null: promotional credit, expired prepayment, and what else is of no event type.'),
              share: rate,
              customers: count,
              ...figure.shape,
            }),
          )
          .describe('Largest first.'),
        topEvents: z.array(z.string()).describe('The event types with the most revenue.'),
        days: z.array(z.strictObject({ date, ...figure.shape })),
        trend,
      })
      .meta({ id: 'UsageRevenue' }),
    errors: [],
    async handler({ query }, { services }) {
      const { revenue } = services;
      const month = query.period ?? currentMonth(services);
      const first = addMonths(month, -TREND_MONTHS);
      const slice: Slice = {
        accounts: revenueAccounts,
        revenueStream: STREAM.usage,
        from: month,
        to: month,
      };
      const rows = await revenue.grouped(slice, ['meter', 'customer_id']);
      const total = rows.reduce((sum, { debit, credit }) => sum + credit - debit, 0n);
      const eventTypes = [...Map.groupBy(rows, ({ meter }) => meter)]
        .map(([meter, own]) => {
          const amount = own.reduce((sum, { debit, credit }) => sum + credit - debit, 0n);
          return { meter, amount, customers: own.length };
        })
        .sort((a, b) =>
          a.amount === b.amount ? (a.meter < b.meter ? -1 : 1) : a.amount > b.amount ? -1 : 1,
        );
      const posted = await revenueByMonth(revenue, { ...slice, from: first });
      const days = await revenue.byDay(revenueAccounts, month, STREAM.usage);
      return {
        body: {
          period: month,
          complete: month < currentMonth(services),
          total: figureOf('activity', total, drillToEntries(slice, 'credits')),
          forService: await revenueFigure(revenue, {
            revenueStream: STREAM.usage,
            serviceMonth: month,
          }),
          growth: growthOfMicros(month, posted),
          eventTypes: eventTypes.map(({ meter, amount, customers }) => ({
            eventType: meter === '' ? null : meter,
            share: rateOf(micros(amount), micros(total), 'nothing-at-start'),
            customers,
            ...figureOf('activity', amount, drillToEntries({ ...slice, meter }, 'credits')),
          })),
          topEvents: eventTypes
            .filter(({ meter, amount }) => meter !== '' && amount > 0n)
            .slice(0, TOP_EVENTS)
            .map(({ meter }) => meter),
          days: days.map(({ date: day, amount }) => ({
            date: day,
            ...figureOf('activity', amount, drillToDay(slice, day, 'credits')),
          })),
          trend: trendOf(addMonths(first, 1), month, posted, currentMonth(services)),
        },
      };
    },
  }),
];

const micros = (amount: bigint) => decimal(fromMicros(amount));

/** Months with their revenue, oldest first. */
function trendOf(from: Month, to: Month, amounts: ReadonlyMap<Month, bigint>, current: Month) {
  return monthsFromTo(from, to).map((month) => ({
    period: month,
    amount: asMoney(fromMicros(amounts.get(month) ?? 0n), BOOK_CURRENCY),
    complete: month < current,
  }));
}
