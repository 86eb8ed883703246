import { z } from 'zod';
import { correctUsage, MAX_CORRECTION } from '../../commands/usage-corrections.ts';
import { type ReleaseResult, releaseQuarantinedUsage } from '../../commands/usage-quarantine.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import type { KnownFact } from '../../projections/usage/quarantine-reads.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { asCount, customerParams, id, instant, period } from './schemas.ts';
import { command, route } from './services.ts';

const TAGS = ['Usage'];
const MAX_ITEMS = 1_000;
const eventId = z.string().min(1).max(128);
const reason = z.enum(['too-old', 'in-the-future']);

const quarantined = z
  .strictObject({
    customerId: id,
    eventId,
    eventType: z.string(),
    occurredAt: instant,
    quantity: z.int(),
    reason: reason.describe('`too-old`: more than 35 days back; `in-the-future`: more than 5 minutes ahead.'),
    position: z.int(),
  })
  .meta({ id: 'QuarantinedUsage' });

const releasedItem = z
  .strictObject({
    index: z.int(),
    status: z.enum(['released', 'duplicate', 'refused']),
    eventId,
    position: z.int().optional(),
    problem: z
      .strictObject({ code: z.string(), detail: z.string(), field: z.string().optional() })
      .optional(),
  })
  .meta({ id: 'ReleasedUsageItem' });

export const usageCorrectionRoutes = [
  route({
    operationId: 'correctUsage',
    method: 'post',
    path: '/v1/customers/:customerId/usage/corrections',
    summary: 'Add a signed quantity to what a meter counted in a month',
    description:
      'A month that is billed already is accrued at once: what it comes out above is on the next invoice, what it comes out below is credited.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    ifMatch: 'none',
    request: {
      params: customerParams,
      body: z.strictObject({
        eventType: z.string().min(1).max(100),
        quantity: z.int().min(-MAX_CORRECTION).max(MAX_CORRECTION).describe('Signed units, not zero.'),
        reason: z.string().min(1).max(500).describe('For whoever audits it; free of personal data.'),
        occurredAt: instant.optional().describe('The month that it corrects; now, if left out.'),
      }),
    },
    response: z
      .strictObject({
        correctionId: id,
        customerId: id,
        eventType: z.string(),
        quantity: z.int(),
        reason: z.string(),
        occurredAt: instant,
        period,
      })
      .meta({ id: 'UsageCorrection' }),
    errors: ['customer-not-found', 'unknown-event-type', 'invalid-usage'],
    handler: ({ params, body: { occurredAt, ...body } }, context) =>
      command(
        context,
        'correctUsage',
        (commands, envelope) =>
          correctUsage(
            commands,
            {
              ...params,
              ...body,
              ...(occurredAt === undefined ? {} : { occurredAt: canonicalInstant(occurredAt) }),
            },
            envelope,
          ),
        (result) => ({ body: result }),
      ),
  }),
  route({
    operationId: 'listQuarantinedUsage',
    method: 'get',
    path: '/v1/usage/quarantine',
    summary: 'Usage facts outside the acceptance window, oldest first',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['usage'],
    request: { query: z.strictObject({ ...pageParameters, customerId: id.optional() }) },
    response: listOf(quarantined),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const rows = await services.usage.quarantine.list({
        customerId: query.customerId,
        limit: page.limit,
        after: page.after === undefined ? undefined : placeOf(page.after),
        before: page.before === undefined ? undefined : placeOf(page.before),
      });
      const cursorOf = ({ position, eventId: cursorId }: KnownFact) => ({
        sortKey: String(position),
        id: cursorId.slice(0, 100),
      });
      return { body: listBody(rows, page, '/v1/usage/quarantine', quarantinedBody, cursorOf) };
    },
  }),
  route({
    operationId: 'releaseQuarantinedUsage',
    method: 'post',
    path: '/v1/customers/:customerId/usage/quarantine/release',
    summary: 'Let quarantined usage facts count, with a result for each',
    description: 'Each counts once, in the month that it happened in, at the price of that month.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'ingest',
    status: 200,
    selfIdentified: () => true,
    request: {
      params: customerParams,
      body: z.strictObject({ eventIds: z.array(eventId).min(1).max(MAX_ITEMS) }),
    },
    response: z.strictObject({
      results: z.array(releasedItem),
      released: z.int(),
      duplicates: z.int(),
      rejected: z.int(),
    }),
    errors: ['customer-not-found'],
    async handler({ params, body }, { services, commandMeta }) {
      const envelope = {
        ...commandMeta,
        commandType: 'releaseQuarantinedUsage',
        causationId: commandMeta.commandId,
      };
      const results = await services.sequences.run(commandMeta.correlationId, () =>
        releaseQuarantinedUsage(services.commands, params.customerId, body.eventIds, envelope),
      );
      if ('refused' in results) return results;
      const tally = (wanted: string) => results.filter(({ status }) => status === wanted).length;
      const positions = results.flatMap((result) => ('position' in result ? (result.position ?? []) : []));
      return {
        body: {
          results: results.map(releasedBody),
          released: tally('released'),
          duplicates: tally('duplicate'),
          rejected: tally('refused'),
        },
        ...(positions.length === 0 ? {} : { position: Math.max(...positions) }),
      };
    },
  }),
];

function quarantinedBody(fact: KnownFact) {
  const { customerId, eventType, occurredAt, position } = fact;
  return {
    customerId,
    eventId: fact.eventId,
    eventType,
    occurredAt,
    quantity: asCount(fact.quantity),
    reason: reason.parse(fact.reason),
    position,
  };
}

function releasedBody(result: ReleaseResult, index: number) {
  const { status, eventId: released } = result;
  if (result.status === 'refused') {
    const { code, detail, field } = result.refusal;
    const problem = { code, detail, ...(field === undefined ? {} : { field }) };
    return { index, status, eventId: released, problem };
  }
  const { position } = result;
  return { index, status, eventId: released, ...(position === undefined ? {} : { position }) };
}
