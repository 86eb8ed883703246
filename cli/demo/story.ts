import type { Core } from '../../api/service/core.ts';
import { advanceClock } from '../../commands/advance-clock.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import { addMonths, type Instant, monthOf } from '../../domain/kernel/time.ts';
import { endsAt, FIRST_MONTH, OPENS_AT, workingDays } from './calendar.ts';
import { type Customer, company } from './company.ts';
import { fulfil, isServed } from './customer-desk.ts';
import { closeMonth } from './finance-desk.ts';
import { InvoiceDesk } from './invoice-desk.ts';
import { envelopeOf, inParallel, say } from './teller.ts';
import { type SentFact, usageOn } from './usage.ts';

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

const FACTS_A_CALL = 500;

/**
 * Runs the company through the real commands, working day by working day, up to its end. The log is the memory:
 * days before the business clock are done, and commands derive their ids from what they are, so a story that was
 * interrupted anywhere goes on where it was.
 * @returns false if it was stopped
 */
export async function runStory(options: StoryOptions): Promise<boolean> {
  const { core, months, onProgress, stopped } = options;
  const days = workingDays(months);
  const cast = company(options.customers, days.length);
  const desk = new InvoiceDesk(core, cast);
  const joined = (day: number) => cast.filter(({ joinsOn }) => joinsOn <= day).length;
  await core.drain();
  for (const [day, at] of days.entries()) {
    if (at < core.clock.now()) continue;
    if (stopped()) return false;
    const dayBefore = days[day - 1] ?? OPENS_AT;
    await moveClock(core, at);
    await desk.work(at, dayBefore);
    await inParallel(
      cast.filter(({ joinsOn }) => joinsOn === day),
      (customer) => signUp(core, customer),
    );
    await sendUsage(core, cast, day);
    await inParallel(cast, async (customer) => {
      for (const move of customer.moves) {
        if (move.day === day) await fulfil(core, customer, move);
      }
    });
    if (day > 0 && monthOf(at) !== monthOf(dayBefore))
      await closeMonth(core, monthOf(dayBefore), joined(day));
    onProgress({ now: at, customers: joined(day), head: await core.store.head() });
  }
  if (stopped()) return false;
  await moveClock(core, endsAt(months));
  await closeMonth(core, addMonths(FIRST_MONTH, months - 1), cast.length);
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
  await say(core, {
    commandType: 'advanceClock',
    name: [to],
    input: { to },
    run: (context, envelope) => advanceClock(context, core.clock, core.scheduler, to, envelope),
  });
}

async function signUp(core: Core, customer: Customer): Promise<void> {
  const { customerId, name, email, tier, billingCycle, trialDays, contract } = customer;
  const { taxRate, taxInclusive, paymentMethod } = customer;
  // The request's hash stands in the log: like the API's, it is made without name and e-mail.
  const plan = { tier, billingCycle, trialDays, contract };
  const input = { customerId, currency: BOOK_CURRENCY, taxRate, taxInclusive, paymentMethod, ...plan };
  await say(core, {
    commandType: 'initializeCustomerRevenue',
    name: [customerId],
    input,
    run: (context, envelope) => initializeCustomerRevenue(context, { ...input, name, email }, envelope),
  });
}

async function sendUsage(core: Core, cast: readonly Customer[], day: number): Promise<void> {
  const facts: SentFact[] = [];
  for (const customer of cast) {
    if (customer.joinsOn > day) continue;
    if (await isServed(core, customer.customerId)) facts.push(...usageOn(customer, day));
  }
  for (let start = 0; start < facts.length; start += FACTS_A_CALL) {
    const events = facts.slice(start, start + FACTS_A_CALL);
    const envelope = envelopeOf('trackUsageEvents', [day, start], events);
    const results = await trackUsageEvents(core.context, events, envelope);
    const bad = results.find(({ status }) => status === 'refused' || status === 'conflict');
    if (bad !== undefined) throw new Error(`the demo's usage was not taken: ${JSON.stringify(bad)}`);
  }
}
