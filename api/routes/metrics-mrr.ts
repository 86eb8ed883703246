import { z } from 'zod';
import { addMonths, canonicalInstant, type Month, monthOf, monthsFromTo } from '../../domain/kernel/time.ts';
import { streamName } from '../../ledger/revenue-streams.ts';
import type { MrrFilter } from '../../projections/mrr/filter.ts';
import type { Movement } from '../../projections/mrr/listing.ts';
import type { KindMonth, MonthMovements, StreamMonth } from '../../projections/mrr/months.ts';
import { MOVEMENT_KINDS, MOVEMENT_SUB_KINDS } from '../../projections/mrr/tables.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { definitionOf } from '../metrics/definitions.ts';
import { drillDown, drillToMovements } from '../metrics/drill-down.ts';
import {
  recurringAmount as recurring,
  recurringBody,
  recurringFigure,
  recurringFigureOf,
} from '../metrics/figures.ts';
import { ProblemError } from '../problems/problem.ts';
import { count, id, instant, period, tier } from './schemas.ts';
import { route, type Services } from './services.ts';

export const METRICS_TAGS = ['Metrics'];
export const METRICS_READERS = ['admin', 'finance', 'auditor'] as const;
const MAX_MONTHS = 120;

const stream = z.int().min(1).max(13);
export const streamParameter = stream.describe('Number of the revenue stream, 1 to 13.');

const kinds = {
  new: recurring,
  reactivation: recurring,
  expansion: recurring,
  contraction: recurring.describe('Negative.'),
  churn: recurring.describe('Negative.'),
};
const chain = {
  opening: recurring,
  ...kinds,
  closing: recurring.describe('Opening and all movements, exactly in arr.'),
  payingCustomers: count.describe('With recurring revenue at the end of the month.'),
};
const drills = z
  .strictObject({
    opening: drillDown,
    new: drillDown,
    reactivation: drillDown,
    expansion: drillDown,
    contraction: drillDown,
    churn: drillDown,
    closing: drillDown,
  })
  .meta({ id: 'MrrDrillDowns' });

const movementKind = z.enum(MOVEMENT_KINDS);
const movementSubKind = z.enum(MOVEMENT_SUB_KINDS).describe('Why it moved.');

export const movements = z
  .strictObject({
    month: period,
    ...chain,
    streams: z
      .array(z.strictObject({ revenueStream: stream, name: z.string(), ...chain, drillDown: drills }))
      .optional()
      .describe('With groupBy=stream. Kinds are those of the stream.'),
    kinds: z
      .array(
        z.strictObject({
          kind: movementKind,
          subKind: movementSubKind,
          movements: count,
          amount: recurring,
          drillDown,
        }),
      )
      .optional()
      .describe('With groupBy=kind.'),
    drillDown: drills,
  })
  .meta({ id: 'MrrMovements' });

const movement = z
  .strictObject({
    customerId: id,
    revenueStream: stream,
    at: instant,
    month: period,
    kind: movementKind,
    subKind: movementSubKind,
    delta: recurring,
    after: recurring.describe('Of the customer in the stream, after it.'),
    fromTier: z.string().nullable(),
    toTier: z.string(),
    eventId: z.string().describe('The event that moved it; see listEvents.'),
    position: z.int(),
  })
  .meta({ id: 'MrrMovement' });

