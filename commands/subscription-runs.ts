import type { SubscriptionCommand } from '../domain/subscriptions/commands.ts';
import type { SubscriptionState } from '../domain/subscriptions/state.ts';
import { afterRecorded } from './after-recorded.ts';
import { subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, CommandResult } from './context.ts';
import type { Outcome } from './pipeline.ts';
import { settled } from './settled.ts';
import { type SubscriptionView, viewAfter } from './subscription-views.ts';

/** Runs a command that the clock asks for; null if nothing came of it. */
export async function byClock(
  context: CommandContext,
  customerId: string,
  command: SubscriptionCommand,
  commandId: string,
): Promise<CommandResult<SubscriptionView | null>> {
  const envelope = system(command.type, commandId, commandId);
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, envelope);
  if (outcome.kind === 'accepted' && outcome.events.length === 0) {
    return { result: null, revision: outcome.revision, position: undefined, replayed: false };
  }
  return answer(context, outcome);
}

/** What a command made of the subscription, once all that follows from it is done. */
export async function answer(
  context: CommandContext,
  outcome: Outcome<SubscriptionState>,
): Promise<CommandResult<SubscriptionView>> {
  if (outcome.kind === 'refused') return outcome.refusal;
  const { state, events, revision, replayed } = outcome;
  if (state.status === 'none') throw new Error('an accepted command left no subscription');
  const position = await afterRecorded(() => settled(context, outcome));
  return { result: viewAfter(state, events), revision, position, replayed };
}
