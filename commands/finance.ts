import type { RecordFinanceInput } from '../domain/finance/decider.ts';
import type { FinanceInputKind } from '../domain/finance/events.ts';
import { BOOK_CURRENCY } from '../domain/kernel/money.ts';
import type { Month } from '../domain/kernel/time.ts';
import { finances } from './aggregate.ts';
import type { CommandContext, CommandResult } from './context.ts';
import type { Envelope } from './envelope.ts';

export interface FinanceInputView {
  readonly month: Month;
  readonly kind: FinanceInputKind;
  readonly amount: string;
  /** Null: the amount is per cent. */
  readonly currency: string | null;
  readonly note: string;
}

/**
 * Records what the ledger cannot know of a month. The newest value of a month and kind stands.
 * Refuses: not-due (the month has not begun), invalid-amount, currency-mismatch.
 */
export async function recordFinanceInput(
  context: CommandContext,
  input: Omit<RecordFinanceInput, 'type' | 'now'>,
  envelope: Envelope,
): Promise<CommandResult<FinanceInputView>> {
  const command: RecordFinanceInput = { type: 'recordFinanceInput', now: context.now(), ...input };
  const outcome = await context.pipeline.execute(finances, input.month, command, envelope);
  if (outcome.kind === 'refused') return outcome.refusal;
  const { revision, position, replayed, events, state } = outcome;
  const { month, kind } = input;
  const [event] = events;
  const recorded = event?.type === 'finance.input_recorded' ? event.data : undefined;
  const standing = state.inputs[kind];
  const amount = recorded?.amount ?? standing?.amount;
  if (amount === undefined) throw new Error('an input was accepted and is not there');
  const currency = kind === 'gross-margin' ? null : BOOK_CURRENCY;
  const note = recorded?.note ?? standing?.note ?? '';
  return { result: { month, kind, amount, currency, note }, revision, position, replayed };
}
