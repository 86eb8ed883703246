import type { Instant } from '../domain/kernel/time.ts';
import { type BusinessClock, system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { type Envelope, naturalUuid } from './envelope.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * Moves a manual clock on and, before it answers, runs every job that falls due on the way, in order, each at
 * its own instant, with reactors and projections drained in between. Asked again after an interruption, it
 * goes on where it was. Refuses: clock-backwards, clock-not-manual.
 */
export async function advanceClock(
  context: CommandContext,
  clock: BusinessClock,
  scheduler: Scheduler,
  to: Instant,
  envelope: Envelope,
): Promise<CommandResult<{ readonly now: Instant }>> {
  return context.exclusive('advance-clock', async () => {
    while (clock.manual && to > clock.now()) {
      await scheduler.runDue(clock.now());
      const next = await scheduler.nextDue(to);
      if (next === undefined || next > to) break;
      const step = system('advanceClock', naturalUuid('advanceClock', next), next);
      await clock.advance(context.pipeline, next, step);
      await scheduler.runDue(next);
      if (next === to) break;
    }
    const outcome = await clock.advance(context.pipeline, to, envelope);
    if (outcome.kind === 'refused') return outcome.refusal;
    await scheduler.runDue(to);
    const { revision, replayed } = outcome;
    return { result: { now: clock.now() }, revision, position: await context.store.head(), replayed };
  });
}
