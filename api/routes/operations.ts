import { z } from 'zod';
import { advanceClock } from '../../commands/advance-clock.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { DEFAULT_LIMIT, encodeCursor, listOf, MAX_LIMIT, pageRequest, placeOf } from '../http/lists.ts';
import { ProblemError } from '../problems/problem.ts';
import { instant } from './schemas.ts';
import { command, route } from './services.ts';

/** Revisions are 32-bit integers in the log. */
const MAX_REVISION = 2_147_483_647;

const event = z
  .strictObject({
    eventId: z.string(),
    position: z.int(),
    stream: z.string(),
    revision: z.int(),
    type: z.string(),
    schemaVersion: z.int(),
    storedAt: z.string(),
    data: z.record(z.string(), z.json()),
    metadata: z.record(z.string(), z.json()),
  })
  .meta({ id: 'Event' });

/** The auditor's view of the log itself. */
export const eventRoutes = [
  route({
    operationId: 'listEvents',
    method: 'get',
    path: '/v1/events',
    summary: 'The log, in its order',
    tags: ['Audit'],
    roles: ['auditor'],
    kind: 'query',
    request: {
      query: z.strictObject({
        limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
        startingAfter: z.string().max(400).optional(),
        stream: z.string().min(1).max(255).optional().describe('Only the events of this stream.'),
      }),
    },
    response: listOf(event),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const { after } = pageRequest(query);
      const found =
        query.stream === undefined
          ? await services.store.readAll(after === undefined ? 0 : placeOf(after), query.limit + 1)
          : await services.store.readStream(
              query.stream,
              after === undefined ? 0 : placeOf(after, MAX_REVISION - 1) + 1,
              query.limit + 1,
            );
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      const hasMore = found.length > query.limit;
      const sortKey = (row: StoredEvent) => String(query.stream === undefined ? row.position : row.revision);
      return {
        body: {
          object: 'list' as const,
          data: page.map(eventBody),
          hasMore,
          url: '/v1/events',
          ...(hasMore && last !== undefined
            ? { nextCursor: encodeCursor({ sortKey: sortKey(last), id: last.id }) }
            : {}),
        },
      };
    },
  }),
  route({
    operationId: 'getEvent',
    method: 'get',
    path: '/v1/events/:stream/:revision',
    summary: 'One event by its place in its stream',
    tags: ['Audit'],
    roles: ['auditor'],
    kind: 'query',
    request: {
      params: z.strictObject({
        stream: z.string().min(1).max(255),
        revision: z.int().min(0).max(MAX_REVISION),
      }),
    },
    response: event,
    errors: ['event-not-found'],
    async handler({ params }, { services }) {
      const [found] = await services.store.readEvents([params]);
      if (found === undefined) throw new ProblemError('event-not-found', 'There is no such event.');
      return { body: eventBody(found) };
    },
  }),
];

/** Exists only where the business clock is manual. */
export const clockRoute = route({
  operationId: 'advanceClock',
  method: 'post',
  path: '/v1/clock/advance',
  summary: 'Move the manual business clock on',
  description: 'Runs everything that falls due on the way, in order, before it answers.',
  tags: ['Operations'],
  roles: ['admin', 'finance'],
  kind: 'command',
  status: 200,
  request: { body: z.strictObject({ to: instant }) },
  response: z.strictObject({ now: instant }),
  errors: ['clock-backwards', 'clock-not-manual'],
  handler: ({ body }, context) =>
    command(
      context,
      'advanceClock',
      (commands, envelope) =>
        advanceClock(
          commands,
          context.services.clock,
          context.services.scheduler,
          canonicalInstant(body.to),
          envelope,
        ),
      (result) => ({ body: result }),
    ),
});

function eventBody({
  id,
  position,
  stream,
  revision,
  type,
  schemaVersion,
  storedAt,
  data,
  metadata,
}: StoredEvent) {
  return {
    eventId: id,
    position,
    stream,
    revision,
    type,
    schemaVersion,
    storedAt,
    data: data as Record<string, z.core.util.JSONType>,
    metadata: metadata as Record<string, z.core.util.JSONType>,
  };
}
