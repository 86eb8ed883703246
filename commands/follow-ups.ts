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

/**
 * The follow-ups of several engines as one: where two have some for the same type, both run, in the order given.
 */
export function combineFollowUps(...maps: readonly FollowUps[]): FollowUps {
  const byType = new Map<string, AnyFollowUp[]>();
  for (const [type, followUp] of maps.flatMap((map) => Object.entries(map) as [string, AnyFollowUp][])) {
    byType.set(type, [...(byType.get(type) ?? []), followUp]);
  }
  return Object.fromEntries([...byType].map(([type, all]) => [type, inOrder(all)])) as FollowUps;
}

function inOrder(followUps: readonly AnyFollowUp[]): AnyFollowUp {
  return async (event, context) => {
    let position: number | undefined;
    for (const followUp of followUps) {
      const reached = await followUp(event, context);
      if (reached !== undefined) position = Math.max(position ?? 0, reached);
    }
    return position;
  };
}

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
