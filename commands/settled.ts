import type { CommandContext } from './context.ts';
import type { RecordedEvent } from './pipeline.ts';

/** Runs what follows from a command's events; the highest log position reached, undefined if nothing was appended. */
export async function settled(
  context: CommandContext,
  { events, position }: { readonly events: readonly RecordedEvent[]; readonly position: number | undefined },
): Promise<number | undefined> {
  const reached = await context.settle(events);
  return position === undefined ? undefined : Math.max(position, reached);
}
