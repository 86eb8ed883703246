import type { Core } from '../../api/service/core.ts';
import { advanceClock } from '../../commands/advance-clock.ts';
import { type CommandContext, type CommandResult, wasRefused } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import { changeSubscriptionTier } from '../../commands/subscriptions.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { endsAt, workingDays } from './calendar.ts';
import { type Customer, company, SEED } from './company.ts';
import { duePayments } from './payments.ts';
import { usageOn } from './usage.ts';

export interface StoryProgress {
  readonly now: Instant;
  readonly customers: number;
  /** Position of the last event in the log. */
  readonly head: number;
}

export interface StoryOptions {
  readonly core: Core;
  readonly customers: number;
  readonly months: number;
  readonly onProgress: (progress: StoryProgress) => void;
  /** Asked between working days; what is done so far stays. */
  readonly stopped: () => boolean;
}

const IN_FLIGHT = 32;
const FACTS_A_CALL = 500;
const ALL = 1_000_000;

/**
 * Runs the company through the real commands, working day by working day, up to its end. The log is the memory:
 * days before the business clock are done, and commands derive their ids from what they are, so a story that was
 * interrupted anywhere goes on where it was.
 * @returns false if it was stopped
 */
export async function runStory({
  core,
  customers,
  months,
  onProgress,
  stopped,
}: StoryOptions): Promise<boolean> {
  const days = workingDays(months);
  const cast = company(customers, days.length);
  for (const [day, at] of days.entries()) {
    if (at < core.clock.now()) continue;
    if (stopped()) return false;
    await moveClock(core, at);
    await payInvoices(core, at);
    await inParallel(
      cast.filter(({ joinsOn }) => joinsOn === day),
      (who) => signUp(core, who),
    );
    await sendUsage(core, cast, day, days);
    await inParallel(cast, (who) => changeTier(core, who, day));
    const joined = cast.filter(({ joinsOn }) => joinsOn <= day).length;
    onProgress({ now: at, customers: joined, head: await core.store.head() });
  }
  if (stopped()) return false;
  await moveClock(core, endsAt(months));
  await core.drain();
  return true;
}

/** True if the business clock has passed the end of the story and nothing is left to run. */
export async function isTold({ clock, scheduler, drain }: Core, months: number): Promise<boolean> {
  if (clock.now() < endsAt(months)) return false;
  await drain();
  return (await scheduler.nextDue(clock.now())) === undefined;
}

async function moveClock(core: Core, to: Instant): Promise<void> {
  await say(core, 'advanceClock', [to], { to }, (context, envelope) =>
    advanceClock(context, core.clock, core.scheduler, to, envelope),
  );
}

async function payInvoices(core: Core, now: Instant): Promise<void> {
  const { invoices } = await new BillingReads(core.pool).listInvoices({ status: 'finalized', limit: ALL });
  const due = duePayments(invoices, now);
  const byInvoice = [...Map.groupBy(due, ({ invoiceId }) => invoiceId).values()];
  await inParallel(byInvoice, async (payments) => {
    for (const { part, at: _at, ...payment } of payments) {
      const name = [payment.invoiceId, part];
      await say(core, 'recordInvoicePayment', name, payment, (context, envelope) =>
        recordInvoicePayment(context, payment, envelope),
      );
    }
  });
}

async function signUp(core: Core, who: Customer): Promise<void> {
  const { customerId, name, email, tier, billingCycle, trialDays, taxRate, paymentMethod } = who;
  // The request's hash stands in the log: like the API's, it is made without name and e-mail.
  const input = { customerId, currency: 'USD', taxRate, paymentMethod, tier, billingCycle, trialDays };
  await say(core, 'initializeCustomerRevenue', [customerId], input, (context, envelope) =>
    initializeCustomerRevenue(context, { ...input, name, email }, envelope),
  );
}

async function changeTier(core: Core, { customerId, moves }: Customer, day: number): Promise<void> {
  const move = moves.find((planned) => planned.day === day);
  if (move === undefined) return;
  const input = { customerId, newTier: move.newTier, effectiveAt: null, prorate: 'invoice' } as const;
  await say(core, 'changeSubscriptionTier', [customerId, day], input, (context, envelope) =>
    changeSubscriptionTier(context, input, envelope),
  );
}

async function sendUsage(
  core: Core,
  cast: readonly Customer[],
  day: number,
  days: readonly Instant[],
): Promise<void> {
  const facts = cast.flatMap((who) => usageOn(who, day, days));
  for (let start = 0; start < facts.length; start += FACTS_A_CALL) {
    const events = facts.slice(start, start + FACTS_A_CALL);
    const envelope = envelopeOf('trackUsageEvents', [day, start], events);
    const results = await trackUsageEvents(core.context, events, envelope);
    const bad = results.find(({ status }) => status === 'refused' || status === 'conflict');
    if (bad !== undefined) throw new Error(`the demo's usage was not taken: ${JSON.stringify(bad)}`);
  }
}

/** Runs one command as the API would; the demo's own commands are never refused. */
async function say<Result>(
  { context, sequences }: Core,
  commandType: string,
  name: readonly (string | number)[],
  input: unknown,
  run: (context: CommandContext, envelope: Envelope) => Promise<CommandResult<Result>>,
): Promise<void> {
  const envelope = envelopeOf(commandType, name, input);
  const result = await sequences.run(envelope.correlationId, () => run(context, envelope));
  if (wasRefused(result)) {
    throw new Error(`${commandType} ${name.join(' ')} was refused: ${result.code}, ${result.detail}`);
  }
}

function envelopeOf(commandType: string, name: readonly (string | number)[], input: unknown): Envelope {
  const commandId = naturalUuid(SEED, commandType, ...name.map(String));
  return {
    commandId,
    commandType,
    requestHash: sha256Hex(`${commandType}\n${canonicalJson(input)}`),
    actor: 'demo',
    correlationId: commandId,
    causationId: commandId,
  };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
