import { z } from 'zod';
import {
  type CreditRefundView,
  grantCredit,
  refundCreditBalance,
  topUpWallet,
} from '../../commands/credits.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import type { MovementView } from '../../projections/credits/reads.ts';
import { customerNotFound } from '../auth/customer-scope.ts';
import { type Cursor, listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { asMoney, customerParams, id, instant, money, moneyInput } from './schemas.ts';
import { command, route, type Services } from './services.ts';

const TAGS = ['Credits and wallet'];
const DEFAULT_PRIORITY = 50;
const method = z.enum(['card', 'ach', 'bank_transfer']);

const terms = {
  priority: z
    .int()
    .min(0)
    .max(100)
    .default(DEFAULT_PRIORITY)
    .describe('0 to 100. Lower ones are used first; of equal ones the one that expires first.'),
  expiresAt: instant.optional().describe('From here on it cannot be used. Never, if left out.'),
};

const answeredTerms = { priority: z.int(), expiresAt: instant.nullable() };

const topUp = z
  .strictObject({ topUpId: id, customerId: id, amount: money, method, ...answeredTerms })
  .meta({ id: 'WalletTopUp' });

const grant = z
  .strictObject({ grantId: id, customerId: id, amount: money, reason: z.string(), ...answeredTerms })
  .meta({ id: 'CreditGrant' });

const refundStatus = z.enum(['requested', 'settled', 'failed']);

const refund = z
  .strictObject({ refundId: id, customerId: id, amount: money, status: refundStatus })
  .meta({ id: 'CreditRefund' });

const remaining = money.describe('What is left of it.');

const balance = z
  .strictObject({
    customerId: id,
    credit: z.strictObject({
      balance: money.describe('Free to use or to refund.'),
      setAside: money.describe('For an invoice that has just become final.'),
      refunds: z
        .array(z.strictObject({ refundId: id, amount: money, status: refundStatus, requestedAt: instant }))
        .describe('Payable: requested, or failed and to be settled again.'),
    }),
    wallet: z.strictObject({
      balance: money,
      setAside: money.describe('For an invoice that has just become final.'),
      topUps: z
        .array(
          z.strictObject({
            topUpId: id,
            amount: money,
            remaining,
            method,
            ...answeredTerms,
            toppedUpAt: instant,
          }),
        )
        .describe('Those with something left, in the order in which they are used.'),
    }),
    promotions: z.strictObject({
      balance: money,
      grants: z
        .array(
          z.strictObject({
            grantId: id,
            amount: money,
            remaining,
            reason: z.string(),
            ...answeredTerms,
            grantedAt: instant,
          }),
        )
        .describe('Those with something left, in the order in which they are used.'),
    }),
  })
  .meta({ id: 'CreditBalance' });

const fund = z.enum(['credit', 'wallet', 'promotion']);

const movement = z
  .strictObject({
    fund: fund.describe('credit: balance owed (2200). wallet: prepaid (2210). promotion: no liability.'),
    kind: z.enum(['added', 'topped-up', 'granted', 'used', 'returned', 'expired', 'refunded']),
    amount: money.describe('Signed: what leaves the fund is negative.'),
    balance: money.describe('Of the fund, after it.'),
    at: instant,
    invoiceId: id.nullable(),
    referenceId: id.nullable().describe('The top-up, grant, payment, credit note, refund or use behind it.'),
    eventId: z.string(),
    position: z.int(),
  })
  .meta({ id: 'CreditMovement' });

export const creditRoutes = [
  route({
    operationId: 'topUpWallet',
    method: 'post',
    path: '/v1/customers/:customerId/wallet/top-ups',
    summary: 'Record money received into the prepaid usage wallet',
    description:
      'Pays the usage part of invoices, with its tax, as they become final; what is left at `expiresAt` is earned.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ amount: moneyInput, method, ...terms }) },
    response: topUp,
    errors: ['customer-not-found', 'currency-mismatch', 'invalid-amount', 'expiry-in-past'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'topUpWallet',
        (commands, envelope) => {
          const { amount, method: by, priority } = body;
          const input = { ...params, ...amount, method: by, priority, expiresAt: canonical(body.expiresAt) };
          return topUpWallet(commands, input, envelope);
        },
        ({ currency, amount, ...rest }) => ({ body: { ...rest, amount: asMoney(amount, currency) } }),
      ),
  }),
  route({
    operationId: 'grantCredit',
    method: 'post',
    path: '/v1/customers/:customerId/credit-grants',
    summary: 'Grant promotional credit',
    description:
      'Lowers the usage of monthly invoices before tax. It is no liability and is never paid out. The reason is kept in the log for ever: no personal data.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({ amount: moneyInput, reason: z.string().trim().min(1).max(200), ...terms }),
    },
    response: grant,
    errors: ['customer-not-found', 'currency-mismatch', 'invalid-amount', 'expiry-in-past'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'grantCredit',
        (commands, envelope) => {
          const { amount, reason, priority } = body;
          const input = { ...params, ...amount, reason, priority, expiresAt: canonical(body.expiresAt) };
          return grantCredit(commands, input, envelope);
        },
        ({ currency, amount, ...rest }) => ({ body: { ...rest, amount: asMoney(amount, currency) } }),
      ),
  }),
  route({
    operationId: 'refundCreditBalance',
    method: 'post',
    path: '/v1/customers/:customerId/credit-balance/refunds',
    summary: 'Pay out credit balance',
    description:
      'Payable from now on; what became of it is said with settleRefund. What the customer owes on invoices is not set off against it: look at listReceivables first.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ amount: moneyInput }) },
    response: refund,
    errors: ['customer-not-found', 'currency-mismatch', 'invalid-amount', 'insufficient-credit'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'refundCreditBalance',
        (commands, envelope) => refundCreditBalance(commands, { ...params, ...body.amount }, envelope),
        (result) => ({ body: creditRefundBody(result) }),
      ),
  }),
  route({
    operationId: 'getCreditBalance',
    method: 'get',
    path: '/v1/customers/:customerId/credit-balance',
    summary: 'What is held for a customer: credit balance, wallet, promotional credit',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['credits', 'billing'],
    request: { params: customerParams },
    response: balance,
    errors: ['customer-not-found'],
    handler: async ({ params }, { services }) => ({
      body: await creditBalance(services, params.customerId),
    }),
  }),
  route({
    operationId: 'listCreditMovements',
    method: 'get',
    path: '/v1/customers/:customerId/credit-movements',
    summary: 'Every movement of credit balance, wallet and promotional credit, newest first',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['credits', 'billing'],
    request: { params: customerParams, query: z.strictObject(pageParameters) },
    response: listOf(movement),
    errors: ['customer-not-found', 'invalid-cursor'],
    async handler({ params: { customerId }, query }, { services }) {
      await currencyOf(services, customerId);
      const page = pageRequest(query);
      const rows = await services.credits.movements({
        customerId,
        limit: page.limit + 1,
        after: placeIn(page.after),
        before: placeIn(page.before),
      });
      const url = `/v1/customers/${customerId}/credit-movements`;
      return { body: listBody(rows, page, url, movementBody, cursorOf) };
    },
  }),
];

