import { z } from 'zod';
import { refuse } from '../../domain/kernel/decider.ts';
import { CDP_ROUTES, routeCdpEvent } from '../../domain/metering/cdp-routing.ts';
import { customerParams, instant } from './schemas.ts';
import { route } from './services.ts';
import { tracked, trackOne } from './usage.ts';

const eventId = z.string().min(1).max(128);

export const cdpEventRoutes = [
  route({
    operationId: 'trackCDPEvent',
    method: 'post',
    path: '/v1/customers/:customerId/cdp-events',
    summary: 'Count a CDP event on the meter that it belongs to',
    description: `The event becomes a usage fact: quantity and keys are taken from its data, nothing else of it is kept. Known events: ${Object.keys(CDP_ROUTES).join(', ')}.`,
    tags: ['Usage'],
    roles: ['ingest', 'admin', 'finance', 'customer'],
    kind: 'ingest',
    hot: true,
    selfIdentified: (body) => idOf(body) !== undefined,
    request: {
      params: customerParams,
      body: z.strictObject({
        eventType: z
          .string()
          .min(1)
          .max(100)
          .meta({ examples: ['page_view'] })
          .describe('Name of the CDP event, such as `page_view`.'),
        eventData: z
          .record(z.string().max(100), z.json())
          .default({})
          .describe('The event. `messageId` and `timestamp` count if eventId and occurredAt are left out.'),
        eventId: eventId.optional().describe('With the customer, unique for ever.'),
        occurredAt: instant.optional(),
      }),
    },
    response: tracked,
    errors: ['customer-not-found', 'unknown-event-type', 'invalid-usage', 'usage-event-conflict'],
    async handler({ params, body }, context) {
      const { eventType, eventData } = body;
      const routed = routeCdpEvent(eventType, eventData);
      if (routed === undefined) {
        const known = Object.keys(CDP_ROUTES).join(', ');
        return refuse('unknown-event-type', `eventType must be one of ${known}`, 'eventType');
      }
      const timestamp = instant.safeParse(eventData['timestamp']);
      const occurredAt = body.occurredAt ?? (timestamp.success ? timestamp.data : undefined);
      const sent = { ...params, ...routed, eventId: idOf(body), occurredAt };
      return trackOne(context, sent, 'trackCDPEvent');
    },
  }),
];

function idOf(body: {
  readonly eventId?: string | undefined;
  readonly eventData: Record<string, unknown>;
}): string | undefined {
  if (body.eventId !== undefined) return body.eventId;
  const parsed = eventId.safeParse(body.eventData['messageId']);
  return parsed.success ? parsed.data : undefined;
}