export const mrrRoutes = [
  route({
    operationId: 'getMrrMovements',
    method: 'get',
    path: '/v1/metrics/mrr-movements',
    summary: 'MRR by month: opening, movements, closing',
    description: `${definitionOf('movements')} ${definitionOf('mrr')}`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr'],
    request: {
      query: z.strictObject({
        from: period,
        to: period,
        customerId: id.optional(),
        revenueStream: streamParameter.optional(),
        groupBy: z.enum(['stream', 'kind']).optional(),
      }),
    },
    response: z.strictObject({ from: period, to: period, months: z.array(movements) }),
    errors: [],
    async handler({ query }, { services }) {
      const { from, to, customerId, revenueStream, groupBy } = query;
      checkMonths(from, to);
      const filter = { customerId, revenueStream };
      const months = await services.mrr.mrrMovements(from, to, filter);
      const parts = await partsOf(services, from, to, filter, groupBy);
      return {
        body: {
          from,
          to,
          months: months.map((month) => ({ ...chainBody(month, filter), ...parts(month.month) })),
        },
      };
    },
  }),
  route({
    operationId: 'listMrrMovements',
    method: 'get',
    path: '/v1/metrics/mrr-movements/items',
    summary: 'Single MRR movements, with the event that caused each',
    description:
      'In the order of the log. Filters add up; with revenueStream, kind is that within the stream. `delta.arr` of the whole list adds up to the figure that it explains.',
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr'],
    request: {
      query: z.strictObject({
        ...pageParameters,
        from: period.optional(),
        to: period.optional(),
        until: instant.optional().describe('The last instant that counts.'),
        customerId: id.optional(),
        revenueStream: z
          .int()
          .min(0)
          .max(13)
          .optional()
          .describe('Number of the revenue stream; 0, no stream, never has movements.'),
        kind: movementKind.optional(),
        subKind: movementSubKind.optional(),
        payingAtEndOf: period
          .optional()
          .describe('Only customers with recurring revenue at the end of that month: a cohort.'),
        onTier: tier.optional().describe('Only customers who are on this tier now.'),
      }),
    },
    response: listOf(movement),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const { limit, startingAfter: _after, endingBefore: _before, until, ...filter } = query;
      const page = pageRequest(query);
      const rows = await services.mrr.listMovements({
        ...filter,
        limit,
        until: until === undefined ? undefined : canonicalInstant(until),
        startingAfter: page.after === undefined ? undefined : placeOf(page.after),
        endingBefore: page.before === undefined ? undefined : placeOf(page.before),
      });
      const cursorOf = ({ position, eventId }: Movement) => ({ sortKey: String(position), id: eventId });
      return { body: listBody(rows, page, '/v1/metrics/mrr-movements/items', movementBody, cursorOf) };
    },
  }),
  route({
    operationId: 'getMrr',
    method: 'get',
    path: '/v1/metrics/mrr',
    summary: 'MRR and ARR at an instant, in total and by stream',
    description: `${definitionOf('mrr')} ${definitionOf('arr')} Changes at the very instant are in.`,
    tags: METRICS_TAGS,
    roles: METRICS_READERS,
    kind: 'query',
    reads: ['mrr'],
    request: {
      query: z.strictObject({
        asOf: instant.optional().describe('Default: now, by the business clock.'),
        customerId: id.optional(),
        revenueStream: streamParameter.optional(),
      }),
    },
    response: z
      .strictObject({
        asOf: instant,
        ...recurringFigure.shape,
        payingCustomers: count,
        streams: z.array(
          z.strictObject({
            revenueStream: stream,
            name: z.string(),
            ...recurringFigure.shape,
            payingCustomers: count,
          }),
        ),
      })
      .meta({ id: 'Mrr' }),
    errors: [],
    async handler({ query }, { services }) {
      const asOf = query.asOf === undefined ? services.clock.now() : canonicalInstant(query.asOf);
      const filter = { customerId: query.customerId, revenueStream: query.revenueStream };
      const total = await services.mrr.totalAt(asOf, filter);
      const streams = await services.mrr.streamsAt(asOf, filter);
      return {
        body: {
          asOf,
          ...recurringFigureOf('balance', total, drillToMovements({ ...filter, until: asOf })),
          payingCustomers: total.payingCustomers,
          streams: streams.map(({ revenueStream, payingCustomers, ...amount }) => ({
            revenueStream,
            name: streamName(revenueStream),
            ...recurringFigureOf(
              'balance',
              amount,
              drillToMovements({ ...filter, revenueStream, until: asOf }),
            ),
            payingCustomers,
          })),
        },
      };
    },
  }),
];

/** @throws ProblemError if the months run backwards or are too many */
export function checkMonths(from: Month, to: Month): void {
  if (from <= to && monthsFromTo(from, to).length <= MAX_MONTHS) return;
  const detail = `from must not be after to, and at most ${MAX_MONTHS} months apart`;
  throw new ProblemError('validation-failed', detail, {
    errors: [{ pointer: '/to', in: 'query', detail }],
  });
}

/** The calendar month in which the business clock stands. */
export function currentMonth(services: Pick<Services, 'clock'>): Month {
  return monthOf(services.clock.now());
}

export function chainBody(row: MonthMovements, filter: MrrFilter) {
  const { month, payingCustomers, ...amounts } = row;
  const own = (kind: (typeof MOVEMENT_KINDS)[number]) =>
    drillToMovements({ ...filter, from: month, to: month, kind });
  const until = (last: Month) => drillToMovements({ ...filter, to: last });
  return {
    month,
    opening: recurringBody(amounts.opening),
    new: recurringBody(amounts.new),
    reactivation: recurringBody(amounts.reactivation),
    expansion: recurringBody(amounts.expansion),
    contraction: recurringBody(amounts.contraction),
    churn: recurringBody(amounts.churn),
    closing: recurringBody(amounts.closing),
    payingCustomers,
    drillDown: {
      opening: until(addMonths(month, -1)),
      new: own('new'),
      reactivation: own('reactivation'),
      expansion: own('expansion'),
      contraction: own('contraction'),
      churn: own('churn'),
      closing: until(month),
    },
  };
}

/** What groupBy adds to a month. */
async function partsOf(
  services: Services,
  from: Month,
  to: Month,
  filter: MrrFilter,
  groupBy: 'stream' | 'kind' | undefined,
) {
  if (groupBy === 'stream') {
    const rows = await services.mrr.mrrMovementsByStream(from, to, filter);
    return (month: Month) => ({
      streams: rows.filter((row) => row.month === month).map((row) => streamBody(row, filter)),
    });
  }
  if (groupBy === 'kind') {
    const rows = await services.mrr.mrrMovementsByKind(from, to, filter);
    return (month: Month) => ({
      kinds: rows.filter((row) => row.month === month).map((row) => kindBody(row, filter)),
    });
  }
  return () => ({});
}

function streamBody(row: StreamMonth, filter: MrrFilter) {
  const { revenueStream } = row;
  const { month: _month, ...chained } = chainBody(row, { ...filter, revenueStream });
  return { revenueStream, name: streamName(revenueStream), ...chained };
}

function kindBody({ month, kind, subKind, amount, movements: moved }: KindMonth, filter: MrrFilter) {
  const drill = drillToMovements({ ...filter, from: month, to: month, kind, subKind });
  return { kind, subKind, movements: moved, amount: recurringBody(amount), drillDown: drill };
}

function movementBody({ delta, after, ...rest }: Movement) {
  return { ...rest, delta: recurringBody(delta), after: recurringBody(after) };
}
