import { z } from 'zod';
import {
  issueCreditNote,
  type RefundOutcome,
  recordPaymentFailure,
  refundPayment,
  settleRefund,
  voidInvoice,
  writeOffInvoice,
} from '../../commands/adjustments.ts';
import { type CommandResult, wasRefused } from '../../commands/context.ts';
import { settleCreditRefund } from '../../commands/credits.ts';
import type { Envelope } from '../../commands/envelope.ts';
import { refuse } from '../../domain/kernel/decider.ts';
import { decimal } from '../../domain/kernel/money.ts';
import { creditNoteBody, endedBody } from './invoice-bodies.ts';
import { invoiceParams } from './invoices.ts';
import { asMoney, creditNote, id, invoiceStatus, money, moneyInput, paymentMethod } from './schemas.ts';
import { command, route, type Services } from './services.ts';

const TAGS = ['Invoices'];
const reason = z.string().trim().min(1).max(500).describe('Free of personal data.');

const ended = z
  .strictObject({
    invoiceId: id,
    customerId: id,
    status: invoiceStatus,
    due: money,
    writtenOff: money,
    creditNote: creditNote.nullable().describe('What was not delivered is credited before a write-off.'),
  })
  .meta({ id: 'EndedInvoice' });

export const correctionRoutes = [
  route({
    operationId: 'issueCreditNote',
    method: 'post',
    path: '/v1/invoices/:invoiceId/credit-notes',
    summary: 'Credit a part of an invoice',
    description:
      'Gross. Lowers what is owed; beyond that it goes to the customer’s credit balance. For service that was given it lowers revenue, for service still to come its schedule, in proportion. The tax is the invoice’s by cumulative share, so that the last credit note closes to zero.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: invoiceParams, body: z.strictObject({ amount: moneyInput, reason }) },
    response: creditNote,
    errors: [
      'invoice-not-found',
      'invoice-not-final',
      'invoice-void',
      'invalid-amount',
      'currency-mismatch',
      'credit-exceeds-invoice',
    ],
    handler: ({ params, body }, context) =>
      command(
        context,
        'issueCreditNote',
        (commands, envelope) =>
          issueCreditNote(commands, { ...params, ...body.amount, reason: body.reason }, envelope),
        (result) => ({ body: creditNoteBody(result) }),
      ),
  }),
  route({
    operationId: 'refundPayment',
    method: 'post',
    path: '/v1/invoices/:invoiceId/refunds',
    summary: 'Approve a refund of what was paid',
    description:
      'Gross. It is owed to the customer until settleRefund says that it left. `undelivered` is the net part for service still to come: it leaves the release schedule; without it the schedule goes on.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      params: invoiceParams,
      body: z.strictObject({
        amount: moneyInput,
        undelivered: moneyInput.optional(),
        method: paymentMethod.default('card'),
        reason,
      }),
    },
    response: z
      .strictObject({
        refundId: id,
        invoiceId: id,
        customerId: id,
        amount: money,
        tax: money,
        delivered: money.describe('Net, out of revenue.'),
        undelivered: money.describe('Net, out of what is deferred.'),
        method: paymentMethod,
      })
      .meta({ id: 'CreatedRefund' }),
    errors: [
      'invoice-not-found',
      'invoice-not-final',
      'invoice-void',
      'invalid-amount',
      'currency-mismatch',
      'refund-exceeds-paid',
    ],
    handler: ({ params, body }, context) =>
      command(
        context,
        'refundPayment',
        (commands, envelope) => {
          const { amount, undelivered, method } = body;
          if (undelivered !== undefined && undelivered.currency !== amount.currency) {
            const refusal = refuse('currency-mismatch', 'both amounts have one currency', 'undelivered');
            return Promise.resolve(refusal);
          }
          const rest = { undelivered: undelivered?.amount ?? '0.00', method, reason: body.reason };
          return refundPayment(commands, { ...params, ...amount, ...rest }, envelope);
        },
        ({ refundId, invoiceId, customerId, currency, method, total, tax, delivered, undelivered }) => ({
          body: {
            refundId,
            invoiceId,
            customerId,
            amount: asMoney(total, currency),
            tax: asMoney(tax, currency),
            delivered: asMoney(delivered, currency),
            undelivered: asMoney(sumOf(undelivered), currency),
            method,
          },
        }),
      ),
  }),
  route({
    operationId: 'settleRefund',
    method: 'post',
    path: '/v1/refunds/:refundId/settle',
    summary: 'Say that a refund left, or did not',
    description: 'A refund that failed, also after it had left, is still owed and can be settled again.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      params: z.strictObject({ refundId: id }),
      body: z.strictObject({
        outcome: z.enum(['settled', 'failed']).default('settled'),
        reason: z.string().trim().max(500).default(''),
      }),
    },
    response: z
      .strictObject({
        refundId: id,
        invoiceId: id.nullable().describe('Null for a refund of the credit balance.'),
        customerId: id,
        amount: money,
        status: z.enum(['settled', 'failed']),
      })
      .meta({ id: 'RefundOutcome' }),
    errors: ['refund-not-found', 'refund-settled'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'settleRefund',
        async (commands, envelope) => {
          const found = await refundOf(context.services, params.refundId);
          if (found === undefined) {
            return settleOfCredit(context.services, { ...params, ...body }, envelope);
          }
          const { invoiceId, refundId } = found;
          return settleRefund(commands, { invoiceId, refundId, ...body }, envelope);
        },
        ({ currency, amount, ...rest }) => ({ body: { ...rest, amount: asMoney(amount, currency) } }),
      ),
  }),
  route({
    operationId: 'voidInvoice',
    method: 'post',
    path: '/v1/invoices/:invoiceId/void',
    summary: 'Take an invoice back as if it had never been',
    description:
      'Only while nothing is paid, credited or moved on; its number stays. Usage on it is unbilled again and goes onto the next invoice; its plan is forgiven for the time that it was for.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: invoiceParams, body: z.strictObject({ reason }) },
    response: ended,
    errors: ['invoice-not-found', 'invoice-not-final', 'invoice-not-voidable'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'voidInvoice',
        (commands, envelope) => voidInvoice(commands, { ...params, ...body }, envelope),
        (result) => ({ body: endedBody(result) }),
      ),
  }),
  route({
    operationId: 'writeOffInvoice',
    method: 'post',
    path: '/v1/invoices/:invoiceId/write-off',
    summary: 'Give up what is owed on an invoice',
    description:
      'What was not delivered is credited first; the delivered rest goes against the allowance for doubtful receivables, its tax is relieved. A payment that comes later is a recovery.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: invoiceParams, body: z.strictObject({ reason }) },
    response: ended,
    errors: ['invoice-not-found', 'invoice-not-final', 'invoice-already-paid', 'invoice-void'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'writeOffInvoice',
        (commands, envelope) => writeOffInvoice(commands, { ...params, ...body }, envelope),
        (result) => ({ body: endedBody(result) }),
      ),
  }),
  route({
    operationId: 'recordPaymentFailure',
    method: 'post',
    path: '/v1/invoices/:invoiceId/payment-failures',
    summary: 'Record that an attempt to collect failed',
    description: 'Moves no money. After a hard decline nothing is tried again by itself.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: {
      params: invoiceParams,
      body: z.strictObject({ reason, hard: z.boolean().default(false) }),
    },
    response: z
      .strictObject({
        invoiceId: id,
        customerId: id,
        attempt: z.int(),
        reason: z.string(),
        hard: z.boolean(),
      })
      .meta({ id: 'PaymentFailure' }),
    errors: ['invoice-not-found', 'invoice-not-final', 'invoice-already-paid'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'recordPaymentFailure',
        (commands, envelope) => recordPaymentFailure(commands, { ...params, ...body }, envelope),
        (result) => ({ body: result }),
      ),
  }),
];

/** A refund of a credit balance, as `settleRefund` answers it. */
async function settleOfCredit(
  { commands, credits, caughtUp }: Services,
  asked: { readonly refundId: string; readonly outcome: 'settled' | 'failed'; readonly reason: string },
  envelope: Envelope,
): Promise<CommandResult<RefundOutcome>> {
  const { refundId, outcome, reason: why } = asked;
  await caughtUp(['credits']);
  const customerId = await credits.customerOfRefund(refundId);
  if (customerId === undefined) return refuse('refund-not-found', 'there is no such refund', 'refundId');
  const settled = await settleCreditRefund(commands, customerId, refundId, outcome, envelope, why);
  if (wasRefused(settled)) return settled;
  return { ...settled, result: { ...settled.result, invoiceId: null, status: outcome } };
}

/** A refund that was approved just now may be in the log only. */
async function refundOf({ billing, caughtUp }: Services, refundId: string) {
  const known = await billing.refundById(refundId);
  if (known !== undefined) return known;
  await caughtUp(['billing']);
  return billing.refundById(refundId);
}

function sumOf(parts: readonly { readonly amount: string }[]): string {
  return parts.reduce((sum, part) => sum.plus(part.amount), decimal(0)).toFixed(2);
}
