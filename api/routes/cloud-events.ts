import { z } from 'zod';
import { type Refusal, refuse } from '../../domain/kernel/decider.ts';
import { MAX_QUANTITY } from '../../domain/metering/aggregation.ts';
import { sha256Hex } from '../../platform/canonical-json.ts';
import { acceptedForm } from '../http/accepted-forms.ts';
import { ProblemError } from '../problems/problem.ts';
import { id, instant } from './schemas.ts';

const MAX_EVENT_ID_LENGTH = 128;

/** A CloudEvent as far as its form is known before its attributes are looked at. */
export const cloudEventItem = z
  .looseObject({ specversion: z.string() })
  .meta({ id: 'CloudEvent' })
  .describe('A CloudEvent 1.0 in structured JSON: `id` and `source` identify it, `type` is the meter.');

/** In a batch, what is wrong with an item is told item by item. */
const anyItem = z.looseObject({}).describe('A CloudEvent 1.0 in structured JSON.');

const text = z.string().min(1).max(1_000);

const cloudEvent = z.looseObject({
  specversion: z.literal('1.0', 'must be "1.0"'),
  id: text,
  source: text.regex(/^\S+$/, 'must be a URI reference'),
  type: z.string().min(1).max(100),
  subject: id.optional(),
  time: instant.optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/([\w.+-]+\+)?json\b/i, 'must be a JSON media type')
    .optional(),
  data_base64: z.never('must be left out: data is JSON').optional(),
  data: z.looseObject({ quantity: z.int().min(1).max(Number(MAX_QUANTITY)).optional() }).optional(),
});

/** A usage fact of a CloudEvent. */
export interface CloudFact {
  readonly customerId?: string | undefined;
  readonly eventType: string;
  readonly eventId: string;
  readonly occurredAt?: string | undefined;
  readonly quantity?: number | undefined;
  readonly metadata: Record<string, z.core.util.JSONType>;
}

export function isCloudEvent(item: object): item is z.infer<typeof cloudEventItem> {
  return 'specversion' in item;
}

/**
 * `source` and `id` together become the eventId, `type` the eventType, `subject` the customerId, `time` occurredAt;
 * `data.quantity` is the quantity and the rest of `data` the metadata. Refuses with `invalid-usage`.
 */
export function factOfCloudEvent(item: object): CloudFact | Refusal {
  const parsed = cloudEvent.safeParse(item);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    return refuse('invalid-usage', `${field}: ${issue?.message ?? 'not a CloudEvent'}`, field);
  }
  const { id: eventId, source, type, subject, time, data = {} } = parsed.data;
  const { quantity, ...metadata } = data;
  return {
    ...(subject === undefined ? {} : { customerId: subject }),
    eventType: type,
    eventId: eventIdOf(source, eventId),
    ...(time === undefined ? {} : { occurredAt: time }),
    ...(quantity === undefined ? {} : { quantity }),
    metadata: metadata as Record<string, z.core.util.JSONType>,
  };
}

/** A source has no blanks, so that the first one tells where the id begins. */
function eventIdOf(source: string, eventId: string): string {
  const both = `${source} ${eventId}`;
  return both.length <= MAX_EVENT_ID_LENGTH ? both : `ce-${sha256Hex(both)}`;
}

/** Both formats for an operation that takes `events`; what is wrong with one of them is told item by item. */
export const cloudEventBatch = {
  'application/cloudevents+json': acceptedForm(anyItem, (item) => ({ events: [asItem(item)] })),
  'application/cloudevents-batch+json': acceptedForm(z.array(anyItem), (items) => ({
    events: items.map(asItem),
  })),
};

/** The format for an operation that takes one fact of a known customer. */
export const singleCloudEvent = {
  'application/cloudevents+json': acceptedForm(cloudEventItem, (item) => {
    const fact = factOfCloudEvent(item);
    if ('refused' in fact) throw new ProblemError('validation-failed', fact.detail);
    return fact;
  }),
};

/** One without `specversion` is refused as an item, not as something else. */
function asItem(item: object): object {
  return { specversion: '', ...item };
}
