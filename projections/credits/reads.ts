import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { burningOrder } from '../../domain/credits/burning.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { Due, DueQuery } from '../due.ts';
import type { CreditBlockRow, CreditMovementRow, CreditRefundRow, CreditTables } from './tables.ts';

const ALL = 1_000_000;

interface BlockView {
  readonly amount: string;
  /** What is left of it: above zero. */
  readonly remaining: string;
  readonly priority: number;
  readonly expiresAt: Instant | null;
}

export interface TopUpView extends BlockView {
  readonly topUpId: string;
  readonly method: NonNullable<CreditBlockRow['method']>;
  readonly toppedUpAt: Instant;
}

export interface GrantView extends BlockView {
  readonly grantId: string;
  readonly reason: string;
  readonly grantedAt: Instant;
}

export interface RefundView {
  readonly refundId: string;
  readonly amount: string;
  readonly status: CreditRefundRow['status'];
  readonly requestedAt: Instant;
}

/** Amounts in cents. Set aside: for an invoice that does not yet have it in its entry. */
export interface CreditView {
  readonly credit: string;
  readonly creditSetAside: string;
  readonly wallet: string;
  readonly walletSetAside: string;
  readonly promotion: string;
  /** In order of burning. */
  readonly topUps: readonly TopUpView[];
  /** In order of burning. */
  readonly grants: readonly GrantView[];
  /** Payable: requested, or failed and to be settled again. Oldest first. */
  readonly refunds: readonly RefundView[];
}

export interface MovementView {
  readonly position: number;
  readonly fund: CreditMovementRow['fund'];
  readonly kind: CreditMovementRow['kind'];
  readonly amount: string;
  readonly balance: string;
  readonly currency: string;
  readonly at: Instant;
  readonly invoiceId: string | null;
  readonly referenceId: string | null;
  readonly eventId: string;
}

/** A movement's place in the list. */
export interface MovementPlace {
  readonly position: number;
  readonly fund: string;
}

export interface MovementFilter {
  readonly customerId: string;
  readonly limit: number;
  /** Those older than this one. */
  readonly after?: MovementPlace | undefined;
  /** Those newer than this one, nearest to it. */
  readonly before?: MovementPlace | undefined;
}

const NOTHING: CreditView = {
  credit: '0.00',
  creditSetAside: '0.00',
  wallet: '0.00',
  walletSetAside: '0.00',
  promotion: '0.00',
  topUps: [],
  grants: [],
  refunds: [],
};

/** What the API and the scheduler ask of the read model `credits`. */
export class CreditReads {
  readonly #db: Kysely<CreditTables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<CreditTables>(pool).withSchema('read');
  }

  /** Zeros for a customer that nothing was ever held for. All from one snapshot. */
  async balanceOf(customerId: string): Promise<CreditView> {
    return this.#db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (db) => {
        const account = await db
          .selectFrom('credit_accounts')
          .selectAll()
          .where('customer_id', '=', customerId)
          .executeTakeFirst();
        if (account === undefined) return NOTHING;
        const blocks = await db
          .selectFrom('credit_blocks')
          .selectAll()
          .where('customer_id', '=', customerId)
          .where('remaining', '>', '0')
          .execute();
        const refunds = await db
          .selectFrom('credit_refunds')
          .selectAll()
          .where('customer_id', '=', customerId)
          .where('status', '!=', 'settled')
          .orderBy('requested_at')
          .orderBy('refund_id')
          .execute();
        return {
          credit: account.credit,
          creditSetAside: account.credit_set_aside,
          wallet: account.wallet,
          walletSetAside: account.wallet_set_aside,
          promotion: account.promotion,
          topUps: blocks.toSorted(inOrderOfBurning).flatMap(asTopUp),
          grants: blocks.toSorted(inOrderOfBurning).flatMap(asGrant),
          refunds: refunds.map((row) => ({
            refundId: row.refund_id,
            amount: row.amount,
            status: row.status,
            requestedAt: row.requested_at,
          })),
        };
      });
  }

  /** Newest first, or with `before` oldest first; at most `limit`. */
  async movements({ customerId, limit, after, before }: MovementFilter): Promise<readonly MovementView[]> {
    const direction = before === undefined ? 'desc' : 'asc';
    let query = this.#db.selectFrom('credit_movements').selectAll().where('customer_id', '=', customerId);
    if (after !== undefined) {
      query = query.where(sql<boolean>`(position, fund) < (${after.position}, ${after.fund})`);
    }
    if (before !== undefined) {
      query = query.where(sql<boolean>`(position, fund) > (${before.position}, ${before.fund})`);
    }
    const rows = await query.orderBy('position', direction).orderBy('fund', direction).limit(limit).execute();
    return rows.map((row) => ({
      position: Number(row.position),
      fund: row.fund,
      kind: row.kind,
      amount: row.amount,
      balance: row.balance,
      currency: row.currency,
      at: row.at,
      invoiceId: row.invoice_id,
      referenceId: row.reference_id,
      eventId: row.event_id,
    }));
  }

  /** Whose refund of a credit balance this is; undefined if there is none with this id. */
  async customerOfRefund(refundId: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('credit_refunds')
      .select('customer_id')
      .where('refund_id', '=', refundId)
      .executeTakeFirst();
    return row?.customer_id;
  }

  /** Ends of top-ups and grants with something left, each customer's instant once, earliest first. */
  async expiries({ until, limit, after }: DueQuery): Promise<Due[]> {
    let query = this.#db
      .selectFrom('credit_blocks')
      .select(['customer_id', 'expires_at'])
      .distinct()
      .where('remaining', '>', '0')
      .where('expires_at', '<=', until);
    if (after !== undefined) {
      query = query.where(sql<boolean>`(expires_at, customer_id) > (${after.at}, ${after.subject})`);
    }
    const rows = await query
      .orderBy('expires_at')
      .orderBy('customer_id')
      .limit(limit ?? ALL)
      .execute();
    return rows.map((row) => ({ subject: row.customer_id, at: row.expires_at ?? until }));
  }
}

function inOrderOfBurning(a: CreditBlockRow, b: CreditBlockRow): number {
  return burningOrder(asBlock(a), asBlock(b));
}

function asBlock({ block_id: id, amount, remaining: left, priority, expires_at: expiresAt }: CreditBlockRow) {
  return { id, amount, left, priority, expiresAt };
}

function asTopUp(row: CreditBlockRow): TopUpView[] {
  const { block_id: topUpId, method, created_at: toppedUpAt } = row;
  return method === null ? [] : [{ topUpId, method, toppedUpAt, ...common(row) }];
}

function asGrant(row: CreditBlockRow): GrantView[] {
  const { block_id: grantId, reason, created_at: grantedAt } = row;
  return reason === null ? [] : [{ grantId, reason, grantedAt, ...common(row) }];
}

function common({ amount, remaining, priority, expires_at: expiresAt }: CreditBlockRow): BlockView {
  return { amount, remaining, priority, expiresAt };
}
