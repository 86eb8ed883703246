import type { DraftLine } from '../domain/invoicing/decider.ts';
import { invoiceOf } from '../domain/invoicing/finalizing.ts';
import { promotionLine, prorationLine, subscriptionLine, usageLine } from '../domain/invoicing/lines.ts';
import { isRefusal, type Refusal } from '../domain/kernel/decider.ts';
import { centsString, decimal } from '../domain/kernel/money.ts';
import { addMillis, addMonths, type Instant, type Month, monthEnd, monthOf } from '../domain/kernel/time.ts';
import { credits, invoices, subscriptions } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import type { FinalizedInvoice } from './finalized-invoice.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { INVOICE_GRACE_MS } from './monthly-invoice.ts';
import { monthlyInvoiceId, previewUsageOfMonths } from './rating.ts';

export interface InvoicePreview {
  /** The month whose usage it bills. */
  readonly period: Month;
  /** When the invoice becomes final, if it is left alone. */
  readonly finalizesAt: Instant;
  /** Null while there is nothing to bill. */
  readonly invoice: FinalizedInvoice | null;
}

/**
 * The next monthly invoice if no more usage came and nothing changed: the draft of the month that has ended, while there
 * is one, and else that of the running month. Usage to date, a commitment’s shortfall, prorations that were kept for
 * it, promotional credit, and the next month in advance, decided and rounded by the same functions as the invoice
 * itself. Refuses: customer-not-found.
 */
export async function previewInvoice(
  context: CommandContext,
  customerId: string,
): Promise<InvoicePreview | Refusal> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return customerNotFound(customerId);
  const period = await nextPeriod(context, customerId);
  const effectiveAt = monthEnd(period);
  const invoiceId = monthlyInvoiceId(customerId, period);
  const billed = await previewUsageOfMonths(context, customer, { period, invoiceId });
  const usage = billed.flatMap((one) => one.lines.map((line) => usageLine(line, one.month)));
  const plan = await planLines(context, customerId, invoiceId, effectiveAt);
  const promotion = await promotionOn(context, { customerId, invoiceId, at: effectiveAt }, usage);
  const { currency, taxRate, taxInclusive } = customer;
  const header = { invoiceId, customerId, kind: 'monthly', period, currency, taxRate, taxInclusive } as const;
  const lines = [...plan, ...usage, ...promotion];
  const invoice = invoiceOf({ type: 'finalizeInvoice', effectiveAt, ...header, lines });
  const finalizesAt = addMillis(effectiveAt, INVOICE_GRACE_MS);
  return { period, finalizesAt, invoice: 'refused' in invoice ? null : invoice };
}

async function nextPeriod(context: CommandContext, customerId: string): Promise<Month> {
  const running = monthOf(context.now());
  const ended = addMonths(running, -1);
  const { state } = await context.pipeline.state(invoices, monthlyInvoiceId(customerId, ended), 'fresh');
  return state.status === 'draft' ? ended : running;
}

/** The next month of a monthly plan, and what was kept for the invoice. */
async function planLines(
  context: CommandContext,
  customerId: string,
  invoiceId: string,
  upTo: Instant,
): Promise<DraftLine[]> {
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  if (state.status === 'none') return [];
  const renew = { type: 'renewSubscription', upTo, invoiceId } as const;
  const decision = subscriptions.decider.decide(renew, state);
  const events = isRefusal(decision) || state.billingCycle === 'annual' ? [] : decision;
  const charges = events.flatMap((event) =>
    event.type === 'subscription.renewed' ? [subscriptionLine(event.data.charge)] : [],
  );
  return [...charges, ...state.prorations.map(prorationLine)];
}

async function promotionOn(
  context: CommandContext,
  invoice: { readonly customerId: string; readonly invoiceId: string; readonly at: Instant },
  usage: readonly DraftLine[],
): Promise<DraftLine[]> {
  const customer = await registeredCustomer(context, invoice.customerId);
  const net = usage.reduce((sum, line) => sum.plus(line.amount), decimal(0));
  if (customer === undefined || net.lte(0)) return [];
  const { state } = await context.pipeline.state(credits, invoice.customerId, 'fresh');
  const { currency } = customer;
  const use = { type: 'usePromotions', now: context.now(), currency, usageNet: centsString(net) } as const;
  const decision = credits.decider.decide({ ...use, ...invoice }, state);
  const events = isRefusal(decision) ? [] : decision;
  return events.flatMap((event) =>
    event.type === 'promotion.used' ? [promotionLine(event.data.amount)] : [],
  );
}
