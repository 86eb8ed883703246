import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type Instant, type Month, monthEnd } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { Due, DueQuery } from '../due.ts';
import type { BillingTables } from './tables.ts';

export interface ReleaseDue {
  readonly invoiceId: string;
  readonly customerId: string;
  /** Released through here so far. */
  readonly from: Instant;
}

export interface ReleaseQuery {
  /** Open schedules that are not yet released through this instant. */
  readonly through: Instant;
  readonly limit?: number | undefined;
  /** Only those that come after this one in order of (from, invoiceId). */
  readonly after?: Pick<ReleaseDue, 'from' | 'invoiceId'> | undefined;
}

const ALL = 1_000_000;

type DueColumn = 'trial_ends_at' | 'charge_to' | 'scheduled_at' | 'ends_at';

/**
 * What the scheduler asks of the read model `billing`. Pages are in a fixed order; what a job has settled no
 * longer appears.
 */
export class BillingDue {
  readonly #db: Kysely<BillingTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<BillingTables>(pool).withSchema('read');
  }

  /** Trials that end. */
  dueTrials(query: DueQuery): Promise<readonly Due[]> {
    return this.#due('trial_ends_at', query, sql<boolean>`status = 'trialing'`);
  }

  /** Terms that end within a month: annual ones, and what is left of one that went over to months. */
  dueRenewals(query: DueQuery): Promise<readonly Due[]> {
    const own = sql<boolean>`status = 'active' and (billing_cycle = 'annual' or charge_to not like '%-01T00:00:00.000Z')`;
    return this.#due('charge_to', query, own);
  }

  /** Subscriptions that end. */
  dueCancellations(query: DueQuery): Promise<readonly Due[]> {
    return this.#due('ends_at', query, sql<boolean>`true`);
  }

  /** Steps of dunning. */
  dueDunning(query: DueQuery): Promise<readonly Due[]> {
    return this.#ofInvoices('dunning_due_at', query);
  }

  /** Attempts to collect. */
  dueRetries(query: DueQuery): Promise<readonly Due[]> {
    return this.#ofInvoices('retry_due_at', query);
  }

  /** Changes of tier that take effect. */
  dueScheduledChanges(query: DueQuery): Promise<readonly Due[]> {
    return this.#due('scheduled_at', query, sql<boolean>`true`);
  }

  async invoicesToRelease({ through, limit, after }: ReleaseQuery): Promise<readonly ReleaseDue[]> {
    let query = this.#db
      .selectFrom('invoices')
      .select(['customer_id', 'invoice_id', 'release_due_from'])
      .where('deferred_open', '=', true)
      .where('release_due_from', '<', through)
      // Dunning has stopped the service: what it earns waits until it is paid.
      .where(
        sql<boolean>`not exists (select from read.subscriptions s
          where s.customer_id = invoices.customer_id and s.status = 'suspended')`,
      );
    if (after !== undefined) {
      query = query.where(sql<boolean>`(release_due_from, invoice_id) > (${after.from}, ${after.invoiceId})`);
    }
    const rows = await query
      .orderBy('release_due_from')
      .orderBy('invoice_id')
      .limit(limit ?? ALL)
      .execute();
    return rows.map((row) => ({
      customerId: row.customer_id,
      invoiceId: row.invoice_id,
      from: row.release_due_from ?? through,
    }));
  }

  /**
   * Customers on a paid monthly plan that is not billed beyond the end of a month, or with a change in it that
   * waits for an invoice, in order of their ids. Who is invoiced for usage alone is the read model `usage`'s to say.
   */
  async customersToInvoice(query: {
    readonly period: Month;
    readonly limit?: number | undefined;
    readonly after?: string | undefined;
  }): Promise<readonly string[]> {
    const end = monthEnd(query.period);
    const rows = await this.#db
      .selectFrom('subscriptions')
      .select('customer_id')
      .where('status', '<>', 'suspended')
      .where(
        sql<boolean>`(status = 'active' and billing_cycle = 'monthly' and charge_to <= ${end}
          or prorated_since < ${end})`,
      )
      .where('customer_id', '>', query.after ?? '')
      .orderBy('customer_id')
      .limit(query.limit ?? ALL)
      .execute();
    return rows.map((row) => row.customer_id);
  }

  /** Whose monthly invoice of a month is a draft. */
  async customersDrafted(period: Month): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('invoices')
      .select('customer_id')
      .where('kind', '=', 'monthly')
      .where('period', '=', period)
      .where('status', '=', 'draft')
      .execute();
    return rows.map((row) => row.customer_id);
  }

  /** Whose monthly invoice of a month is final; also if it came to be void. */
  async customersInvoiced(period: Month): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('invoices')
      .select('customer_id')
      .distinct()
      .where('kind', '=', 'monthly')
      .where('period', '=', period)
      .where('status', '<>', 'draft')
      .execute();
    return rows.map((row) => row.customer_id);
  }

  async #due(
    column: DueColumn,
    { until, limit, after }: DueQuery,
    where: ReturnType<typeof sql<boolean>>,
  ): Promise<readonly Due[]> {
    let query = this.#db
      .selectFrom('subscriptions')
      .select(['customer_id', `${column} as at`])
      .where(where)
      .where(column, '<=', until);
    if (after !== undefined) {
      query = query.where(sql<boolean>`(${sql.ref(column)}, customer_id) > (${after.at}, ${after.subject})`);
    }
    const rows = await query
      .orderBy(column)
      .orderBy('customer_id')
      .limit(limit ?? ALL)
      .execute();
    return rows.map((row) => ({ subject: row.customer_id, at: row.at ?? until }));
  }

  async #ofInvoices(
    column: 'dunning_due_at' | 'retry_due_at',
    { until, limit, after }: DueQuery,
  ): Promise<readonly Due[]> {
    let query = this.#db
      .selectFrom('invoices')
      .select(['invoice_id', `${column} as at`])
      .where(column, '<=', until);
    if (after !== undefined) {
      query = query.where(sql<boolean>`(${sql.ref(column)}, invoice_id) > (${after.at}, ${after.subject})`);
    }
    const rows = await query
      .orderBy(column)
      .orderBy('invoice_id')
      .limit(limit ?? ALL)
      .execute();
    return rows.map((row) => ({ subject: row.invoice_id, at: row.at ?? until }));
  }
}
