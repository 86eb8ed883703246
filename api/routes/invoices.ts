import { z } from 'zod';
import { previewInvoice } from '../../commands/invoice-preview.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import type { InvoiceView } from '../../projections/billing/views.ts';
import { requireOwn } from '../auth/customer-scope.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import { finalizedBody, invoiceBody, summaryBody } from './invoice-bodies.ts';
import {
  asMoney,
  customerParams,
  finalizedInvoice,
  id,
  instant,
  invoice,
  invoiceKind,
  invoiceStatus,
  invoiceSummary,
  money,
  moneyInput,
  paymentMethod,
  period,
} from './schemas.ts';
import { command, route } from './services.ts';

const TAGS = ['Invoices'];
export const invoiceParams = z.strictObject({ invoiceId: id });

export const invoiceRoutes = [
  route({
    operationId: 'generateMonthlyInvoice',
    method: 'post',
    path: '/v1/customers/:customerId/invoices/monthly',
    summary: 'Cut the invoice of a month that has ended',
    description:
      'Usage of the month and the next month’s subscription, final at once. Asked again, the same invoice. Left alone, the service drafts it at the end of the month and makes it final 24 hours later.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ period }) },
    response: finalizedInvoice,
    errors: ['customer-not-found', 'period-not-ended', 'nothing-to-bill', 'subscription-suspended'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'generateMonthlyInvoice',
        (commands, envelope) => generateMonthlyInvoice(commands, params.customerId, body.period, envelope),
        (result) => ({ body: finalizedBody(result), location: `/v1/invoices/${result.invoiceId}` }),
      ),
  }),
  route({
    operationId: 'recordInvoicePayment',
    method: 'post',
    path: '/v1/invoices/:invoiceId/payments',
    summary: 'Record a payment received',
    description:
      'Gross of processor fees, in part or in full. What exceeds the open amount goes to the customer’s credit balance. On an invoice that was written off it is a recovery.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      params: invoiceParams,
      body: z.strictObject({ amount: moneyInput, method: paymentMethod }),
    },
    response: z
      .strictObject({
        paymentId: id,
        invoiceId: id,
        customerId: id,
        method: paymentMethod,
        amount: money,
        applied: money,
        recovered: money.describe('Of what was written off.'),
        excess: money,
      })
      .meta({ id: 'RecordedPayment' }),
    errors: [
      'invoice-not-found',
      'invoice-not-final',
      'invoice-already-paid',
      'invoice-void',
      'invalid-amount',
      'currency-mismatch',
    ],
    handler: ({ params, body }, context) =>
      command(
        context,
        'recordInvoicePayment',
        (commands, envelope) =>
          recordInvoicePayment(commands, { ...params, ...body.amount, method: body.method }, envelope),
        ({ currency, amount, applied, recovered, excess, ...rest }) => ({
          body: {
            ...rest,
            amount: asMoney(amount, currency),
            applied: asMoney(applied, currency),
            recovered: asMoney(recovered, currency),
            excess: asMoney(excess, currency),
          },
        }),
      ),
  }),
  route({
    operationId: 'previewInvoice',
    method: 'get',
    path: '/v1/customers/:customerId/invoices/preview',
    summary: 'The next monthly invoice, if no more usage came',
    description:
      'The draft of the month that has ended, while there is one, and else the invoice of the running month. Usage to date, a commitment’s shortfall, prorations kept for it, promotional credit, and the next month in advance: decided and rounded by the same functions as the invoice itself.',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['usage'],
    request: { params: customerParams },
    response: z
      .strictObject({
        period,
        finalizesAt: instant.describe('When the invoice becomes final, if it is left alone.'),
        invoice: finalizedInvoice.nullable().describe('Null while there is nothing to bill.'),
      })
      .meta({ id: 'InvoicePreview' }),
    errors: ['customer-not-found'],
    async handler({ params }, { services }) {
      const preview = await previewInvoice(services.commands, params.customerId);
      if ('refused' in preview) return preview;
      const { invoice: previewed } = preview;
      return { body: { ...preview, invoice: previewed === null ? null : finalizedBody(previewed) } };
    },
  }),
  route({
    operationId: 'getInvoice',
    method: 'get',
    path: '/v1/invoices/:invoiceId',
    summary: 'An invoice with its lines, payments, credit notes and refunds',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['billing'],
    customerScope: 'handler',
    request: { params: invoiceParams },
    response: invoice,
    errors: ['invoice-not-found'],
    async handler({ params }, { services, principal }) {
      const found = await services.billing.invoiceById(params.invoiceId);
      const missing = () => new ProblemError('invoice-not-found', 'There is no such invoice.');
      if (found === undefined) throw missing();
      requireOwn(principal, found.customerId, missing);
      return { body: invoiceBody(found), etag: found.revision };
    },
  }),
  route({
    operationId: 'listInvoices',
    method: 'get',
    path: '/v1/invoices',
    summary: 'Invoices, newest first',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['billing'],
    request: {
      query: z.strictObject({
        ...pageParameters,
        customerId: id.optional(),
        status: invoiceStatus.optional(),
        kind: invoiceKind.optional(),
        period: period.optional(),
      }),
    },
    response: listOf(invoiceSummary),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const { invoices, hasMore } = await services.billing.listInvoices({
        customerId: query.customerId,
        status: query.status,
        kind: query.kind,
        period: query.period,
        limit: query.limit,
        startingAfter: page.after === undefined ? undefined : placeOf(page.after),
        endingBefore: page.before === undefined ? undefined : placeOf(page.before),
      });
      // Listed in the order of the answer; as read, a page backwards comes in the other one.
      const read = page.before === undefined ? invoices : invoices.toReversed();
      const cursorOf = ({ openedPosition, invoiceId }: InvoiceView) => ({
        sortKey: String(openedPosition),
        id: invoiceId,
      });
      return { body: listBody(read, page, '/v1/invoices', summaryBody, cursorOf, hasMore) };
    },
  }),
];
