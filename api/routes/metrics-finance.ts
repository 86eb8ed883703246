import { z } from 'zod';
import { recordFinanceInput } from '../../commands/finance.ts';
import { FINANCE_INPUT_KINDS } from '../../domain/finance/events.ts';
import type { FinanceInput } from '../../projections/finance/reads.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { customerLifetimeValue, lifetimeValueOf } from '../metrics/lifetime-value.ts';
import { ProblemError } from '../problems/problem.ts';
import { METRICS_READERS, METRICS_TAGS } from './metrics-mrr.ts';
import { customerParams, instant, period } from './schemas.ts';
import { command, route } from './services.ts';

const SIGNED = /^-?\d{1,12}(\.\d{1,6})?$/;
const amountText = z.string().regex(SIGNED, 'must be a decimal string, such as "12500.00"');

const kind = z
  .enum(FINANCE_INPUT_KINDS)
  .describe(
    'sales-and-marketing: fully loaded cost of winning customers. cost-of-revenue: of delivering the service. operating-expense: every other running cost. cash-balance: at the end of the month. gross-margin: per cent.',
  );

const input = z
  .strictObject({
    month: period,
    kind,
    amount: z.string().describe('Money in currency, or per cent where that is null.'),
    currency: z.string().nullable(),
    note: z.string(),
  })
  .meta({ id: 'FinanceInput' });

const recorded = z
  .strictObject({
    ...input.shape,
    standing: z.boolean().describe('The newest of its month and kind.'),
    recordedAt: instant,
    actor: z.string(),
    eventId: z.string(),
    position: z.int(),
  })
  .meta({ id: 'RecordedFinanceInput' });

const URL = '/v1/metrics/finance-inputs';

export const financeRoutes = [
  route({
    operationId: 'recordFinanceInput',
    method: 'post',
    path: URL,
    summary: 'Record spend, cost, cash or a margin of a month, which the ledger cannot know',
    description:
      'The newest value of a month and kind stands; what it replaces stays visible. No entry is posted. The note holds no personal data: it is kept for ever.',
    tags: METRICS_TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      body: z.strictObject({
        month: period,
        kind,
        amount: z
          .union([
            amountText,
            z.strictObject({ amount: amountText, currency: z.string().regex(/^[A-Z]{3}$/) }),
          ])
          .describe(
            'Money, in the currency of the books if none is given; for gross-margin per cent: "82.5".',
          ),
        note: z.string().max(500).default(''),
      }),
    },
    response: input,
    errors: ['not-due', 'invalid-amount', 'currency-mismatch'],
    handler: ({ body }, context) => {
      const { month, kind: which, amount, note } = body;
      const given = typeof amount === 'string' ? { amount, currency: null } : amount;
      return command(
        context,
        'recordFinanceInput',
        (commands, envelope) =>
          recordFinanceInput(commands, { month, kind: which, ...given, note }, envelope),
        (result) => ({ body: result }),
      );
    },
  }),
  route({
    operationId: 'listFinanceInputs',
    method: 'get',
    path: URL,
    summary: 'What was recorded that the ledger cannot know, newest first',
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['finance'],
    request: {
      query: z.strictObject({
        ...pageParameters,
        from: period.optional(),
        to: period.optional(),
        kind: kind.optional(),
        history: z.boolean().default(false).describe('Also what was replaced later.'),
      }),
    },
    response: listOf(recorded),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const rows = await services.finance.list({
        from: query.from,
        to: query.to,
        kind: query.kind,
        history: query.history,
        limit: query.limit,
        startingAfter: page.after === undefined ? undefined : placeOf(page.after),
        endingBefore: page.before === undefined ? undefined : placeOf(page.before),
      });
      const cursorOf = ({ position, eventId }: FinanceInput) => ({ sortKey: String(position), id: eventId });
      return { body: listBody(rows, page, URL, (row) => row, cursorOf) };
    },
  }),
  route({
    operationId: 'getCustomerLifetimeValue',
    method: 'get',
    path: '/v1/customers/:customerId/lifetime-value',
    summary: 'What a customer is worth: realised and expected, with the arithmetic',
    description: definitionOf('ltv'),
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['billing', 'mrr', 'revenue', 'finance'],
    request: { params: customerParams },
    response: customerLifetimeValue,
    errors: ['customer-not-found'],
    async handler({ params: { customerId } }, { services }) {
      if ((await services.billing.customerById(customerId)) === undefined) {
        throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
      }
      return { body: await lifetimeValueOf(services, customerId) };
    },
  }),
];
