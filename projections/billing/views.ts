import type {
  CreditNoteLine,
  DunningStep,
  InvoiceLine,
  ReplacementLine,
} from '../../domain/invoicing/schemas.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import type {
  CreditNoteRow,
  CustomerRow,
  InvoiceRow,
  PaymentRow,
  RefundRow,
  SubscriptionRow,
} from './tables.ts';

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
  readonly taxInclusive: boolean;
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
  /** From 1 on, without gaps, in log order; null while it is a draft. */
  readonly number: number | null;
  readonly kind: InvoiceRow['kind'];
  /** The month whose usage it bills; null on others than monthly invoices. */
  readonly period: string | null;
  readonly currency: string;
  readonly taxRate: string;
  readonly taxInclusive: boolean;
  readonly subtotal: string;
  readonly tax: string;
  readonly total: string;
  /** By payments and by the customer's own funds. */
  readonly paid: string;
  /** Credit notes to the receivable. */
  readonly credited: string;
  readonly writtenOff: string;
  readonly recovered: string;
  /** What is still owed. */
  readonly due: string;
  readonly status: InvoiceRow['status'];
  readonly dunning: DunningStep | null;
  readonly effectiveAt: Instant;
  /** Null while it is a draft. */
  readonly dueAt: Instant | null;
  /** When a draft becomes final by itself; null on others. */
  readonly finalizesAt: Instant | null;
  /** Where it first appeared in the log; lists are in this order. */
  readonly openedPosition: number;
}

export interface PaymentView {
  readonly paymentId: string;
  readonly amount: string;
  /** Settled the invoice. */
  readonly applied: string;
  /** Of what was written off. */
  readonly recovered: string;
  /** Beyond what was open. */
  readonly excess: string;
  readonly currency: string;
  readonly method: PaymentRow['method'];
  readonly receivedAt: Instant;
}

export interface InvoiceDetails extends InvoiceView {
  readonly lines: readonly InvoiceLine[];
  readonly payments: readonly PaymentView[];
  readonly creditNotes: readonly CreditNoteView[];
  readonly refunds: readonly RefundView[];
}

export interface CreditNoteView {
  readonly creditNoteId: string;
  readonly invoiceId: string;
  readonly customerId: string;
  /** From 1 on, without gaps, in log order. */
  readonly number: number;
  readonly cause: CreditNoteRow['cause'];
  readonly reason: string;
  readonly currency: string;
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  /** Lowered what was owed. */
  readonly toReceivable: string;
  /** Went to the customer's credit balance. */
  readonly toCredit: string;
  readonly issuedAt: Instant;
  readonly lines: readonly CreditNoteLine[];
  readonly replacement: ReplacementLine | null;
}

export interface RefundView {
  readonly refundId: string;
  readonly invoiceId: string;
  readonly customerId: string;
  readonly amount: string;
  readonly tax: string;
  readonly currency: string;
  readonly method: RefundRow['method'];
  readonly status: RefundRow['status'];
  readonly reason: string;
  readonly createdAt: Instant;
  readonly settledAt: Instant | null;
}

export function asCustomer(row: CustomerRow): CustomerView {
  return {
    customerId: row.customer_id,
    subjectId: row.subject_id,
    currency: row.currency,
    taxRate: row.tax_rate,
    taxInclusive: row.tax_inclusive,
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
    number: row.number === null ? null : Number(row.number),
    kind: row.kind,
    period: row.period,
    currency: row.currency,
    taxRate: row.tax_rate,
    taxInclusive: row.tax_inclusive,
    subtotal: row.subtotal,
    tax: row.tax,
    total: row.total,
    paid: row.paid,
    credited: row.credited,
    writtenOff: row.written_off,
    recovered: row.recovered,
    due: row.due,
    status: row.status,
    dunning: row.dunning_step,
    effectiveAt: row.effective_at,
    dueAt: row.due_at,
    finalizesAt: row.finalizes_at,
    openedPosition: Number(row.opened_position),
    ...asOf(row),
  };
}

export function asPayment(row: Omit<PaymentRow, 'customer_id' | 'invoice_id' | 'position'>): PaymentView {
  return {
    paymentId: row.payment_id,
    amount: row.amount,
    applied: row.applied,
    recovered: row.recovered,
    excess: row.excess,
    currency: row.currency,
    method: row.method,
    receivedAt: row.received_at,
  };
}

export function asCreditNote(row: CreditNoteRow): CreditNoteView {
  return {
    creditNoteId: row.credit_note_id,
    invoiceId: row.invoice_id,
    customerId: row.customer_id,
    number: Number(row.number),
    cause: row.cause,
    reason: row.reason,
    currency: row.currency,
    net: row.net,
    tax: row.tax,
    total: row.total,
    toReceivable: row.to_receivable,
    toCredit: row.to_credit,
    issuedAt: row.issued_at,
    lines: row.lines,
    replacement: row.replacement,
  };
}

export function asRefund(row: RefundRow): RefundView {
  return {
    refundId: row.refund_id,
    invoiceId: row.invoice_id,
    customerId: row.customer_id,
    amount: row.amount,
    tax: row.tax,
    currency: row.currency,
    method: row.method,
    status: row.status,
    reason: row.reason,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  };
}

function asOf({ revision, position }: { revision: number; position: string }): AsOf {
  return { revision, position: Number(position) };
}
