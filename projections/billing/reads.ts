import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type pg from 'pg';
import { type Instant, type Month, monthOf } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { BillingTables, InvoiceRow } from './tables.ts';
import {
  asCreditNote,
  asCustomer,
  asInvoice,
  asPayment,
  asRefund,
  asSubscription,
  type CreditNoteView,
  type CustomerView,
  type InvoiceDetails,
  type InvoiceView,
  type RefundView,
  type SubscriptionView,
} from './views.ts';

export interface InvoiceFilter {
  readonly customerId?: string | undefined;
  readonly status?: InvoiceRow['status'] | undefined;
  /** At most this many. */
  readonly limit: number;
  readonly kind?: InvoiceRow['kind'] | undefined;
  readonly period?: Month | undefined;
  /** `openedPosition` of an invoice: those older than it. */
  readonly startingAfter?: number | undefined;
  /** `openedPosition` of an invoice: those newer than it, nearest to it. */
  readonly endingBefore?: number | undefined;
}

export interface InvoicePage {
  /** Newest first. */
  readonly invoices: readonly InvoiceView[];
  /** There are more in the direction asked for. */
  readonly hasMore: boolean;
}

/** What was invoiced to a customer so far; amounts in cents, tax included. */
export interface AccountSummary {
  readonly invoices: number;
  readonly invoiced: string;
  readonly paid: string;
  readonly outstanding: string;
}

type InvoiceQuery = SelectQueryBuilder<BillingTables, 'invoices', InvoiceRow>;

/** What the API asks of the read model `billing`. Amounts are decimal strings in cents. */
export class BillingReads {
  readonly #db: Kysely<BillingTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<BillingTables>(pool).withSchema('read');
  }

  async customerById(customerId: string): Promise<CustomerView | undefined> {
    const row = await this.#db
      .selectFrom('customers')
      .selectAll()
      .where('customer_id', '=', customerId)
      .executeTakeFirst();
    return row === undefined ? undefined : asCustomer(row);
  }

  async subscriptionOf(customerId: string): Promise<SubscriptionView | undefined> {
    const row = await this.#db
      .selectFrom('subscriptions')
      .selectAll()
      .where('customer_id', '=', customerId)
      .executeTakeFirst();
    return row === undefined ? undefined : asSubscription(row);
  }

  /** The invoice with its lines and payments from one snapshot, and what corrected it. */
  async invoiceById(invoiceId: string): Promise<InvoiceDetails | undefined> {
    const row = await this.#db
      .selectFrom('invoices')
      .selectAll('invoices')
      .select((eb) => [
        jsonArrayFrom(
          eb
            .selectFrom('invoice_lines as l')
            .select('l.line')
            .whereRef('l.customer_id', '=', 'invoices.customer_id')
            .whereRef('l.invoice_id', '=', 'invoices.invoice_id')
            .orderBy('l.ordinal'),
        ).as('lines'),
        jsonArrayFrom(
          eb
            .selectFrom('payments as p')
            .select([
              'p.payment_id',
              sql<string>`p.amount::text`.as('amount'),
              sql<string>`p.applied::text`.as('applied'),
              sql<string>`p.recovered::text`.as('recovered'),
              sql<string>`p.excess::text`.as('excess'),
              'p.currency',
              'p.method',
              'p.received_at',
            ])
            .whereRef('p.customer_id', '=', 'invoices.customer_id')
            .whereRef('p.invoice_id', '=', 'invoices.invoice_id')
            .orderBy('p.position')
            .orderBy('p.payment_id'),
        ).as('payments'),
      ])
      .where('invoice_id', '=', invoiceId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { lines, payments, customer_id: customerId } = row;
    const [creditNotes, refunds] = await Promise.all([
      this.creditNotesOf(customerId, invoiceId),
      this.refundsOf(customerId, invoiceId),
    ]);
    return {
      ...asInvoice(row),
      lines: lines.map(({ line }) => line),
      payments: payments.map(asPayment),
      creditNotes,
      refunds,
    };
  }

  async creditNotesOf(customerId: string, invoiceId: string): Promise<readonly CreditNoteView[]> {
    const rows = await this.#db
      .selectFrom('credit_notes')
      .selectAll()
      .where('customer_id', '=', customerId)
      .where('invoice_id', '=', invoiceId)
      .orderBy('number')
      .execute();
    return rows.map(asCreditNote);
  }

  async creditNoteById(creditNoteId: string): Promise<CreditNoteView | undefined> {
    const row = await this.#db
      .selectFrom('credit_notes')
      .selectAll()
      .where('credit_note_id', '=', creditNoteId)
      .executeTakeFirst();
    return row === undefined ? undefined : asCreditNote(row);
  }

  async refundsOf(customerId: string, invoiceId: string): Promise<readonly RefundView[]> {
    const rows = await this.#db
      .selectFrom('refunds')
      .selectAll()
      .where('customer_id', '=', customerId)
      .where('invoice_id', '=', invoiceId)
      .orderBy('position')
      .execute();
    return rows.map(asRefund);
  }

  async refundById(refundId: string): Promise<RefundView | undefined> {
    const row = await this.#db
      .selectFrom('refunds')
      .selectAll()
      .where('refund_id', '=', refundId)
      .executeTakeFirst();
    return row === undefined ? undefined : asRefund(row);
  }

  async listInvoices(filter: InvoiceFilter): Promise<InvoicePage> {
    const { customerId, status, kind, period, limit, startingAfter, endingBefore } = filter;
    const backwards = endingBefore !== undefined;
    let query: InvoiceQuery = this.#db.selectFrom('invoices').selectAll();
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
    if (status !== undefined) query = query.where('status', '=', status);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (period !== undefined) query = query.where('period', '=', period);
    if (startingAfter !== undefined) query = query.where('opened_position', '<', String(startingAfter));
    if (backwards) query = query.where('opened_position', '>', String(endingBefore));
    const rows = await query
      .orderBy('opened_position', backwards ? 'asc' : 'desc')
      .limit(limit + 1)
      .execute();
    const invoices = rows.slice(0, limit).map(asInvoice);
    return { invoices: backwards ? invoices.reverse() : invoices, hasMore: rows.length > limit };
  }

  async accountOf(customerId: string): Promise<AccountSummary> {
    const row = await this.#db
      .selectFrom('invoices')
      .select([
        sql<string>`count(*) filter (where status <> 'draft')`.as('invoices'),
        sql<string>`coalesce(sum(total), 0.00)::text`.as('invoiced'),
        sql<string>`coalesce(sum(paid), 0.00)::text`.as('paid'),
        sql<string>`coalesce(sum(due), 0.00)::text`.as('outstanding'),
      ])
      .where('customer_id', '=', customerId)
      .executeTakeFirstOrThrow();
    return { ...row, invoices: Number(row.invoices) };
  }

  /** Customers who signed up at or before an instant. */
  async registeredUntil(at: Instant): Promise<number> {
    const { count } = await this.#db
      .selectFrom('customers')
      .select(sql<string>`count(*)`.as('count'))
      .where('registered_at', '<=', at)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Month of the first registration: where the books begin. Undefined without customers. */
  async firstMonth(): Promise<Month | undefined> {
    const row = await this.#db
      .selectFrom('customers')
      .select('registered_at')
      .orderBy('registered_at')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : monthOf(row.registered_at);
  }
}
