import { z } from 'zod';
import type { PriceModel } from '../../domain/catalogue/types.ts';
import { decimal, toCents } from '../../domain/kernel/money.ts';
import { monthEnd } from '../../domain/kernel/time.ts';
import type { CommitmentView, MeterUsage, UsageView } from '../../projections/usage/view.ts';
import { ProblemError } from '../problems/problem.ts';
import { asCount, asMoney, count, customerParams, instant, money, period } from './schemas.ts';
import { route, type Services } from './services.ts';
import { partOf, readSeries, usageBucket } from './usage-series.ts';

const TAGS = ['Usage'];
const READERS = ['admin', 'finance', 'auditor', 'customer'] as const;
const monthOfCustomer = { params: customerParams, query: z.strictObject({ period }) };

const usedMeter = z
  .strictObject({
    eventType: z.string(),
    unit: z.string(),
    quantity: count.describe('All that was recorded in the month.'),
    ratedQuantity: count.describe('Without what fell into a trial.'),
    included: count.describe('The month’s allowance; the present tier is assumed to stay.'),
    remaining: count.describe('Left of the allowance.'),
    billable: count.describe('Above the allowance and paid for.'),
    corrected: count.describe('What corrections added to the quantity; may be negative.'),
    quarantined: count.describe('Facts outside the acceptance window, not counted.'),
  })
  .meta({ id: 'MeterUsage' });

const billableMeter = z
  .strictObject({
    eventType: z.string(),
    unit: z.string(),
    priceModel: z.enum(['standard', 'package', 'graduated', 'volume']),
    unitPrice: money.describe('Price of a unit; of the first tier where there are several.'),
    quantity: count,
    included: count,
    billable: count,
    amount: money.describe('Rated to date, to six decimals.'),
    accrued: money,
    billed: money,
  })
  .meta({ id: 'BillableMeter' });

export const usageQueryRoutes = [
  route({
    operationId: 'getUsage',
    method: 'get',
    path: '/v1/customers/:customerId/usage',
    summary: 'What a customer used in a month, against its allowances',
    description:
      'With `granularity`, also what was counted in each hour or day of the month, UTC, between `from` and `to`.',
    tags: TAGS,
    roles: [...READERS, 'ingest'],
    kind: 'query',
    reads: ['usage', 'billing'],
    request: {
      params: customerParams,
      query: z.strictObject({
        period,
        granularity: z.enum(['hour', 'day']).optional(),
        from: instant.optional().describe('First instant of the series; that of the month, if left out.'),
        to: instant.optional().describe('End of the series, not in it; that of the month, if left out.'),
      }),
    },
    response: z
      .strictObject({
        customerId: z.string(),
        period,
        tier: z.string().nullable(),
        meters: z.array(usedMeter),
        series: z
          .array(usageBucket)
          .optional()
          .describe('Hours or days in which a meter counted something, in order.'),
      })
      .meta({ id: 'Usage' }),
    errors: ['customer-not-found'],
    async handler({ params, query }, { services }) {
      const { granularity, period: month } = query;
      const interval = partOf(month, query);
      const { customerId, tier, meters } = (await read(services, params.customerId, month)).usage;
      const series =
        granularity === undefined ? undefined : await readSeries(services, customerId, granularity, interval);
      return {
        body: {
          customerId,
          period: month,
          tier,
          meters: meters.map(usedBody),
          ...(series === undefined ? {} : { series }),
        },
      };
    },
  }),
  route({
    operationId: 'calculateBillableUsage',
    method: 'get',
    path: '/v1/customers/:customerId/billable-usage',
    summary: 'What a month’s usage costs so far',
    description: 'The same rating that accruals and invoices use, on the month to date.',
    tags: TAGS,
    roles: READERS,
    kind: 'query',
    reads: ['usage', 'billing'],
    request: monthOfCustomer,
    response: z
      .strictObject({
        customerId: z.string(),
        period,
        tier: z.string().nullable(),
        overflow: z.boolean().describe('False: capped at the allowance until there is a payment method.'),
        meters: z.array(billableMeter),
        commitment: z
          .strictObject({
            committed: money.describe('What the month’s usage costs at least, prorated.'),
            shortfall: money.describe('What usage to date leaves of it.'),
            accrued: money,
            billed: money,
          })
          .nullable()
          .describe('Null without a minimum commitment.'),
        total: money.describe(
          'Sum of the lines, each rounded to cents as on the invoice; with the shortfall once the month is over.',
        ),
      })
      .meta({ id: 'BillableUsage' }),
    errors: ['customer-not-found'],
    async handler({ params, query }, { services }) {
      const { usage, currency } = await read(services, params.customerId, query.period);
      const { commitment } = usage;
      const isOver = services.clock.now() >= monthEnd(query.period);
      const amounts = [
        ...usage.meters.map(({ amount }) => amount),
        ...(isOver && commitment !== null ? [commitment.shortfall] : []),
      ];
      const total = amounts.reduce((sum, amount) => sum.plus(toCents(decimal(amount))), decimal(0));
      return {
        body: {
          customerId: usage.customerId,
          period: usage.period,
          tier: usage.tier,
          overflow: usage.overflow,
          meters: usage.meters.map((meter) => billableBody(meter, currency)),
          commitment: commitment === null ? null : commitmentBody(commitment, currency),
          total: asMoney(total.toFixed(2), currency),
        },
      };
    },
  }),
];

async function read(
  services: Services,
  customerId: string,
  month: string,
): Promise<{ usage: UsageView; currency: string }> {
  const customer = await services.billing.customerById(customerId);
  if (customer === undefined) {
    throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
  }
  const usage = await services.usage.usageView(customerId, month, customer.paymentMethod);
  return { usage, currency: customer.currency };
}

function usedBody(meter: MeterUsage) {
  const { ratedQuantity, included } = meter;
  return {
    eventType: meter.meter,
    unit: meter.unit,
    quantity: asCount(meter.quantity),
    ratedQuantity: asCount(ratedQuantity),
    included: asCount(included),
    remaining: asCount(included > ratedQuantity ? included - ratedQuantity : 0n),
    billable: asCount(meter.billable),
    corrected: asCount(meter.corrected),
    quarantined: meter.quarantined,
  };
}

function commitmentBody(commitment: CommitmentView, currency: string) {
  const { committed, shortfall, accrued, billed } = commitment;
  return {
    committed: asMoney(committed, currency),
    shortfall: asMoney(shortfall, currency),
    accrued: asMoney(accrued, currency),
    billed: asMoney(billed, currency),
  };
}

function billableBody(meter: MeterUsage, currency: string) {
  const { price } = meter;
  return {
    eventType: meter.meter,
    unit: meter.unit,
    priceModel: price.kind,
    unitPrice: asMoney(listUnitPrice(price), currency),
    quantity: asCount(meter.ratedQuantity),
    included: asCount(meter.included),
    billable: asCount(meter.billable),
    amount: asMoney(meter.amount, currency),
    accrued: asMoney(meter.accrued, currency),
    billed: asMoney(meter.billed, currency),
  };
}

function listUnitPrice(price: PriceModel): string {
  switch (price.kind) {
    case 'standard':
      return price.unitPrice;
    case 'package':
      return decimal(price.price).div(Number(price.size)).toFixed();
    default:
      return price.tiers[0]?.unitPrice ?? '0';
  }
}
