import type { Instant, Month } from '../../domain/kernel/time.ts';

/** What cash or receivable postings are, by the accounts on the other side of their entry; '' is anything else. */
export type Flow = 'receipt' | 'refund' | 'dispute' | 'write-off' | '';

/** bigint columns are decimal strings when read, amounts are micros. */
export type AccountMonthRow = {
  posting_month: Month;
  account: string;
  customer_id: string;
  revenue_stream: number;
  service_month: string;
  meter: string;
  event_type: string;
  flow: Flow;
  currency: string;
  debit: string;
  credit: string;
  postings: string;
};

export type AccountDayRow = {
  posting_date: string;
  account: string;
  revenue_stream: number;
  meter: string;
  currency: string;
  debit: string;
  credit: string;
};

export type ReceivableChangeRow = {
  customer_id: string;
  invoice_id: string;
  position: string;
  line_no: number;
  posting_at: Instant;
  currency: string;
  /** Debit positive. */
  amount: string;
  event_type: string;
};

export type ReceivableInvoiceRow = {
  customer_id: string;
  invoice_id: string;
  issued_at: Instant;
  due_at: Instant;
  currency: string;
  /** In cents, tax included. */
  total: string;
};

export interface RevenueTables {
  account_months: AccountMonthRow;
  account_days: AccountDayRow;
  receivable_changes: ReceivableChangeRow;
  receivable_invoices: ReceivableInvoiceRow;
}
