import { expect } from 'vitest';
import type { CreditCause } from '../../domain/invoicing/commands.ts';
import {
  type DraftLine,
  type InvoiceCommand,
  invoiceDecider,
  type PaymentMethod,
} from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { type FinalInvoice, type InvoiceState, isFinal } from '../../domain/invoicing/state.ts';
import { balancesOf } from '../ledger/posting-support.ts';
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

export const half = '2026-04-16T00:00:00.000Z';

export const pay = (amount: string, now = half, method: PaymentMethod = 'card', paymentId = `p-${amount}`) =>
  ({ type: 'recordInvoicePayment', now, amount, paymentId, currency: 'USD', method }) as const;

export const goodwill = (amount: string, now = half, creditNoteId = 'cn-1') =>
  ({ type: 'issueCreditNote', now, creditNoteId, amount, currency: 'USD', reason: 'goodwill' }) as const;

/** Of one meter, billed that much too much. */
export const usageCredit = (amount: string, creditNoteId = 'cn-u', at = half) => {
  const line = { meter: 'api.called', month: '2026-03', quantity: '1', accrued: amount, amount };
  return { type: 'creditUsage', at, creditNoteId, reason: 'late fact', lines: [line] } as const;
};

export const creditUnused = (
  cause: CreditCause,
  at = half,
  replacement: Extract<InvoiceCommand, { type: 'creditUnused' }>['replacement'] = null,
) => ({ type: 'creditUnused', at, creditNoteId: 'cn-unused', cause, reason: cause, replacement }) as const;

/** The rest of April on another plan. */
export const restOf = (amount: string, from = half, tier = 'growth') => ({
  ...{ description: tier, tier, billingCycle: 'monthly' as const, from, to: april.to, amount },
  ...{ deferredAccount: '2100', revenueAccount: '4010' },
});

export const cancelled = (refund: 'none' | 'unused', at = half) =>
  ({
    type: 'settleCancellation',
    ...{ at, refund, reason: 'too dear', creditNoteId: 'cn-cancel', refundId: 'ref-cancel' },
  }) as const;

export const refund = (
  amount: string,
  undelivered = '0.00',
  now = half,
  method: PaymentMethod = 'card',
  refundId = 'ref-1',
) =>
  ({
    type: 'refundPayment',
    ...{ now, refundId, amount, undelivered, currency: 'USD', method, reason: 'complaint' },
  }) as const;

export const settle = (outcome: 'settled' | 'failed', refundId = 'ref-1', now = half) =>
  ({ type: 'settleRefund', now, refundId, outcome, reason: 'bank' }) as const;

export const voided = (now = half) => ({ type: 'voidInvoice', now, reason: 'mistake' }) as const;

export const writeOff = (now = half) =>
  ({ type: 'writeOffInvoice', now, creditNoteId: 'cn-wo', reason: 'gone' }) as const;

/** The state of a final invoice. */
export function finalOf(state: InvoiceState): FinalInvoice {
  return isFinal(state) ? state : expect.unreachable(`a final invoice, not ${state.status}`);
}

/** Fails unless the invoice's entries leave these balances, debits less credits, and all others at zero. */
export function expectBalances(events: readonly InvoiceEvent[], balances: Record<string, string>): void {
  expect(balancesOf(events)).toEqual(balances);
}
