import { isMeterId } from '../domain/catalogue/catalogue.ts';
import { isFinal } from '../domain/invoicing/state.ts';
import { type Decision, isRefusal } from '../domain/kernel/decider.ts';
import type { Month } from '../domain/kernel/time.ts';
import { proratedAllowance } from '../domain/metering/allowance.ts';
import type { BilledLine } from '../domain/metering/events.ts';
import { monthTerms } from '../domain/metering/month-terms.ts';
import { stretchesOf } from '../domain/subscriptions/stretches.ts';
import { invoices, monthOfCustomer, ratings, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext, UsageReading } from './context.ts';
import { naturalId, naturalUuid } from './envelope.ts';
import { registeredCustomer } from './lookups.ts';

/** There is one monthly invoice for a customer and period, whoever asks for it. */
export function monthlyInvoiceId(customerId: string, period: Month): string {
  return naturalId('inv', 'monthly', customerId, period);
}

/** Accrues a month's usage to date: rated total less what is accrued, whatever came in since. */
export async function accrueUsage(context: CommandContext, customerId: string, month: Month): Promise<void> {
  await accrue(context, customerId, month, await context.usage.monthly(customerId, month, month));
}

/** What an invoice bills of one month's usage. */
export interface BilledMonth {
  readonly month: Month;
  readonly lines: readonly BilledLine[];
}

/**
 * Accrues the months from one to the invoice's period and reserves all their accrued and unbilled usage for the
 * invoice, oldest month first; asked again, the same lines.
 */
export async function billUsageOfMonths(
  context: CommandContext,
  customerId: string,
  invoice: { readonly from: Month; readonly period: Month; readonly invoiceId: string },
): Promise<readonly BilledMonth[]> {
  const { from, period, invoiceId } = invoice;
  const reading = await context.usage.monthly(customerId, from, period);
  const billed: BilledMonth[] = [];
  for (const month of reading.months.keys()) {
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
): Promise<void> {
  const totals = months.get(month);
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined || totals === undefined) return;
  const { state } = await context.pipeline.state(subscriptions, customerId);
  const stretches = state.status === 'none' ? [] : stretchesOf(state.segments);
  const { segments, overflow } = monthTerms(stretches, month, customer.paymentMethod);
  const ownInvoice = await context.pipeline.state(invoices, monthlyInvoiceId(customerId, month));
  const command = {
    type: 'accrueUsage',
    now: context.now(),
    customerId,
    month,
    currency: customer.currency,
    countedThrough,
    totals: totals.flatMap(({ meter, quantity }) =>
      isMeterId(meter) ? [{ meter, quantity, included: proratedAllowance(meter, month, segments) }] : [],
    ),
    invoiceFinal: isFinal(ownInvoice.state),
    overflow,
  } as const;
  const commandId = naturalUuid('accrueUsage', customerId, month, String(countedThrough));
  const id = monthOfCustomer(customerId, month);
  // A total that is accrued already stays accrued, so that a state from memory is good enough to leave it.
  const known = await context.pipeline.state(ratings, id);
  if (isNothing(ratings.decider.decide(command, known.state))) return;
  const envelope = system('accrueUsage', commandId, String(countedThrough));
  await context.pipeline.execute(ratings, id, command, envelope);
}

function isNothing(decision: Decision<unknown>): boolean {
  return !isRefusal(decision) && decision.length === 0;
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