/** A refund of a credit balance as answers show it. */
function creditRefundBody({ currency, amount, ...rest }: CreditRefundView) {
  return { ...rest, amount: asMoney(amount, currency) };
}

async function creditBalance(services: Services, customerId: string): Promise<z.output<typeof balance>> {
  const currency = await currencyOf(services, customerId);
  const held = await services.credits.balanceOf(customerId);
  const inCurrency = <Block extends { readonly amount: string; readonly remaining: string }>(
    block: Block,
  ) => ({
    ...block,
    amount: asMoney(block.amount, currency),
    remaining: asMoney(block.remaining, currency),
  });
  return {
    customerId,
    credit: {
      balance: asMoney(held.credit, currency),
      setAside: asMoney(held.creditSetAside, currency),
      refunds: held.refunds.map(({ amount, ...rest }) => ({ ...rest, amount: asMoney(amount, currency) })),
    },
    wallet: {
      balance: asMoney(held.wallet, currency),
      setAside: asMoney(held.walletSetAside, currency),
      topUps: held.topUps.map(inCurrency),
    },
    promotions: {
      balance: asMoney(held.promotion, currency),
      grants: held.grants.map(inCurrency),
    },
  };
}

/** @throws ProblemError `customer-not-found` */
async function currencyOf({ billing }: Services, customerId: string): Promise<string> {
  const customer = await billing.customerById(customerId);
  if (customer === undefined) throw customerNotFound();
  return customer.currency;
}

function movementBody({ amount, balance: after, currency, ...rest }: MovementView) {
  return { ...rest, amount: asMoney(amount, currency), balance: asMoney(after, currency) };
}

function cursorOf({ position, fund: of }: MovementView): Cursor {
  return { sortKey: String(position), id: of };
}

function placeIn(cursor: Cursor | undefined) {
  return cursor === undefined ? undefined : { position: placeOf(cursor), fund: cursor.id };
}

function canonical(at: string | undefined): string | null {
  return at === undefined ? null : canonicalInstant(at);
}
