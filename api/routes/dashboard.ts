import { z } from 'zod';
import { decimal, toCents } from '../../domain/kernel/money.ts';
import { monthOf } from '../../domain/kernel/time.ts';
import type { AccountBalance } from '../../projections/journal/trial-balance.ts';
import { recurringAmount, recurringBody } from '../metrics/figures.ts';
import { ProblemError } from '../problems/problem.ts';
import { summaryBody } from './invoice-bodies.ts';
import {
  asCount,
  asMoney,
  billingCycle,
  count,
  customerParams,
  instant,
  invoiceSummary,
  money,
  period,
  subscriptionStatus,
} from './schemas.ts';
import { route, type Services } from './services.ts';

const TAGS = ['Metrics'];
const LATEST_INVOICES = 5;

/** Balances of one customer, with the sign that a reader expects: revenue and liabilities positive. */
const books = z
  .strictObject({
    receivable: money.describe('Account 1200: invoiced and not paid.'),
    unbilledUsage: money.describe('Account 1210: accrued and not invoiced.'),
    deferredRevenue: money.describe('Account 2100: invoiced and not earned.'),
    creditBalance: money.describe('Account 2200: paid beyond what was owed.'),
    subscriptionRevenue: money.describe('Account 4010: earned.'),
    usageRevenue: money.describe('Account 4020: earned.'),
  })
  .meta({ id: 'CustomerBooks' });

const dashboard = z
  .strictObject({
    customerId: z.string(),
    registeredAt: instant,
    subscription: z
      .strictObject({
        subscriptionId: z.string(),
        status: subscriptionStatus,
        tier: z.string(),
        billingCycle,
        price: money,
        trialEndsAt: instant.nullable(),
        paidThrough: instant.nullable(),
        scheduledChange: z.strictObject({ tier: z.string(), at: instant }).nullable(),
      })
      .nullable(),
    recurringRevenue: recurringAmount,
    usage: z.strictObject({
      period,
      amount: money.describe('Rated to date, each meter rounded to cents.'),
      meters: z.array(
        z.strictObject({
          eventType: z.string(),
          quantity: count,
          included: count,
          billable: count,
          amount: money,
        }),
      ),
    }),
    invoices: z.strictObject({
      count,
      invoiced: money,
      paid: money,
      outstanding: money,
      latest: z.array(invoiceSummary),
    }),
    books,
  })
  .meta({ id: 'CustomerRevenueDashboard' });

export const dashboardRoutes = [
  route({
    operationId: 'getCustomerRevenueDashboard',
    method: 'get',
    path: '/v1/customers/:customerId/dashboard',
    summary: 'A customer at a glance: subscription, usage, invoices, MRR and its share of the books',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['billing', 'usage', 'mrr', 'journal'],
    request: { params: customerParams },
    response: dashboard,
    errors: ['customer-not-found'],
    handler: async ({ params }, { services }) => ({
      body: await customerDashboard(services, params.customerId),
    }),
  }),
];

async function customerDashboard(
  services: Services,
  customerId: string,
): Promise<z.output<typeof dashboard>> {
  const customer = await services.billing.customerById(customerId);
  if (customer === undefined) {
    throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
  }
  const month = monthOf(services.clock.now());
  const [found, recurring, usage, account, latest, balances] = await Promise.all([
    services.billing.subscriptionOf(customerId),
    services.mrr.mrrOf(customerId),
    services.usage.usageView(customerId, month, customer.paymentMethod),
    services.billing.accountOf(customerId),
    services.billing.listInvoices({ customerId, limit: LATEST_INVOICES }),
    services.journal.trialBalance({ customerId }),
  ]);
  const { currency } = customer;
  const used = usage.meters.filter(({ quantity }) => quantity > 0n);
  const amount = used.reduce((sum, meter) => sum.plus(toCents(decimal(meter.amount))), decimal(0));
  return {
    customerId,
    registeredAt: customer.registeredAt,
    subscription: found === undefined ? null : subscriptionBody(found.subscription),
    recurringRevenue: recurringBody(recurring ?? { mrr: '0.00', arr: '0.00' }, currency),
    usage: {
      period: month,
      amount: asMoney(amount.toFixed(2), currency),
      meters: used.map((meter) => ({
        eventType: meter.meter,
        quantity: asCount(meter.quantity),
        included: asCount(meter.included),
        billable: asCount(meter.billable),
        amount: asMoney(meter.amount, currency),
      })),
    },
    invoices: {
      count: account.invoices,
      invoiced: asMoney(account.invoiced, currency),
      paid: asMoney(account.paid, currency),
      outstanding: asMoney(account.outstanding, currency),
      latest: latest.invoices.map(summaryBody),
    },
    books: booksBody(balances.accounts, currency),
  };
}

type Found = NonNullable<Awaited<ReturnType<Services['billing']['subscriptionOf']>>>['subscription'];

function subscriptionBody(found: Found) {
  const { subscriptionId, status, tier, billingCycle: cycle, trialEndsAt, charge, scheduled } = found;
  return {
    subscriptionId,
    status,
    tier,
    billingCycle: cycle,
    price: asMoney(found.price, found.currency),
    trialEndsAt,
    paidThrough: charge?.to ?? null,
    scheduledChange: scheduled === null ? null : { tier: scheduled.toTier, at: scheduled.at },
  };
}

function booksBody(accounts: readonly AccountBalance[], currency: string) {
  const debitOf = (account: string) =>
    accounts.find((row) => row.account === account && row.currency === currency)?.balance ?? '0.00';
  const creditOf = (account: string) => {
    const balance = debitOf(account);
    return decimal(balance).eq(0) ? balance : balance.startsWith('-') ? balance.slice(1) : `-${balance}`;
  };
  return {
    receivable: asMoney(debitOf('1200'), currency),
    unbilledUsage: asMoney(debitOf('1210'), currency),
    deferredRevenue: asMoney(creditOf('2100'), currency),
    creditBalance: asMoney(creditOf('2200'), currency),
    subscriptionRevenue: asMoney(creditOf('4010'), currency),
    usageRevenue: asMoney(creditOf('4020'), currency),
  };
}
