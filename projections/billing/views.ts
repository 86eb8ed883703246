import type { InvoiceLine } from '../../domain/invoicing/events.ts';
import { centsString, decimal } from '../../domain/kernel/money.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import type { CustomerRow, InvoiceRow, PaymentRow, SubscriptionRow } from './tables.ts';

/** Stream revision (for `ETag`) and log position of the last event that made it what it is. */
export interface AsOf {
  readonly revision: number;
  readonly position: number;
}

export interface CustomerView extends AsOf {
  readonly customerId: string;
  /** Key of name and e-mail in the vault. */
  readonly subjectId: string;
  readonly currency: string;
  /** Fraction: `0.08`. */
  readonly taxRate: string;
  readonly paymentMethod: boolean;
  readonly registeredAt: Instant;
}

export interface SubscriptionView extends AsOf {
  readonly subscription: OpenSubscription;
}

/** Amounts in cents as decimal strings. */
export interface InvoiceView extends AsOf {
  readonly invoiceId: string;
  readonly customerId: string;
  /** From 1 on, without gaps, in log order. */
  readonly number: number;
  readonly kind: InvoiceRow['kind'];
  /** The month whose usage it bills; null on others than monthly invoices. */
  readonly period: string | null;
  readonly currency: string;
  readonly taxRate: string;
  readonly subtotal: string;
  readonly tax: string;
  readonly total: string;
  readonly paid: string;
  /** `total` less `paid`. */
  readonly due: string;
  readonly status: InvoiceRow['status'];
  readonly effectiveAt: Instant;
  readonly dueAt: Instant;
}

export interface PaymentView {
  readonly paymentId: string;
  readonly amount: string;
  /** Settled the invoice. */
  readonly applied: string;
  /** Beyond what was open. */
  readonly excess: string;
  readonly currency: string;
  readonly method: PaymentRow['method'];
  readonly receivedAt: Instant;
}

export interface InvoiceDetails extends InvoiceView {
  readonly lines: readonly InvoiceLine[];
  readonly payments: readonly PaymentView[];
}

export function asCustomer(row: CustomerRow): CustomerView {
  return {
    customerId: row.customer_id,
    subjectId: row.subject_id,
    currency: row.currency,
    taxRate: row.tax_rate,
    paymentMethod: row.payment_method,
    registeredAt: row.registered_at,
    ...asOf(row),
  };
}

export function asSubscription(row: SubscriptionRow): SubscriptionView {
  return { subscription: row.state, ...asOf(row) };
}

export function asInvoice(row: InvoiceRow): InvoiceView {
  return {
    invoiceId: row.invoice_id,
    customerId: row.customer_id,
    number: Number(row.number),
    kind: row.kind,
    period: row.period,
    currency: row.currency,
    taxRate: row.tax_rate,
    subtotal: row.subtotal,
    tax: row.tax,
    total: row.total,
    paid: row.paid,
    due: centsString(decimal(row.total).minus(row.paid)),
    status: row.status,
    effectiveAt: row.effective_at,
    dueAt: row.due_at,
    ...asOf(row),
  };
}

export function asPayment(row: Omit<PaymentRow, 'customer_id' | 'invoice_id' | 'position'>): PaymentView {
  return {
    paymentId: row.payment_id,
    amount: row.amount,
    applied: row.applied,
    excess: row.excess,
    currency: row.currency,
    method: row.method,
    receivedAt: row.received_at,
  };
}

function asOf({ revision, position }: { revision: number; position: string }): AsOf {
  return { revision, position: Number(position) };
}
