import { z } from 'zod';
import type { UsageResult } from '../../commands/fact-log.ts';
import { trackUsageEvents, type UsageInput } from '../../commands/metering.ts';
import { refuse } from '../../domain/kernel/decider.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import { MAX_QUANTITY } from '../../domain/metering/aggregation.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import { customerNotFound, requireOwn } from '../auth/customer-scope.ts';
import type { CommandContext } from '../http/types.ts';
import {
  cloudEventBatch,
  cloudEventItem,
  factOfCloudEvent,
  isCloudEvent,
  singleCloudEvent,
} from './cloud-events.ts';
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

const factItem = z.strictObject({ customerId: id, ...fact });

const status = z
  .enum(['accepted', 'duplicate', 'quarantined'])
  .describe('`quarantined`: outside 35 days back and 5 minutes ahead; kept, but not counted.');

export const tracked = z
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
    accepts: singleCloudEvent,
    request: {
      params: customerParams,
      body: z.strictObject({
        ...fact,
        customerId: id.optional().describe('If given, that of the path: a CloudEvent names its `subject`.'),
      }),
    },
    response: tracked,
    errors: ['customer-not-found', 'unknown-event-type', 'invalid-usage', 'usage-event-conflict'],
    async handler({ params, body }, context) {
      if (body.customerId !== undefined && body.customerId !== params.customerId) {
        return refuse('invalid-usage', 'the fact names another customer than the path', 'customerId');
      }
      return trackOne(context, { ...body, ...params }, 'trackUsageEvent');
    },
  }),
  route({
    operationId: 'trackUsageEvents',
    method: 'post',
    path: '/v1/usage',
    summary: 'Record up to 1,000 usage facts, with a result for each',
    description:
      'An item is a fact or a CloudEvent 1.0 (also as `application/cloudevents+json` or `application/cloudevents-batch+json`): its `subject` is the customer.',
    tags: TAGS,
    roles: ['ingest', 'admin', 'finance', 'customer'],
    kind: 'ingest',
    hot: true,
    status: 200,
    customerScope: 'handler',
    selfIdentified: (body) => Array.isArray(body['events']) && body['events'].every(isIdentified),
    accepts: cloudEventBatch,
    request: {
      body: z.strictObject({
        events: z
          .array(
            z.union([
              factItem,
              cloudEventItem,
              z.unknown().describe('Anything else is refused, and does not hold up the other items.'),
            ]),
          )
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
    errors: ['customer-not-found'],
    async handler({ body }, context) {
      const items = body.events.map(readItem);
      const facts = items.filter((item): item is SentFact => !('status' in item));
      for (const { customerId } of facts) requireOwn(context.principal, customerId, customerNotFound);
      const tracked = (await track(context, facts, 'trackUsageEvents'))[Symbol.iterator]();
      const results = items.map((item) => ('status' in item ? item : (tracked.next().value as UsageResult)));
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

type SentFact = UsageInput;

/** A fact, or the result of what is none. */
function readItem(item: unknown, index: number): SentFact | Extract<UsageResult, { status: 'refused' }> {
  const isObject = typeof item === 'object' && item !== null;
  if (!isObject || !isCloudEvent(item)) return readFact(item, index);
  const fact = factOfCloudEvent(item);
  const eventId = nameOf(item['id'], index);
  if ('refused' in fact) return { status: 'refused', eventId, refusal: fact };
  const { customerId } = fact;
  if (customerId !== undefined) return { ...fact, customerId };
  const refusal = refuse('invalid-usage', 'subject: must be the customerId', 'subject');
  return { status: 'refused', eventId, refusal };
}

function readFact(item: unknown, index: number): SentFact | Extract<UsageResult, { status: 'refused' }> {
  const parsed = factItem.safeParse(item);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
  const detail = issue?.message ?? 'no usage fact';
  const named = z.looseObject({ eventId: z.unknown() }).safeParse(item);
  return {
    status: 'refused',
    eventId: nameOf(named.data?.eventId, index),
    refusal:
      field === ''
        ? refuse('invalid-usage', 'an item is a fact or a CloudEvent', 'events')
        : refuse('invalid-usage', `${field}: ${detail}`, field),
  };
}

/** As the caller calls it; by its place, if it has no usable name. */
function nameOf(eventId: unknown, index: number): string {
  return typeof eventId === 'string' && eventId !== '' && eventId.length <= 128 ? eventId : `#${index}`;
}

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

/** Records one fact; a fact of its own id that is known with other content is refused. */
export async function trackOne(context: CommandContext<Services>, sent: SentFact, commandType: string) {
  const [result] = await track(context, [sent], commandType);
  if (result === undefined) throw new Error('a usage fact without a result');
  if (result.status === 'refused') return result.refusal;
  if (result.status === 'conflict') {
    if (sent.eventId === undefined)
      throw new IdempotencyKeyReusedError('this key came with another fact before');
    return conflict(result.eventId);
  }
  const { position, status, eventId } = result;
  const replayed = status === 'duplicate';
  return {
    body: { status, eventId, ...(position === undefined ? {} : { position }) },
    ...(position === undefined ? {} : { position }),
    ...(replayed ? { status: 200, replayed } : {}),
  };
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

/** A CloudEvent without an id is refused, so that it needs no key. */
function isIdentified(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  return isCloudEvent(item) || ('eventId' in item && item.eventId !== undefined);
}
