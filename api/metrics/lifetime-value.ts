import { z } from 'zod';
import {
  grossMarginOf,
  type LifetimeValue,
  lifetimeValue,
  meanOf,
} from '../../domain/finance/lifetime-value.ts';
import {
  BOOK_CURRENCY,
  type Decimal,
  decimal,
  fromMicros,
  roundHalfEven,
} from '../../domain/kernel/money.ts';
import { addMonths, type Instant, type Month, monthOf } from '../../domain/kernel/time.ts';
import { revenueAccounts } from '../../ledger/revenue-streams.ts';
import { asMoney, id, instant, money, period } from '../routes/schemas.ts';
import type { Services } from '../routes/services.ts';
import { drillToEntries } from './drill-down.ts';
import {
  figure,
  figureOf,
  fromCents,
  REASONS,
  rate,
  rateOf,
  recurringAmount,
  recurringBody,
} from './figures.ts';

const CHURN_MONTHS = 6;
const MONTHS = 12;
const PERCENT_PLACES = 4;

const worth = z.strictObject({
  value: money.nullable(),
  reason: z.enum(REASONS).nullable().describe('Why there is no value.'),
  arithmetic: z.string().describe('The formula with its numbers.'),
});

export const customerLifetimeValue = z
  .strictObject({
    customerId: id,
    asOf: instant,
    average: worth.describe('Of any customer: ARPA x gross margin / churn.'),
    own: worth.describe('Of this one: revenue realised to date, plus what is expected.'),
    realizedRevenue: figure.describe('Recognised with this customer to date.'),
    expected: worth.describe('Its own MRR x gross margin / churn.'),
    inputs: z.strictObject({
      recurring: recurringAmount.describe('Of this customer now.'),
      arpa: rate.describe('ARR over twelve times the number of paying customers, now.'),
      grossMargin: z
        .strictObject({
          month: period,
          percent: z.string(),
          basis: z.enum(['gross-margin', 'cost-of-revenue']).describe('The finance input that it is from.'),
          recordedAt: instant,
        })
        .nullable()
        .describe('The latest that is recorded; see recordFinanceInput.'),
      churn: z.string().nullable().describe('Mean of the months below.'),
      churnMonths: z
        .array(z.strictObject({ period, logoChurn: rate }))
        .describe(`Of the ${CHURN_MONTHS} months before this one, those that began with paying customers.`),
    }),
  })
  .meta({ id: 'CustomerLifetimeValue' });

/** A customer's lifetime value with everything that goes into it. */
export async function lifetimeValueOf(
  services: Services,
  customerId: string,
): Promise<z.output<typeof customerLifetimeValue>> {
  const { mrr, revenue } = services;
  const asOf = services.clock.now();
  const month = monthOf(asOf);
  const slice = { accounts: revenueAccounts, customerId };
  const [own, total, balance, margin, churnMonths] = await Promise.all([
    mrr.mrrOf(customerId),
    mrr.totalAt(asOf),
    revenue.balance(slice),
    grossMargin(services, month),
    monthlyChurn(services, month),
  ]);
  const churn = meanOf(churnMonths.map(({ fraction }) => fraction));
  const terms = { grossMargin: margin?.percent, churn };
  const { payingCustomers } = total;
  const average =
    payingCustomers === 0
      ? { value: null, reason: 'nobody-pays' as const, arithmetic: 'ARPA: undefined, nobody-pays' }
      : lifetimeValue({
          name: 'ARPA',
          monthly: fromCents(total.arrMinor).div(MONTHS).div(payingCustomers),
          ...terms,
        });
  const monthly = fromCents(own?.arrMinor ?? 0n).div(MONTHS);
  const expected = lifetimeValue({ name: 'MRR', monthly, ...terms });
  return {
    customerId,
    asOf,
    average: worthBody(average),
    own: worthBody(withRealized(decimal(fromMicros(-balance)), expected)),
    realizedRevenue: figureOf('activity', -balance, drillToEntries(slice, 'credits')),
    expected: worthBody(expected),
    inputs: {
      recurring: recurringBody(own ?? { mrr: '0.00', arr: '0.00' }),
      arpa: rateOf(fromCents(total.arrMinor), decimal(payingCustomers).times(MONTHS), 'nobody-pays'),
      grossMargin:
        margin === undefined
          ? null
          : { ...margin, percent: roundHalfEven(margin.percent, PERCENT_PLACES).toFixed() },
      churn: churn === undefined ? null : roundHalfEven(churn, 6).toFixed(),
      churnMonths: churnMonths.map(({ period: each, logoChurn }) => ({ period: each, logoChurn })),
    },
  };
}

interface Margin {
  readonly month: Month;
  readonly percent: Decimal;
  readonly basis: 'gross-margin' | 'cost-of-revenue';
  readonly recordedAt: Instant;
}

/** As recorded, or from a recorded cost and what the ledger earned in that month; the later month of the two. */
async function grossMargin({ finance, revenue }: Services, upTo: Month): Promise<Margin | undefined> {
  const given = await finance.latest('gross-margin', upTo);
  const cost = await finance.latest('cost-of-revenue', upTo);
  if (cost !== undefined && (given === undefined || cost.month > given.month)) {
    const { month, recordedAt } = cost;
    const earned = -(await revenue.balance({ accounts: revenueAccounts, from: month, to: month }));
    const percent = grossMarginOf(decimal(fromMicros(earned)), decimal(cost.amount));
    if (percent !== undefined) return { month, percent, basis: 'cost-of-revenue', recordedAt };
  }
  if (given === undefined) return undefined;
  const { month, amount, recordedAt } = given;
  return { month, percent: decimal(amount), basis: 'gross-margin', recordedAt };
}

/** Logo churn of the months before this one that began with paying customers. */
async function monthlyChurn({ mrr }: Services, month: Month) {
  const months = Array.from({ length: CHURN_MONTHS }, (_, index) => addMonths(month, index - CHURN_MONTHS));
  const sums = await Promise.all(months.map((each) => mrr.periodSums(each, each)));
  return sums
    .filter(({ payingAtStart }) => payingAtStart > 0)
    .map(({ from, lost, payingAtStart }) => ({
      period: from,
      fraction: decimal(lost).div(payingAtStart),
      logoChurn: rateOf(decimal(lost), decimal(payingAtStart), 'nothing-at-start'),
    }));
}

type Worth = LifetimeValue | { value: null; reason: 'nobody-pays'; arithmetic: string };

function withRealized(realized: Decimal, expected: LifetimeValue): LifetimeValue {
  if (expected.value === null) return expected;
  const value = roundHalfEven(realized.plus(expected.value), 2).toFixed(2);
  const arithmetic = `realised ${realized.toFixed(2)} + ${expected.arithmetic}; together ${value}`;
  return { value, reason: null, arithmetic };
}

function worthBody({ value, reason, arithmetic }: Worth) {
  return { value: value === null ? null : asMoney(value, BOOK_CURRENCY), reason, arithmetic };
}
