import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import { addMillis, DAY_MS, dayOf, fromMillis, type Instant, toMillis } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { type AsOf, instantAfter } from '../journal/as-of.ts';
import type { OpenReceivable } from './slice.ts';
import type { RevenueTables } from './tables.ts';

export const AGING_BUCKETS = ['current', '1-30', '31-60', '61-90', '90+'] as const;
export type AgingBucket = (typeof AGING_BUCKETS)[number];

/** A receivable with its age in whole days after the due date, UTC; 0 and below is not due yet. */
export interface AgedReceivable extends OpenReceivable {
  readonly daysPastDue: number;
  readonly bucket: AgingBucket;
}

export interface ReceivableFilter {
  readonly customerId?: string | undefined;
  readonly bucket?: AgingBucket | undefined;
  /** After this place in the order of due date and invoice; of a receivable of no invoice, the customer. */
  readonly after?: { readonly dueAt: string; readonly id: string } | undefined;
  readonly limit?: number | undefined;
  /** Log position; what was recorded after it does not count. */
  readonly knownThrough?: number | undefined;
}

/** Sums of one customer and bucket. Micros. */
export interface AgingSum {
  readonly customerId: string;
  readonly bucket: AgingBucket;
  readonly invoices: number;
  readonly open: bigint;
}

/** Accounts receivable by invoice as of a posting date: sums of the postings to account 1200 until then. */
export class ReceivableReads {
  readonly #db: Kysely<RevenueTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<RevenueTables>(pool).withSchema('read');
  }

  /** Open receivables, oldest due date first. Throws RangeError on what is neither date nor instant. */
  async open(asOf: AsOf, filter: ReceivableFilter = {}): Promise<AgedReceivable[]> {
    const day = lastDay(asOf);
    const { after, limit, bucket, customerId, knownThrough } = filter;
    let query = this.#opened(asOf, { customerId, knownThrough })
      .select(['customer_id', 'invoice_id', 'issued_at', 'due_at', 'open'])
      .where('open', '<>', '0')
      .orderBy('due_key')
      .orderBy('tie');
    if (bucket !== undefined) {
      const [oldest, newest] = dueRange(bucket, day);
      query = query.where('due_key', '>=', oldest).where('due_key', '<', newest);
    }
    if (after !== undefined) {
      query = query.where(sql<boolean>`(due_key, tie) > (${after.dueAt}, ${after.id})`);
    }
    if (limit !== undefined) query = query.limit(limit);
    return (await query.execute()).map((row) => {
      const daysPastDue = row.due_at === null ? 0 : daysBetween(row.due_at, day);
      return {
        customerId: row.customer_id,
        invoiceId: row.invoice_id,
        issuedAt: row.issued_at,
        dueAt: row.due_at,
        open: BigInt(row.open),
        daysPastDue,
        bucket: bucketOf(daysPastDue),
      };
    });
  }

  /** Open amounts by customer and bucket, in the order of customer ids. */
  async aging(asOf: AsOf, customerId?: string): Promise<AgingSum[]> {
    const open = await this.#opened(asOf, { customerId })
      .select([
        'customer_id',
        bucketSql(lastDay(asOf)).as('bucket'),
        sql<string>`count(*)`.as('invoices'),
        sql<string>`sum(open)`.as('open_sum'),
      ])
      .where('open', '<>', '0')
      .groupBy(['customer_id', sql`2`])
      .orderBy('customer_id')
      .execute();
    return open.map(({ customer_id, bucket, invoices, open_sum }) => ({
      customerId: customer_id,
      bucket,
      invoices: Number(invoices),
      open: BigInt(open_sum),
    }));
  }

  #opened(asOf: AsOf, { customerId, knownThrough }: Pick<ReceivableFilter, 'customerId' | 'knownThrough'>) {
    const end = fromMillis(instantAfter(asOf).getTime());
    return this.#db
      .with('opened', (db) => {
        let changes = db
          .selectFrom('receivable_changes as c')
          .leftJoin('receivable_invoices as i', (join) =>
            join.onRef('i.customer_id', '=', 'c.customer_id').onRef('i.invoice_id', '=', 'c.invoice_id'),
          )
          .where('c.currency', '=', BOOK_CURRENCY)
          .where('c.posting_at', '<', end)
          .groupBy(['c.customer_id', 'c.invoice_id', 'i.issued_at', 'i.due_at'])
          .select([
            'c.customer_id',
            'c.invoice_id',
            'i.issued_at',
            'i.due_at',
            sql<string>`coalesce(i.due_at, '9999')`.as('due_key'),
            sql<string>`coalesce(nullif(c.invoice_id, ''), c.customer_id)`.as('tie'),
            sql<string>`sum(c.amount)`.as('open'),
          ]);
        if (customerId !== undefined) changes = changes.where('c.customer_id', '=', customerId);
        if (knownThrough !== undefined) changes = changes.where('c.position', '<=', String(knownThrough));
        return changes;
      })
      .selectFrom('opened');
  }
}

/** The day that ages count to: the last one that is wholly or partly in. */
function lastDay(asOf: AsOf): string {
  return dayOf(fromMillis(instantAfter(asOf).getTime() - 1));
}

function daysBetween(dueAt: Instant, day: string): number {
  return Math.round((dayMillis(day) - dayMillis(dayOf(dueAt))) / DAY_MS);
}

function dayMillis(day: string): number {
  return toMillis(`${day}T00:00:00.000Z`);
}

/** The bucket of whole days past due; what is due today or later is current. */
export function bucketOf(daysPastDue: number): AgingBucket {
  if (daysPastDue <= 0) return 'current';
  if (daysPastDue <= 30) return '1-30';
  if (daysPastDue <= 60) return '31-60';
  return daysPastDue <= 90 ? '61-90' : '90+';
}

/** Due instants `[from, to)` of a bucket on a day. */
function dueRange(bucket: AgingBucket, day: string): readonly [string, string] {
  const daysAgo = (days: number) => addMillis(`${day}T00:00:00.000Z`, -days * DAY_MS);
  switch (bucket) {
    case 'current':
      return [daysAgo(0), '9999~'];
    case '1-30':
      return [daysAgo(30), daysAgo(0)];
    case '31-60':
      return [daysAgo(60), daysAgo(30)];
    case '61-90':
      return [daysAgo(90), daysAgo(60)];
    case '90+':
      return ['', daysAgo(90)];
  }
}

function bucketSql(day: string) {
  const cases = AGING_BUCKETS.map((bucket) => {
    const [from, to] = dueRange(bucket, day);
    return sql`when due_key >= ${from} and due_key < ${to} then ${bucket}`;
  });
  return sql<AgingBucket>`case ${sql.join(cases, sql` `)} end`;
}
