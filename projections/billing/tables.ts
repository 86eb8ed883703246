import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import type {
  CreditNoteLine,
  DunningStep,
  InvoiceLine,
  PaymentMethod,
  ReplacementLine,
} from '../../domain/invoicing/schemas.ts';
import type { DraftInvoice, FinalInvoice, Refund } from '../../domain/invoicing/state.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';

type Finalized = Extract<InvoiceEvent, { type: 'invoice.finalized' }>['data'];
type CreditNote = Extract<InvoiceEvent, { type: 'credit_note.issued' }>['data'];

/** Amounts are in cents as decimal strings, instants canonical, bigint columns decimal strings when read. */
export type CustomerRow = {
  customer_id: string;
  subject_id: string;
  currency: string;
  tax_rate: string;
  tax_inclusive: boolean;
  payment_method: boolean;
  registered_at: string;
  revision: number;
  position: string;
};

export type SubscriptionRow = {
  customer_id: string;
  subscription_id: string;
  status: OpenSubscription['status'];
  tier: string;
  billing_cycle: OpenSubscription['billingCycle'];
  price: string;
  currency: string;
  tax_rate: string;
  trial_ends_at: string | null;
  charge_from: string | null;
  charge_to: string | null;
  charge_invoice_id: string | null;
  scheduled_tier: string | null;
  scheduled_at: string | null;
  ends_at: string | null;
  /** The oldest change that waits for the next invoice. */
  prorated_since: string | null;
  state: OpenSubscription;
  revision: number;
  position: string;
};

export type InvoiceRow = {
  customer_id: string;
  invoice_id: string;
  /** Null while it is a draft. */
  number: string | null;
  kind: Finalized['kind'];
  period: string | null;
  currency: string;
  tax_rate: string;
  tax_inclusive: boolean;
  subtotal: string;
  tax: string;
  total: string;
  paid: string;
  credited: string;
  written_off: string;
  recovered: string;
  due: string;
  status: FinalInvoice['status'] | 'draft';
  dunning_step: DunningStep | null;
  effective_at: string;
  due_at: string | null;
  finalizes_at: string | null;
  dunning_due_at: string | null;
  retry_due_at: string | null;
  deferred_open: boolean;
  release_due_from: string | null;
  state: FinalInvoice | DraftInvoice;
  revision: number;
  opened_position: string;
  position: string;
};

export type InvoiceLineRow = {
  customer_id: string;
  invoice_id: string;
  line_id: string;
  ordinal: number;
  kind: InvoiceLine['kind'];
  amount: string;
  tax: string;
  line: InvoiceLine;
};

export type PaymentRow = {
  customer_id: string;
  invoice_id: string;
  payment_id: string;
  amount: string;
  applied: string;
  recovered: string;
  excess: string;
  currency: string;
  method: PaymentMethod | 'wallet' | 'credit';
  received_at: string;
  position: string;
};

export type CreditNoteRow = {
  customer_id: string;
  credit_note_id: string;
  invoice_id: string;
  number: string;
  cause: CreditNote['cause'];
  reason: string;
  currency: string;
  net: string;
  tax: string;
  total: string;
  to_receivable: string;
  to_credit: string;
  issued_at: string;
  lines: CreditNoteLine[];
  replacement: ReplacementLine | null;
  position: string;
};

export type RefundRow = {
  customer_id: string;
  refund_id: string;
  invoice_id: string;
  amount: string;
  tax: string;
  currency: string;
  method: PaymentMethod;
  status: Refund['status'];
  reason: string;
  created_at: string;
  settled_at: string | null;
  position: string;
};

export interface BillingTables {
  customers: CustomerRow;
  subscriptions: SubscriptionRow;
  invoices: InvoiceRow;
  invoice_lines: InvoiceLineRow;
  payments: PaymentRow;
  credit_notes: CreditNoteRow;
  refunds: RefundRow;
}
