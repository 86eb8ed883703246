import type { InvoiceEvent, InvoiceLine } from '../../domain/invoicing/events.ts';
import type { FinalInvoice } from '../../domain/invoicing/state.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';

type Finalized = Extract<InvoiceEvent, { type: 'invoice.finalized' }>['data'];
type Payment = Extract<InvoiceEvent, { type: 'invoice.payment_received' }>['data'];

/** Amounts are in cents as decimal strings, instants canonical, bigint columns decimal strings when read. */
export type CustomerRow = {
  customer_id: string;
  subject_id: string;
  currency: string;
  tax_rate: string;
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
  state: OpenSubscription;
  revision: number;
  position: string;
};

export type InvoiceRow = {
  customer_id: string;
  invoice_id: string;
  number: string;
  kind: Finalized['kind'];
  period: string | null;
  currency: string;
  tax_rate: string;
  subtotal: string;
  tax: string;
  total: string;
  paid: string;
  status: FinalInvoice['status'];
  effective_at: string;
  due_at: string;
  deferred_open: boolean;
  release_due_from: string | null;
  state: FinalInvoice;
  revision: number;
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
  excess: string;
  currency: string;
  method: Payment['method'];
  received_at: string;
  position: string;
};

export interface BillingTables {
  customers: CustomerRow;
  subscriptions: SubscriptionRow;
  invoices: InvoiceRow;
  invoice_lines: InvoiceLineRow;
  payments: PaymentRow;
}
