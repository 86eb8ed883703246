import { addMonths, type Month, monthOf, monthsFromTo } from '../domain/kernel/time.ts';
import { invoices } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import { following } from './envelope.ts';
import { finalizeInvoice } from './invoicing.ts';
import { registeredCustomer } from './lookups.ts';
import { completeMonthlyInvoice } from './monthly-invoice.ts';
import type { RecordedEvent } from './pipeline.ts';
import { prorationLines } from './prorations.ts';
import { billUsageOfMonths, monthlyInvoiceId } from './rating.ts';
import { usageLines } from './usage-lines.ts';

type Cancelled = Extract<RecordedEvent, { type: 'subscription.cancelled' }>;

/** A subscription ended: all usage that is not billed yet, and what was kept for the next invoice. */
export async function cutFinalInvoice(
  context: CommandContext,
  event: Cancelled,
): Promise<number | undefined> {
  const { customerId, finalInvoiceId: invoiceId } = event.data;
  const customer = await registeredCustomer(context, customerId);
  if (invoiceId === null || customer === undefined) return undefined;
  const period = monthOf(event.effectiveAt);
  await finishDrafts(context, customerId, period);
  const billed = await billUsageOfMonths(context, customerId, { invoiceId, period });
  const at = event.effectiveAt;
  const usage = await usageLines(context, billed, { customerId, invoiceId, at });
  const lines = [...usage, ...(await prorationLines(context, customerId, invoiceId, null))];
  if (lines.length === 0) return undefined;
  const { currency, taxRate, taxInclusive } = customer;
  const command = {
    type: 'finalizeInvoice',
    effectiveAt: event.effectiveAt,
    invoiceId,
    customerId,
    kind: 'cancellation',
    period: null,
    currency,
    taxRate,
    taxInclusive,
    lines,
  } as const;
  const cause = { id: event.id, ...event.metadata };
  return finalizeInvoice(context, command, following(cause, 'finalizeInvoice'));
}

/** A bill run that broke off may have left a draft of the month before last. */
const DRAFTED_MONTHS = 2;

/** A draft of an earlier month bills its usage itself: the invoice of the end would leave it without lines. */
async function finishDrafts(context: CommandContext, customerId: string, period: Month): Promise<void> {
  for (const month of monthsFromTo(addMonths(period, -DRAFTED_MONTHS), addMonths(period, -1))) {
    const { state } = await context.pipeline.state(invoices, monthlyInvoiceId(customerId, month));
    if (state.status === 'draft') await completeMonthlyInvoice(context, customerId, month);
  }
}
