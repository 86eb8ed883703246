import type { CustomerState } from '../domain/customers/decider.ts';
import { refuse } from '../domain/kernel/decider.ts';
import { type Month, monthEnd } from '../domain/kernel/time.ts';
import { isGivenBack } from '../domain/metering/rating-decider.ts';
import { invoices, monthOfCustomer, ratings } from './aggregate.ts';
import { type CommandContext, type CommandResult, wasRefused } from './context.ts';
import { type Envelope, naturalId } from './envelope.ts';
import { existingInvoice, type FinalizedInvoice, finalizeOrExisting } from './finalized-invoice.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { requirePreconditions } from './preconditions.ts';
import { billUsageOfMonths, creditUsage } from './rating.ts';
import { usageLines } from './usage-lines.ts';

/** There is one usage invoice for a customer and month, whoever asks for it. */
function usageInvoiceId(customerId: string, month: Month): string {
  return naturalId('inv', 'usage', customerId, month);
}

/**
 * An invoice for the usage of a closed month alone. It shares the record of what is billed with the monthly invoice:
 * whoever asks second bills what is left. Asked again, the same invoice.
 * Refuses: customer-not-found, period-not-ended, nothing-to-bill.
 */
export async function generateUsageInvoice(
  context: CommandContext,
  customerId: string,
  period: Month,
  envelope?: Envelope,
): Promise<CommandResult<FinalizedInvoice>> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  if (context.now() < monthEnd(period)) {
    return refuse('period-not-ended', `${period} ends at ${monthEnd(period)}`, 'period');
  }
  // In turn with the monthly invoice: neither reserves what the other is about to bill.
  return context.exclusive(`monthly-invoice ${customerId} ${period}`, () =>
    billUsageAlone(context, customer, period, envelope),
  );
}

type Registered = Extract<CustomerState, { registered: true }>;

async function billUsageAlone(
  context: CommandContext,
  { customerId, currency, taxRate, taxInclusive }: Registered,
  period: Month,
  envelope: Envelope | undefined,
): Promise<CommandResult<FinalizedInvoice>> {
  const invoiceId = usageInvoiceId(customerId, period);
  if (envelope !== undefined) await requirePreconditions(context, invoices, invoiceId, envelope);
  const { state, revision } = await context.pipeline.state(invoices, invoiceId);
  if (state.status !== 'none') return existingInvoice(context, invoiceId, revision);

  const billed = await billUsageOfMonths(context, customerId, { period, invoiceId, onlyPeriod: true });
  const lines = await usageLines(context, billed, { customerId, invoiceId, at: monthEnd(period) });
  const header = { invoiceId, customerId, kind: 'usage', period, currency, taxRate, taxInclusive } as const;
  const when = { effectiveAt: monthEnd(period), issuedAt: context.now() };
  const command = { type: 'finalizeInvoice', ...when, ...header, lines } as const;
  return finalizeOrExisting(context, command, envelope);
}

export const usageInvoiceFollowUps: FollowUps = {
  async 'usage.billed'({ data: { customerId, month, invoiceId, period, lines } }, context) {
    if (isGivenBack(lines)) return undefined;
    const isAlone = invoiceId === usageInvoiceId(customerId, period);
    const invoice = isAlone ? await generateUsageInvoice(context, customerId, period) : undefined;
    // A correction may have come between the reservation and the invoice.
    const { state } = await context.pipeline.state(ratings, monthOfCustomer(customerId, month), 'fresh');
    const credited = await creditUsage(context, customerId, month, state);
    return credited ?? (invoice === undefined || wasRefused(invoice) ? undefined : invoice.position);
  },
};
