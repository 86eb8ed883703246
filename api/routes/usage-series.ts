import { z } from 'zod';
import { METER_IDS } from '../../domain/catalogue/types.ts';
import {
  addMillis,
  canonicalInstant,
  DAY_MS,
  type Interval,
  monthInterval,
} from '../../domain/kernel/time.ts';
import { ProblemError } from '../problems/problem.ts';
import { asCount, count, date, instant } from './schemas.ts';
import { route, type Services } from './services.ts';

const MAX_DAYS = 400;

export const usageBucket = z
  .strictObject({ from: instant, eventType: z.string(), quantity: count })
  .meta({ id: 'UsageBucket' });

export const usageSeriesRoutes = [
  route({
    operationId: 'getUsageByDay',
    method: 'get',
    path: '/v1/usage/by-day',
    summary: 'What all customers used, by meter and day',
    tags: ['Usage'],
    roles: ['admin', 'finance', 'auditor'],
    kind: 'query',
    reads: ['usage'],
    request: {
      query: z.strictObject({
        from: date.describe('First day, UTC.'),
        to: date.describe('Last day, UTC.'),
        eventType: z.enum(METER_IDS).optional(),
      }),
    },
    response: z
      .strictObject({
        from: date,
        to: date,
        days: z.array(z.strictObject({ day: date, eventType: z.string(), quantity: z.string() })),
      })
      .meta({ id: 'UsageByDay' })
      .describe('Days on which a meter counted something; quantities as decimal strings.'),
    errors: [],
    async handler({ query: { from, to, eventType } }, { services }) {
      if (to < from || to > addMillis(`${from}T00:00:00.000Z`, MAX_DAYS * DAY_MS)) {
        throw new ProblemError('validation-failed', `from and to name at most ${MAX_DAYS} days, in order.`);
      }
      const days = await services.usage.daily(from, to, eventType);
      return {
        body: {
          from,
          to,
          days: days.map(({ day, meter, quantity }) => ({
            day,
            eventType: meter,
            quantity: String(quantity),
          })),
        },
      };
    },
  }),
];

/** The part of the month that a series is asked for. */
export function partOf(
  month: string,
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
): Interval {
  const whole = monthInterval(month);
  const from = asked.from === undefined ? whole.from : canonicalInstant(asked.from);
  const to = asked.to === undefined ? whole.to : canonicalInstant(asked.to);
  if (from < whole.from || to > whole.to || to < from) {
    throw new ProblemError('validation-failed', `from and to lie in ${month}, in order.`);
  }
  return { from, to };
}

type Bucket = z.infer<typeof usageBucket>;

/** What was counted in the hours or days of an interval, where something was. */
export async function readSeries(
  services: Services,
  customerId: string,
  granularity: 'hour' | 'day',
  { from, to }: Interval,
): Promise<Bucket[]> {
  // Hours are counted as a whole: the one that `from` falls into is the first.
  const firstHour = `${from.slice(0, 13)}:00:00.000Z`;
  const hours = await services.usage.hourly(customerId, firstHour, to);
  const buckets = hours.map(({ hour, meter, quantity }) => ({
    from: hour,
    eventType: meter,
    quantity: asCount(quantity),
  }));
  return granularity === 'day' ? byDay(buckets) : buckets;
}

function byDay(hours: readonly Bucket[]): Bucket[] {
  const days = new Map<string, Bucket>();
  for (const { from, eventType, quantity } of hours) {
    const day = `${from.slice(0, 10)}T00:00:00.000Z`;
    const key = `${day} ${eventType}`;
    days.set(key, { from: day, eventType, quantity: (days.get(key)?.quantity ?? 0) + quantity });
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bucket]) => bucket);
}
