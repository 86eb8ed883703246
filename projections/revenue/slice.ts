import type { Instant, Month } from '../../domain/kernel/time.ts';
import type { Flow } from './tables.ts';

/**
 * A part of the books: postings that agree with everything that is given. The same slice selects rows of this read
 * model and entries of the journal, so that a figure and its drill-down cannot differ.
 */
export interface Slice {
  readonly accounts: readonly string[];
  /** Months of posting, both included. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  readonly customerId?: string | undefined;
  /** 0: postings of no stream. */
  readonly revenueStream?: number | undefined;
  /** '': postings of no service month. */
  readonly serviceMonth?: Month | '' | undefined;
  /** Service months, both included. */
  readonly serviceWithin?: { readonly from: Month; readonly to: Month } | undefined;
  /** '': postings of no meter. */
  readonly meter?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly flow?: Flow | undefined;
}

export type Dimension =
  | 'posting_month'
  | 'account'
  | 'customer_id'
  | 'revenue_stream'
  | 'service_month'
  | 'meter'
  | 'event_type'
  | 'flow';

/** Micros; a balance is debits less credits. */
export interface Sums {
  readonly debit: bigint;
  readonly credit: bigint;
  readonly postings: number;
}

export type Group<D extends Dimension> = Sums & {
  readonly [K in D]: K extends 'revenue_stream' ? number : string;
};

/** What is owed on an invoice, and since when. Amount in micros. */
export interface OpenReceivable {
  readonly customerId: string;
  /** '' for a receivable of no invoice. */
  readonly invoiceId: string;
  readonly issuedAt: Instant | null;
  readonly dueAt: Instant | null;
  readonly open: bigint;
}
