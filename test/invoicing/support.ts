import { type DraftLine, type InvoiceCommand, invoiceDecider } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { specification } from '../support/decider-spec.ts';
import { invoiced, subscriptionLine } from '../support/events.ts';

export const spec = specification(invoiceDecider);

export const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
export const year = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };

/** An invoice's history: its lines at the first instant of April, and what came after. */
export function history(
  lines: readonly DraftLine[] = [subscriptionLine('299.00', april)],
  later: readonly InvoiceCommand[] = [],
) {
  return invoiced({ customerId: 'acme', invoiceId: 'inv-1', at: april.from }, lines, later);
}

export function given(lines?: readonly DraftLine[], later?: readonly InvoiceCommand[]) {
  return spec.given(...history(lines, later));
}

export const release = (through: string): InvoiceCommand => ({ type: 'releaseRevenue', through });

export const handOver = (at: string): InvoiceCommand => ({
  type: 'handOverSchedule',
  at,
  toInvoiceId: 'inv-2',
});

export const credit = (amount: string): DraftLine => ({
  kind: 'credit',
  description: 'Unused time',
  fromInvoiceId: 'inv-0',
  deferredAccount: '2100',
  amount,
});

export const usageLine = (amount: string, accrued = amount): DraftLine => ({
  kind: 'usage',
  description: 'API calls',
  meter: 'api.called',
  month: '2026-03',
  quantity: '1100000',
  included: '1000000',
  billable: '100000',
  accrued,
  amount,
});

/** Cents of a decimal amount with two places. */
export const cents = (amount: string): bigint => BigInt(amount.replace('.', ''));

type Released = Extract<InvoiceEvent, { type: 'revenue.released' }>;

export function releasesOf(events: readonly InvoiceEvent[]): Released[] {
  return events.filter((event) => event.type === 'revenue.released');
}

/** What an event releases, all lines together, in cents. */
export const sumOf = ({ data }: Released): bigint =>
  data.lines.reduce((sum, line) => sum + cents(line.amount), 0n);

/** Released by service month, in cents. */
export function byMonth(events: readonly InvoiceEvent[]): Record<string, bigint> {
  const months: Record<string, bigint> = {};
  for (const event of releasesOf(events)) {
    const month = event.data.servicePeriod;
    months[month] = (months[month] ?? 0n) + sumOf(event);
  }
  return months;
}
