import { z } from 'zod';
import { BOOK_CURRENCY, decimal, fromMicros, toCents } from '../../domain/kernel/money.ts';
import { addMillis, monthOf } from '../../domain/kernel/time.ts';
import type { AccountBalance } from '../../projections/journal/trial-balance.ts';
import { amountOf, type RecurringAmount } from '../../projections/mrr/amounts.ts';
import { scheduledMovements } from '../../projections/mrr/committed.ts';
import { RECEIVABLE } from '../../projections/revenue/postings.ts';
import type { AlertView } from '../../projections/usage/alert-reads.ts';
import { drillToBalance } from '../metrics/drill-down.ts';
import { figure, figureOf, recurringAmount, recurringBody } from '../metrics/figures.ts';
import { cashFigure, cashFlows, revenueFigure } from '../metrics/revenue.ts';
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
/** Ten meters with a few thresholds each, up and down. */
const MAX_ALERTS = 500;

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
        cancelsAt: instant.nullable().describe('When it ends, if that is scheduled.'),
        pausedAt: instant.nullable(),
        discount: z.strictObject({ couponId: z.string(), percentOff: z.string() }).nullable(),
      })
      .nullable(),
    standing: z
      .enum(['good', 'past-due', 'suspended'])
      .describe('past-due: something open is due; suspended: service has stopped until it is paid.'),
    recurringRevenue: recurringAmount,
    committedRecurringRevenue: recurringAmount.describe(
      'With everything that is scheduled as if it had come.',
    ),
    lifetimeRevenue: figure.describe('Recognised to date.'),
    cashCollected: figure.describe('Received to date.'),
    receivables: z
      .strictObject({
        open: figure,
        pastDue: money,
        oldestDueAt: instant.nullable().describe('Due date of the oldest open invoice.'),
      })
      .describe('What is open now.'),
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
    alerts: z
      .strictObject({ period, standing: count, recommendation: z.boolean() })
      .describe('Usage thresholds of the month that are passed, and whether a higher tier is worth a look.'),
    funds: z
      .strictObject({ credit: money, wallet: money, promotion: money })
      .describe('What the next invoices can use: credit balance, prepayment, promotional credit.'),
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
    reads: ['billing', 'usage', 'mrr', 'journal', 'revenue', 'credits'],
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
  const [found, recurring, usage, account, latest, balances, lifetime, alerts, funds] = await Promise.all([
    services.billing.subscriptionOf(customerId),
    services.mrr.mrrOf(customerId),
    services.usage.usageView(customerId, month, customer.paymentMethod),
    services.billing.accountOf(customerId),
    services.billing.listInvoices({ customerId, limit: LATEST_INVOICES }),
    services.journal.trialBalance({ customerId }),
    lifetimeOf(services, customerId),
    services.usage.alerts.list({ customerId, period: month, limit: MAX_ALERTS }),
    services.credits.balanceOf(customerId),
  ]);
  const { currency } = customer;
  const used = usage.meters.filter(({ quantity }) => quantity > 0n);
  const amount = used.reduce((sum, meter) => sum.plus(toCents(decimal(meter.amount))), decimal(0));
  return {
    customerId,
    registeredAt: customer.registeredAt,
    subscription: found === undefined ? null : subscriptionBody(found.subscription),
    standing: standingOf(found?.subscription.status, lifetime.receivables.pastDue.amount),
    recurringRevenue: recurringBody(recurring ?? amountOf(0n), currency),
    committedRecurringRevenue: recurringBody(committedOf(recurring?.arrMinor ?? 0n, found), currency),
    ...lifetime,
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
    alerts: alertsBody(alerts, month),
    funds: {
      credit: asMoney(funds.credit, currency),
      wallet: asMoney(funds.wallet, currency),
      promotion: asMoney(funds.promotion, currency),
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

/** What was earned and received to date, and what is open now. */
async function lifetimeOf({ revenue, receivables, clock }: Services, customerId: string) {
  const now = clock.now();
  const earned = await revenueFigure(revenue, { customerId });
  const receipts = await cashFlows(revenue, { customerId }, 'receipt');
  const open = await receivables.open(now, { customerId });
  const sumOf = (rows: typeof open) => rows.reduce((sum, row) => sum + row.open, 0n);
  const pastDue = sumOf(open.filter(({ bucket }) => bucket !== 'current'));
  const to = addMillis(now, 1);
  return {
    lifetimeRevenue: earned,
    cashCollected: cashFigure(receipts, { customerId }, 1n),
    receivables: {
      open: figureOf('balance', sumOf(open), drillToBalance(RECEIVABLE, { to, customerId }, 'debits')),
      pastDue: asMoney(fromMicros(pastDue), BOOK_CURRENCY),
      oldestDueAt: open[0]?.dueAt ?? null,
    },
  };
}

/** @param alerts newest first: the newest of a threshold says whether it is passed now */
function alertsBody(alerts: readonly AlertView[], month: string) {
  const newest = new Map<string, AlertView>();
  for (const alert of alerts) {
    const key = `${alert.meter} ${alert.threshold.unit} ${alert.threshold.value}`;
    if (!newest.has(key)) newest.set(key, alert);
  }
  const standing = [...newest.values()].filter(({ direction }) => direction === 'up');
  return {
    period: month,
    standing: standing.length,
    recommendation: standing.some(({ upgradeHint }) => upgradeHint),
  };
}

function standingOf(status: string | undefined, pastDue: string): 'good' | 'past-due' | 'suspended' {
  if (status === 'suspended') return 'suspended';
  return decimal(pastDue).gt(0) ? 'past-due' : 'good';
}

type Subscribed = NonNullable<Awaited<ReturnType<Services['billing']['subscriptionOf']>>>;
type Found = Subscribed['subscription'];

function committedOf(arrMinor: bigint, found: Subscribed | undefined): RecurringAmount {
  const steps = found === undefined ? [] : scheduledMovements(found.subscription);
  return amountOf(steps.reduce((sum, { delta }) => sum + delta.arrMinor, arrMinor));
}

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
    cancelsAt: found.cancellation?.at ?? null,
    pausedAt: found.pausedAt,
    discount: found.discount,
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
