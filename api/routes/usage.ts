import { z } from 'zod';
import type { UsageResult } from '../../commands/fact-log.ts';
import { trackUsageEvents, type UsageInput } from '../../commands/metering.ts';
import { refuse } from '../../domain/kernel/decider.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import { MAX_QUANTITY } from '../../domain/metering/aggregation.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import type { CommandContext } from '../http/types.ts';
import { customerParams, id, instant } from './schemas.ts';
import { route, type Services } from './services.ts';

const TAGS = ['Usage'];
const MAX_ITEMS = 1_000;

const fact = {
  eventType: z.string().min(1).max(100).describe('One of the ten meters, such as `api.called`.'),
  eventId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('With the customer, unique for ever: the same fact again changes nothing.'),
  occurredAt: instant.optional().describe('When it happened; now, if left out.'),
  quantity: z
    .int()
    .min(1)
    .max(Number(MAX_QUANTITY))
    .optional()
    .describe('Units; 1 if left out. COUNT and SUM add it up.'),
  metadata: z
    .record(z.string().max(100), z.json())
    .default({})
    .describe('Your own keys, free of personal data. `profileId` and `provider` count distinct enrichments.'),
};

const status = z
  .enum(['accepted', 'duplicate', 'quarantined'])
  .describe('`quarantined`: outside 35 days back and 5 minutes ahead; kept, but not counted.');

const tracked = z
  .strictObject({ status, eventId: z.string(), position: z.int().optional() })
  .meta({ id: 'TrackedUsage' });

const trackedItem = z
  .strictObject({
    index: z.int(),
    status: z.enum([...status.options, 'conflict', 'refused']),
    eventId: z.string(),
    position: z.int().optional(),
    problem: z
      .strictObject({ code: z.string(), detail: z.string(), field: z.string().optional() })
      .optional(),
  })
  .meta({ id: 'TrackedUsageItem' });

export const usageCommandRoutes = [
  route({
    operationId: 'trackUsageEvent',
    method: 'post',
    path: '/v1/customers/:customerId/usage',
    summary: 'Record one usage fact',
    tags: TAGS,
    roles: ['ingest', 'admin', 'finance', 'customer'],
    kind: 'ingest',
    hot: true,
    selfIdentified: (body) => 'eventId' in body && body['eventId'] !== undefined,
    request: { params: customerParams, body: z.strictObject(fact) },
    response: tracked,
    errors: ['customer-not-found', 'unknown-event-type', 'invalid-usage', 'usage-event-conflict'],
    async handler({ params, body }, context) {
      const [result] = await track(context, [{ ...params, ...body }], 'trackUsageEvent');
      if (result === undefined) throw new Error('a usage fact without a result');
      if (result.status === 'refused') return result.refusal;
      if (result.status === 'conflict') {
        if (body.eventId === undefined)
          throw new IdempotencyKeyReusedError('this key came with another fact before');
        return conflict(result.eventId);
      }
      const { position } = result;
      const replayed = result.status === 'duplicate';
      return {
        body: {
          status: result.status,
          eventId: result.eventId,
          ...(position === undefined ? {} : { position }),
        },
        ...(position === undefined ? {} : { position }),
        ...(replayed ? { status: 200, replayed } : {}),
      };
    },
  }),
  route({
    operationId: 'trackUsageEvents',
    method: 'post',
    path: '/v1/usage',
    summary: 'Record up to 1,000 usage facts, with a result for each',
    tags: TAGS,
    roles: ['ingest', 'admin', 'finance', 'customer'],
    kind: 'ingest',
    hot: true,
    status: 200,
    selfIdentified: (body) => Array.isArray(body['events']) && body['events'].every(hasEventId),
    request: {
      body: z.strictObject({
        events: z
          .array(z.strictObject({ customerId: id, ...fact }))
          .min(1)
          .max(MAX_ITEMS),
      }),
    },
    response: z.strictObject({
      results: z.array(trackedItem),
      accepted: z.int(),
      duplicates: z.int(),
      rejected: z.int(),
    }),
    errors: [],
    async handler({ body }, context) {
      const results = await track(context, body.events, 'trackUsageEvents');
      const position = Math.max(
        0,
        ...results.map((result) => ('position' in result ? (result.position ?? 0) : 0)),
      );
      const tally = (...wanted: string[]) =>
        results.filter((result) => wanted.includes(result.status)).length;
      return {
        body: {
          results: results.map(itemBody),
          accepted: tally('accepted', 'quarantined'),
          duplicates: tally('duplicate'),
          rejected: tally('conflict', 'refused'),
        },
        ...(position === 0 ? {} : { position }),
      };
    },
  }),
];

type SentFact = Omit<UsageInput, 'metadata'> & { readonly metadata: Readonly<Record<string, unknown>> };

function track(
  { services, commandMeta }: CommandContext<Services>,
  facts: readonly SentFact[],
  commandType: string,
): Promise<UsageResult[]> {
  const inputs = facts.map((sent) => ({
    ...sent,
    ...(sent.occurredAt === undefined ? {} : { occurredAt: canonicalInstant(sent.occurredAt) }),
  }));
  const envelope = { ...commandMeta, commandType, causationId: commandMeta.commandId };
  return trackUsageEvents(services.commands, inputs, envelope);
}

function conflict(eventId: string) {
  return refuse('usage-event-conflict', `the fact ${eventId} is known with other content`, 'eventId');
}

function itemBody(result: UsageResult, index: number) {
  const { status, eventId } = result;
  const problem =
    result.status === 'refused'
      ? result.refusal
      : result.status === 'conflict'
        ? conflict(eventId)
        : undefined;
  const position = 'position' in result ? result.position : undefined;
  return {
    index,
    status,
    eventId,
    ...(position === undefined ? {} : { position }),
    ...(problem === undefined
      ? {}
      : {
          problem: {
            code: problem.code,
            detail: problem.detail,
            ...(problem.field === undefined ? {} : { field: problem.field }),
          },
        }),
  };
}

function hasEventId(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'eventId' in item && item.eventId !== undefined;
}
