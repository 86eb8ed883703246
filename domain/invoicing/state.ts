import { centsString, decimal } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { InvoiceEvent } from './events.ts';

/** A line billed in advance and what of it has moved on. Amounts in cents. */
export interface ReleaseSchedule {
  readonly lineId: string;
  readonly amount: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly deferredAccount: string;
  readonly revenueAccount: string;
  readonly released: string;
  readonly releasedThrough: Instant;
  /** Gone to another invoice: nothing more is released here. */
  readonly handedOver: boolean;
}

export type InvoiceState =
  | { readonly status: 'none' }
  | {
      readonly status: 'finalized' | 'paid';
      readonly invoiceId: string;
      readonly customerId: string;
      readonly currency: string;
      readonly total: string;
      /** Received and applied to this invoice. */
      readonly paid: string;
      readonly schedules: readonly ReleaseSchedule[];
    };

export type FinalInvoice = Exclude<InvoiceState, { status: 'none' }>;

export const noInvoice: InvoiceState = { status: 'none' };

export function evolveInvoice(state: InvoiceState, event: InvoiceEvent): InvoiceState {
  if (event.type === 'invoice.finalized') {
    const { invoiceId, customerId, currency, total, lines } = event.data;
    const schedules = lines.flatMap((line) => {
      if (line.kind !== 'subscription') return [];
      const { lineId, amount, from, to, deferredAccount, revenueAccount } = line;
      const shared = { lineId, amount, from, to, deferredAccount, revenueAccount };
      return [{ ...shared, released: '0.00', releasedThrough: from, handedOver: false }];
    });
    const status = decimal(total).eq(0) ? 'paid' : 'finalized';
    return { status, invoiceId, customerId, currency, total, paid: '0.00', schedules };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'invoice.payment_received': {
      const paid = centsString(decimal(state.paid).plus(event.data.applied));
      return { ...state, paid, status: paid === state.total ? 'paid' : 'finalized' };
    }
    case 'invoice.funds_applied': {
      const paid = centsString(decimal(state.paid).plus(event.data.wallet).plus(event.data.credit));
      return { ...state, paid, status: paid === state.total ? 'paid' : 'finalized' };
    }
    case 'revenue.released': {
      const { lines, through } = event.data;
      const released = new Map(lines.map((line) => [line.lineId, line.amount]));
      const schedules = state.schedules.map((schedule) => {
        const amount = released.get(schedule.lineId);
        if (amount === undefined) return schedule;
        const sum = centsString(decimal(schedule.released).plus(amount));
        return { ...schedule, released: sum, releasedThrough: through };
      });
      return { ...state, schedules };
    }
    case 'schedule.handed_over': {
      const { lineId } = event.data;
      const schedules = state.schedules.map((schedule) =>
        schedule.lineId === lineId ? { ...schedule, handedOver: true } : schedule,
      );
      return { ...state, schedules };
    }
  }
}

/** What is still owed on the invoice, in cents. */
export function amountDue(invoice: FinalInvoice): string {
  return centsString(decimal(invoice.total).minus(invoice.paid));
}
