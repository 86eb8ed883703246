import { z } from 'zod';
import { recordInvoicePayment } from '../../commands/invoicing.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import type { InvoiceLine } from '../../domain/invoicing/events.ts';
import type { InvoiceView } from '../../projections/billing/views.ts';
import { requireOwn } from '../auth/customer-scope.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  asCount,
  asMoney,
  customerParams,
  finalizedInvoice,
  id,
  invoice,
  invoiceSummary,
  money,
  moneyInput,
  period,
} from './schemas.ts';
import { command, route } from './services.ts';

const TAGS = ['Invoices'];
const invoiceParams = z.strictObject({ invoiceId: id });

export const invoiceRoutes = [
  route({
    operationId: 'generateMonthlyInvoice',
    method: 'post',
    path: '/v1/customers/:customerId/invoices/monthly',
    summary: 'Cut the invoice of a month that has ended',
    description:
      'Usage of the month and the next month’s subscription, final at once. Asked again, the same invoice. Left alone, the service does it 24 hours after the end of the month.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ period }) },
    response: finalizedInvoice,
    errors: ['customer-not-found', 'period-not-ended', 'nothing-to-bill'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'generateMonthlyInvoice',
        (commands, envelope) => generateMonthlyInvoice(commands, params.customerId, body.period, envelope),
        (result) => ({
          body: {
            ...result,
            subtotal: asMoney(result.subtotal, result.currency),
            tax: asMoney(result.tax, result.currency),
            total: asMoney(result.total, result.currency),
            lines: result.lines.map((line) => lineBody(line, result.currency)),
          },
          location: `/v1/invoices/${result.invoiceId}`,
        }),
      ),
  }),
  route({
    operationId: 'recordInvoicePayment',
    method: 'post',
    path: '/v1/invoices/:invoiceId/payments',
    summary: 'Record a payment received',
    description:
      'Gross of processor fees. What exceeds the open amount goes to the customer’s credit balance.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      params: invoiceParams,
      body: z.strictObject({ amount: moneyInput, method: z.enum(['card', 'ach', 'bank_transfer']) }),
    },
    response: z
      .strictObject({
        paymentId: id,
        invoiceId: id,
        customerId: id,
        method: z.enum(['card', 'ach', 'bank_transfer']),
        amount: money,
        applied: money,
        excess: money,
      })
      .meta({ id: 'RecordedPayment' }),
    errors: ['invoice-not-found', 'invoice-already-paid', 'invalid-amount', 'currency-mismatch'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'recordInvoicePayment',
        (commands, envelope) =>
          recordInvoicePayment(commands, { ...params, ...body.amount, method: body.method }, envelope),
        ({ currency, amount, applied, excess, ...rest }) => ({
          body: {
            ...rest,
            amount: asMoney(amount, currency),
            applied: asMoney(applied, currency),
            excess: asMoney(excess, currency),
          },
        }),
      ),
  }),
  route({
    operationId: 'getInvoice',
    method: 'get',
    path: '/v1/invoices/:invoiceId',
    summary: 'An invoice with its lines and payments',
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
      const { lines, payments, currency } = found;
      return {
        body: {
          ...summaryBody(found),
          lines: lines.map((line) => lineBody(line, currency)),
          payments: payments.map(({ amount, applied, excess, currency: paidIn, ...rest }) => ({
            ...rest,
            amount: asMoney(amount, paidIn),
            applied: asMoney(applied, paidIn),
            excess: asMoney(excess, paidIn),
          })),
        },
        etag: found.revision,
      };
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
        status: z.enum(['finalized', 'paid']).optional(),
      }),
    },
    response: listOf(invoiceSummary),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const { invoices, hasMore } = await services.billing.listInvoices({
        customerId: query.customerId,
        status: query.status,
        limit: query.limit,
        startingAfter: page.after === undefined ? undefined : placeOf(page.after),
        endingBefore: page.before === undefined ? undefined : placeOf(page.before),
      });
      // Listed in the order of the answer; as read, a page backwards comes in the other one.
      const read = page.before === undefined ? invoices : invoices.toReversed();
      const cursorOf = ({ number, invoiceId }: InvoiceView) => ({ sortKey: String(number), id: invoiceId });
      return { body: listBody(read, page, '/v1/invoices', summaryBody, cursorOf, hasMore) };
    },
  }),
];

export function summaryBody(view: InvoiceView) {
  const {
    invoiceId,
    customerId,
    number,
    kind,
    period: month,
    status,
    currency,
    taxRate,
    effectiveAt,
    dueAt,
  } = view;
  return {
    invoiceId,
    customerId,
    number,
    kind,
    period: month,
    status,
    currency,
    taxRate,
    effectiveAt,
    dueAt,
    subtotal: asMoney(view.subtotal, currency),
    tax: asMoney(view.tax, currency),
    total: asMoney(view.total, currency),
    paid: asMoney(view.paid, currency),
    due: asMoney(view.due, currency),
  };
}

export function lineBody(line: InvoiceLine, currency: string) {
  const { lineId, description } = line;
  const shared = {
    lineId,
    description,
    amount: asMoney(line.amount, currency),
    tax: asMoney(line.tax, currency),
  };
  switch (line.kind) {
    case 'subscription': {
      const { kind, tier, billingCycle, from, to } = line;
      return { ...shared, kind, tier, billingCycle, from, to };
    }
    case 'credit':
      return { ...shared, kind: line.kind, fromInvoiceId: line.fromInvoiceId };
    case 'usage': {
      const { kind, meter, month, quantity, included, billable, accrued } = line;
      return {
        ...shared,
        kind,
        meter,
        month,
        quantity: asCount(quantity),
        included: asCount(included),
        billable: asCount(billable),
        accrued: asMoney(accrued, currency),
      };
    }
  }
}
