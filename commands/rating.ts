import { isMeterId } from '../domain/catalogue/catalogue.ts';
import type { CustomerState } from '../domain/customers/decider.ts';
import { type FinalInvoice, isFinal } from '../domain/invoicing/state.ts';
import { type Decision, isRefusal } from '../domain/kernel/decider.ts';
import { addMillis, type Instant, type Month, monthEnd, monthOf } from '../domain/kernel/time.ts';
import type { BilledLine } from '../domain/metering/events.ts';
import { committedMicros, meterTerms, monthTerms } from '../domain/metering/month-terms.ts';
import type { MeterQuantity, RatingCommand, RatingState } from '../domain/metering/rating-decider.ts';
import { overbilled } from '../domain/metering/usage-credits.ts';
import { stretchesOf } from '../domain/subscriptions/stretches.ts';
import { invoices, monthOfCustomer, ratings, subscriptions, usageTerms } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, UsageReading } from './context.ts';
import { naturalId, naturalUuid } from './envelope.ts';
import type { FollowUps } from './follow-ups.ts';
import { registeredCustomer } from './lookups.ts';

/** There is one monthly invoice for a customer and period, whoever asks for it. */
export function monthlyInvoiceId(customerId: string, period: Month): string {
  return naturalId('inv', 'monthly', customerId, period);
}

/**
 * Accrues a month's usage to date: rated total less what is accrued, whatever came in since. What invoices billed
 * beyond it is credited.
 * @returns the highest log position reached; undefined if nothing changed
 */
export async function accrueUsage(
  context: CommandContext,
  customerId: string,
  month: Month,
): Promise<number | undefined> {
  return accrue(context, customerId, month, await context.usage.monthly(customerId, month, month));
}

/**
 * The close of a month or day: accrues the running month, and what came late for the months before it, which belongs
 * to the time before the close (billing rule 8).
 */
export async function accrueAtClose(context: CommandContext, customerId: string, at: Instant): Promise<void> {
  const end = addMillis(at, -1);
  const running = monthOf(end);
  const reading = await context.usage.toBill(customerId, { period: running, invoiceId: '' });
  for (const month of reading.months.keys()) {
    await accrue(context, customerId, month, reading, month === running ? context.now() : end);
  }
}

/** Accrues a month that invoices have billed already; any other is accrued when its time comes. */
export async function accrueBilledMonth(
  context: CommandContext,
  customerId: string,
  month: Month,
): Promise<number | undefined> {
  const rating = await context.pipeline.state(ratings, monthOfCustomer(customerId, month), 'fresh');
  const isBilled =
    rating.state.bills.size > 0 ||
    (await finalInvoice(context, monthlyInvoiceId(customerId, month))) !== undefined;
  return isBilled ? accrueUsage(context, customerId, month) : undefined;
}

/** Accrues several months from one reading; see `accrueUsage`. */
export async function accrueMonths(
  context: CommandContext,
  customerId: string,
  months: readonly Month[],
): Promise<number | undefined> {
  const [first, last] = [months.at(0), months.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const reading = await context.usage.monthly(customerId, first, last);
  let position: number | undefined;
  for (const month of months) {
    position = latest(position, await accrue(context, customerId, month, reading));
  }
  return position;
}

/** What an invoice bills of one month's usage. */
export interface BilledMonth {
  readonly month: Month;
  readonly lines: readonly BilledLine[];
}

/**
 * Accrues every month with unbilled usage up to the invoice's period and reserves for the invoice all that is accrued
 * and unbilled in them, oldest month first; asked again, the same lines.
 * @param onlyPeriod leaves the months before to another invoice
 */
export async function billUsageOfMonths(
  context: CommandContext,
  customerId: string,
  {
    period,
    invoiceId,
    onlyPeriod = false,
  }: { readonly period: Month; readonly invoiceId: string; readonly onlyPeriod?: boolean },
): Promise<readonly BilledMonth[]> {
  const reading = await context.usage.toBill(customerId, { period, invoiceId });
  const billed: BilledMonth[] = [];
  for (const month of reading.months.keys()) {
    if (onlyPeriod && month !== period) continue;
    await accrue(context, customerId, month, reading);
    billed.push({ month, lines: await billUsage(context, customerId, month, invoiceId, period) });
  }
  return billed;
}

async function accrue(
  context: CommandContext,
  customerId: string,
  month: Month,
  { countedThrough, months }: UsageReading,
  now = context.now(),
): Promise<number | undefined> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return undefined;
  const counted = { countedThrough, totals: months.get(month) ?? [] };
  const command = await accrual(context, customer, month, counted, now);
  const commandId = naturalUuid('accrueUsage', customerId, month, String(countedThrough));
  const id = monthOfCustomer(customerId, month);
  // A total that is accrued already stays accrued, so that a state from memory is good enough to leave it.
  const known = await context.pipeline.state(ratings, id);
  if (isNothing(ratings.decider.decide(command, known.state))) {
    return creditUsage(context, customerId, month, known.state);
  }
  const envelope = system('accrueUsage', commandId, String(countedThrough));
  const outcome = await context.pipeline.execute(ratings, id, command, envelope);
  if (outcome.kind === 'refused') return undefined;
  return latest(outcome.position, await creditUsage(context, customerId, month, outcome.state));
}

type Registered = Extract<CustomerState, { registered: true }>;

