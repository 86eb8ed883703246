import type { DomainEvent, EventType } from '../domain/events.ts';
import type { CommandContext } from './context.ts';
import type { RecordedEvent } from './pipeline.ts';

type Recorded<Type extends EventType> = RecordedEvent & Extract<DomainEvent, { type: Type }>;

/**
 * What follows from an event: idempotent commands whose ids derive from it. Run right after the command, so
 * that its answer is complete, and again by the reactor, so that a crash in between leaves nothing half done.
 * Answers the highest log position it reached.
 */
export type FollowUps = {
  readonly [Type in EventType]?: (
    event: Recorded<Type>,
    context: CommandContext,
  ) => Promise<number | undefined>;
};

type AnyFollowUp = (event: RecordedEvent, context: CommandContext) => Promise<number | undefined>;

/** Runs the follow-ups of events in order; the highest log position reached, 0 if none. */
export async function runFollowUps(
  followUps: FollowUps,
  events: readonly RecordedEvent[],
  context: CommandContext,
): Promise<number> {
  let position = 0;
  for (const event of events) {
    const followUp = followUps[event.type] as AnyFollowUp | undefined;
    position = Math.max(position, (await followUp?.(event, context)) ?? 0);
  }
  return position;
}
