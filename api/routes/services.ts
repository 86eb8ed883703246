import type { BillRun } from '../../commands/bill-run.ts';
import type { BusinessClock } from '../../commands/clock.ts';
import type { CommandResult, CommandContext as Commands, RecordedFact } from '../../commands/context.ts';
import type { Envelope } from '../../commands/envelope.ts';
import type { Scheduler } from '../../commands/scheduler.ts';
import type { RunningSequences } from '../../commands/sequences.ts';
import type { Refusal } from '../../domain/kernel/decider.ts';
import type { EventStore } from '../../eventstore/port.ts';
import type { BillingReads } from '../../projections/billing/reads.ts';
import type { CreditReads } from '../../projections/credits/reads.ts';
import type { FinanceReads } from '../../projections/finance/reads.ts';
import type { JournalReads } from '../../projections/journal/reads.ts';
import type { MrrReads } from '../../projections/mrr/reads.ts';
import type { RevenueReads } from '../../projections/revenue/reads.ts';
import type { ReceivableReads } from '../../projections/revenue/receivables.ts';
import type { UsageReads } from '../../projections/usage/reads.ts';
import type { AccessMemory } from '../access/memory.ts';
import type { KeyServices } from '../auth/key-routes.ts';
import type { DocumentSettings } from '../documents/service.ts';
import { routesFor } from '../http/route.ts';
import type { CommandContext, Reply } from '../http/types.ts';

/** What the operations stand on. */
export interface Services extends KeyServices {
  readonly commands: Commands;
  readonly clock: BusinessClock;
  readonly scheduler: Scheduler;
  readonly billRun: BillRun;
  readonly sequences: RunningSequences;
  readonly store: EventStore;
  readonly access: AccessMemory;
  /** Waits, not for ever, until the read models have what is in the log now. */
  caughtUp(readModels: readonly string[]): Promise<void>;
  readonly billing: BillingReads;
  readonly credits: CreditReads;
  readonly usage: UsageReads;
  readonly mrr: MrrReads;
  readonly journal: JournalReads;
  readonly revenue: RevenueReads;
  readonly receivables: ReceivableReads;
  readonly finance: FinanceReads;
  readonly documents: DocumentSettings;
}

export const route = routesFor<Services>();

type Context = CommandContext<Services>;

/**
 * Runs a command of a request as one sequence, and turns its outcome into a reply: ETag and Revenue-Position
 * from the log, 200 where nothing new came to be.
 */
export async function command<Result, Body>(
  context: Context,
  commandType: string,
  run: (commands: Commands, envelope: Envelope) => Promise<CommandResult<Result> | RecordedFact<Result>>,
  reply: (result: Result) => { readonly body: Body; readonly location?: string; readonly status?: number },
): Promise<Reply<Body> | Refusal> {
  const { services, commandMeta } = context;
  const envelope: Envelope = { ...commandMeta, commandType, causationId: commandMeta.commandId };
  const result = await services.sequences.run(commandMeta.correlationId, () =>
    run(services.commands, envelope),
  );
  if (isRefused(result)) return result;
  const { position, replayed } = result;
  return {
    ...reply(result.result),
    ...(replayed || position === undefined ? { status: 200 } : {}),
    ...('revision' in result ? { etag: result.revision } : {}),
    ...(position === undefined ? {} : { position }),
    replayed,
  };
}

function isRefused<Result>(result: CommandResult<Result> | RecordedFact<Result>): result is Refusal {
  return 'refused' in result;
}