interface CountedMonth {
  readonly countedThrough: number;
  readonly totals: readonly MeterQuantity[];
}

/** The command that accrues what was counted in a month, as of an instant. */
async function accrual(
  context: CommandContext,
  customer: Registered,
  month: Month,
  { countedThrough, totals }: CountedMonth,
  now: Instant,
) {
  const { customerId, currency } = customer;
  const invoiceFinal = (await finalInvoice(context, monthlyInvoiceId(customerId, month))) !== undefined;
  const terms = await termsOfMonth(context, customer, month, totals);
  const common = { type: 'accrueUsage', now, customerId, month, currency, countedThrough } as const;
  return { ...common, invoiceFinal, ...terms };
}

/**
 * What an invoice would bill of the months up to its period if no more usage came: decided by the same functions as
 * the invoice itself, and not appended.
 */
export async function previewUsageOfMonths(
  context: CommandContext,
  customer: Registered,
  { period, invoiceId }: { readonly period: Month; readonly invoiceId: string },
): Promise<readonly BilledMonth[]> {
  const { customerId } = customer;
  const now = monthEnd(period);
  const { countedThrough, months } = await context.usage.toBill(customerId, { period, invoiceId });
  const billed: BilledMonth[] = [];
  for (const [month, totals] of months) {
    const { state } = await context.pipeline.state(ratings, monthOfCustomer(customerId, month), 'fresh');
    const accrue = await accrual(context, customer, month, { countedThrough, totals }, now);
    const bill = { type: 'billUsage', now, customerId, month, invoiceId, period } as const;
    const after = [accrue, bill].reduce(decidedOn, state);
    billed.push({ month, lines: after.bills.get(invoiceId) ?? [] });
  }
  return billed;
}

function decidedOn(state: RatingState, command: RatingCommand): RatingState {
  const decision = ratings.decider.decide(command, state);
  return isRefusal(decision) ? state : decision.reduce(ratings.decider.evolve, state);
}

async function termsOfMonth(
  context: CommandContext,
  { customerId, paymentMethod }: Registered,
  month: Month,
  counted: readonly MeterQuantity[],
) {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  const agreed = await context.pipeline.state(usageTerms, customerId, 'fresh');
  const stretches = state.status === 'none' ? [] : stretchesOf(state.segments);
  const terms = monthTerms(stretches, month, paymentMethod, agreed.state);
  const totals = counted.flatMap(({ meter, quantity }) =>
    isMeterId(meter) ? [{ meter, quantity, ...meterTerms(meter, terms) }] : [],
  );
  return { totals, overflow: terms.overflow, commitment: committedMicros(terms) };
}

/**
 * Credits what final invoices billed beyond what is accrued, if there is such a thing; the credit notes follow from it.
 * @param state of the rating stream, as far as is known
 */
export async function creditUsage(
  context: CommandContext,
  customerId: string,
  month: Month,
  state: RatingState,
): Promise<number | undefined> {
  const meters = overbilled(state);
  const customer = meters.size === 0 ? undefined : await registeredCustomer(context, customerId);
  if (customer === undefined) return undefined;
  const id = monthOfCustomer(customerId, month);
  const { revision, state: current } = await context.pipeline.state(ratings, id, 'fresh');
  const finalInvoices = new Set<string>();
  for (const invoiceId of current.bills.keys()) {
    const invoice = await finalInvoice(context, invoiceId);
    if (invoice !== undefined && invoice.status !== 'void') finalInvoices.add(invoiceId);
  }
  const { currency } = customer;
  const command = {
    type: 'creditUsage',
    now: context.now(),
    customerId,
    month,
    currency,
    finalInvoices,
  } as const;
  const commandId = naturalUuid('creditUsage', customerId, month, String(revision));
  const envelope = system('creditUsage', commandId, String(revision));
  const outcome = await context.pipeline.execute(ratings, id, command, envelope);
  if (outcome.kind === 'refused') return undefined;
  return latest(outcome.position, await context.settle(outcome.events));
}

/** The state of an invoice that is final, whoever made it so. */
async function finalInvoice(context: CommandContext, invoiceId: string): Promise<FinalInvoice | undefined> {
  const known = (await context.pipeline.state(invoices, invoiceId)).state;
  if (isFinal(known)) return known;
  const { state } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  return isFinal(state) ? state : undefined;
}

function isNothing(decision: Decision<unknown>): boolean {
  return !isRefusal(decision) && decision.length === 0;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

async function billUsage(
  context: CommandContext,
  customerId: string,
  month: Month,
  invoiceId: string,
  period: Month,
): Promise<readonly BilledLine[]> {
  const commandId = naturalUuid('billUsage', customerId, month, invoiceId);
  const command = { type: 'billUsage', now: context.now(), customerId, month, invoiceId, period } as const;
  const id = monthOfCustomer(customerId, month);
  const envelope = system('billUsage', commandId, invoiceId);
  const outcome = await context.pipeline.execute(ratings, id, command, envelope);
  return outcome.kind === 'accepted' ? (outcome.state.bills.get(invoiceId) ?? []) : [];
}

export const ratingFollowUps: FollowUps = {
  async 'usage.accrued'({ data: { customerId, month } }, context) {
    const { state } = await context.pipeline.state(ratings, monthOfCustomer(customerId, month), 'fresh');
    return creditUsage(context, customerId, month, state);
  },
};
