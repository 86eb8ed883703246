import type { DomainEvent } from '../domain/events.ts';
import { PreconditionFailedError } from '../platform/errors.ts';
import type { Aggregate } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import { type Envelope, meetsMatch } from './envelope.ts';

/**
 * For sequences that claim key and `If-Match` with their last step only: one that would be turned away there must
 * not leave a trace of the steps before it. A retry of what is recorded already passes.
 * @throws PreconditionFailedError, IdempotencyKeyReusedError
 */
export async function requirePreconditions<State, Command, Event extends DomainEvent>(
  { pipeline }: Pick<CommandContext, 'pipeline'>,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  envelope: Envelope,
): Promise<void> {
  if (envelope.ifMatch !== undefined) {
    const { revision, commands } = await pipeline.state(aggregate, id, 'fresh');
    if (!commands.has(envelope.commandId) && !meetsMatch(envelope, revision)) {
      throw new PreconditionFailedError(revision);
    }
  }
  await pipeline.requireOwnKey(aggregate, id, envelope);
}
