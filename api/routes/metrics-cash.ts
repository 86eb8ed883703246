import { z } from 'zod';
import { monthsFromTo } from '../../domain/kernel/time.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { figure } from '../metrics/figures.ts';
import { cashFigure, cashFlows, revenueFigure, writeOffFigure } from '../metrics/revenue.ts';
import { checkMonths, METRICS_READERS, METRICS_TAGS } from './metrics-mrr.ts';
import { id, period } from './schemas.ts';
import { route } from './services.ts';

const method = z.enum(['card', 'ach', 'bank_transfer']);

const month = z.strictObject({
  period,
  collected: figure,
  methods: z.array(z.strictObject({ method, ...figure.shape })).describe('Of what was collected.'),
  refunded: figure.describe('Paid back.'),
  disputed: figure.describe('Withdrawn by disputes, less what was won.'),
});

const range = z.strictObject({ from: period, to: period, customerId: id.optional() });

export const cashRoutes = [
  route({
    operationId: 'getCashCollected',
    method: 'get',
    path: '/v1/metrics/cash-collected',
    summary: 'Money received from customers by month and method, and what went back',
    description: definitionOf('cashCollected'),
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue'],
    request: { query: range },
    response: z
      .strictObject({
        from: period,
        to: period,
        total: figure,
        refunded: figure,
        disputed: figure,
        months: z.array(month),
      })
      .meta({ id: 'CashCollected' }),
    errors: [],
    async handler({ query }, { services }) {
      const { from, to, customerId } = query;
      checkMonths(from, to);
      const { revenue } = services;
      const receipts = await cashFlows(revenue, query, 'receipt');
      const refunds = await cashFlows(revenue, query, 'refund');
      const disputes = await cashFlows(revenue, query, 'dispute');
      const months = monthsFromTo(from, to).map((each) => {
        const own = { from: each, to: each, customerId };
        const of = (rows: typeof receipts) => rows.filter((row) => row.month === each);
        const methods = [...Map.groupBy(of(receipts), (row) => row.method)];
        return {
          period: each,
          collected: cashFigure(of(receipts), own, 1n),
          methods: methods.map(([name, rows]) => ({ method: name, ...cashFigure(rows, own, 1n) })),
          refunded: cashFigure(of(refunds), own, -1n),
          disputed: cashFigure(of(disputes), own, -1n),
        };
      });
      return {
        body: {
          from,
          to,
          total: cashFigure(receipts, query, 1n),
          refunded: cashFigure(refunds, query, -1n),
          disputed: cashFigure(disputes, query, -1n),
          months,
        },
      };
    },
  }),
  route({
    operationId: 'getRevenueReductions',
    method: 'get',
    path: '/v1/metrics/revenue-reductions',
    summary: 'Refunds, credits, disputes, write-offs and bad debt of some months',
    description: `What lowered revenue after the fact, as the books have it. ${definitionOf('writeOffs')}`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['revenue'],
    request: { query: range },
    response: z
      .strictObject({
        from: period,
        to: period,
        refunds: figure.describe('Account 4900: refunds of what was earned.'),
        credits: figure.describe('Account 4910: goodwill and promotional credit.'),
        disputesLost: figure.describe('Account 4920.'),
        slaCredits: figure.describe('Account 4930.'),
        writtenOff: figure.describe('Receivables given up, tax included.'),
        badDebt: figure.describe('Account 5100: expense.'),
      })
      .meta({ id: 'RevenueReductions' }),
    errors: [],
    async handler({ query }, { services }) {
      checkMonths(query.from, query.to);
      const { revenue } = services;
      const reduction = (account: string) =>
        revenueFigure(revenue, { ...query, accounts: [account] }, 'debits');
      return {
        body: {
          from: query.from,
          to: query.to,
          refunds: await reduction('4900'),
          credits: await reduction('4910'),
          disputesLost: await reduction('4920'),
          slaCredits: await reduction('4930'),
          writtenOff: await writeOffFigure(revenue, query),
          badDebt: await reduction('5100'),
        },
      };
    },
  }),
];
