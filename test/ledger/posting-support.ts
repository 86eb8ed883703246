import { expect } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import { type DraftLine, invoiceDecider } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import type { InvoiceKind } from '../../domain/invoicing/schemas.ts';
import { decimal, fromMicros, toMicros } from '../../domain/kernel/money.ts';
import type { BilledLine, RatingEvent } from '../../domain/metering/events.ts';
import { type RatingCommand, ratingDecider } from '../../domain/metering/rating-decider.ts';
import type { Charge, Credit } from '../../domain/subscriptions/events.ts';
import type { JournalEntry } from '../../ledger/journal-entry.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { decided } from '../support/events.ts';

/** The entry of an event; fails if there is none. */
export function entryOf(event: DomainEvent | undefined): JournalEntry {
  const entry = event === undefined ? undefined : postingFor(event);
  return entry ?? expect.unreachable(`no entry of ${event?.type ?? 'nothing'}`);
}

export const rated = (commands: readonly RatingCommand[]): RatingEvent[] => decided(ratingDecider, commands);

/** The one event of a final invoice. */
export function finalized(
  lines: readonly DraftLine[],
  {
    taxRate = '0.08',
    kind = 'monthly',
    at = '2026-04-01T00:00:00.000Z',
    invoiceId = 'inv-1',
  }: { taxRate?: string; kind?: InvoiceKind; at?: string; invoiceId?: string } = {},
): InvoiceEvent {
  const header = { invoiceId, customerId: 'acme', kind, period: null, currency: 'USD', taxRate };
  const [event] = decided(invoiceDecider, [{ type: 'finalizeInvoice', effectiveAt: at, ...header, lines }]);
  return event ?? expect.unreachable('an invoice without its event');
}

export function chargeLine({
  tier,
  billingCycle,
  from,
  to,
  amount,
}: Pick<Charge, 'tier' | 'billingCycle' | 'from' | 'to' | 'amount'>): DraftLine {
  const accounts = { deferredAccount: '2100', revenueAccount: '4010' };
  return { kind: 'subscription', description: tier, tier, billingCycle, from, to, ...accounts, amount };
}

export function creditLine({ invoiceId, amount }: Credit): DraftLine {
  const negative = decimal(amount).neg().toFixed(2);
  const line = { description: 'Unused time', fromInvoiceId: invoiceId, deferredAccount: '2100' };
  return { kind: 'credit', ...line, amount: negative };
}

export function usageLine(
  { meter, quantity, included, billable, accrued, billed }: BilledLine,
  month = '2026-03',
): DraftLine {
  const counts = { quantity, included, billable };
  return { kind: 'usage', description: meter, meter, month, ...counts, accrued, amount: billed };
}

/** Debits less credits of every account that is not zero, over all entries of the events. */
export function balancesOf(events: readonly DomainEvent[]): Record<string, string> {
  const micros = new Map<string, bigint>();
  for (const { account, side, amount } of events.flatMap((event) => postingFor(event)?.postings ?? [])) {
    const change = side === 'Dr' ? toMicros(amount) : -toMicros(amount);
    micros.set(account, (micros.get(account) ?? 0n) + change);
  }
  return Object.fromEntries(
    [...micros].filter(([, sum]) => sum !== 0n).map(([key, sum]) => [key, fromMicros(sum)]),
  );
}
