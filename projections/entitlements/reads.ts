import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type EntitlementState, noEntitlements } from '../../domain/entitlements/state.ts';
import { DUNNING_STEPS, type DunningStep } from '../../domain/invoicing/schemas.ts';
import { noSubscription, type SubscriptionState } from '../../domain/subscriptions/state.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { BillingTables } from '../billing/tables.ts';
import type { EntitlementTables } from './projection.ts';

/** The read models that say what a customer may do, but for its usage. */
export const HOLDING_PROJECTIONS: readonly string[] = ['billing', 'entitlements'];

/** What the read models know of one customer. */
export interface KnownHolding {
  readonly customerId: string;
  readonly paymentMethod: boolean;
  readonly subscription: SubscriptionState;
  /** The furthest that dunning has come with an invoice that is still owed; null where none is. */
  readonly dunning: DunningStep | null;
  readonly entitlements: EntitlementState;
}

/** Of one snapshot, with the log position that all of HOLDING_PROJECTIONS had reached in it. */
export interface HoldingSnapshot {
  readonly position: number;
  /** Undefined for a customer that does not exist. */
  readonly holding: KnownHolding | undefined;
}

type Tables = BillingTables & EntitlementTables;

interface HoldingRow {
  readonly customer_id: string;
  readonly payment_method: boolean;
  readonly subscription: SubscriptionState | null;
  readonly dunning: readonly DunningStep[] | null;
  readonly entitlements: EntitlementState | null;
}

export class HoldingReads {
  readonly #db: Kysely<Tables>;

  constructor(pool: pg.Pool) {
    this.#db = queryBuilder<Tables>(pool).withSchema('read');
  }

  async of(customerId: string): Promise<HoldingSnapshot> {
    const { position, rows } = await this.#snapshot(sql`c.customer_id = ${customerId}`, 1);
    return { position, holding: rows[0] };
  }

  /** Customers in order of their ids, after one. */
  async page(
    after: string,
    limit: number,
  ): Promise<{ readonly position: number; readonly holdings: readonly KnownHolding[] }> {
    const { position, rows } = await this.#snapshot(sql`c.customer_id > ${after}`, limit);
    return { position, holdings: rows };
  }

  /** One statement is one snapshot: rows and checkpoints belong together. */
  async #snapshot(where: ReturnType<typeof sql>, limit: number) {
    const { rows } = await sql<HoldingRow & { readonly position: string }>`
      select p.position, x.*
      from (
        select case when count(*) = ${HOLDING_PROJECTIONS.length} then min(position) else 0 end as position
        from ops.checkpoints where projection = any(${HOLDING_PROJECTIONS})
      ) p
      left join lateral (
        select c.customer_id, c.payment_method, s.state as subscription, e.state as entitlements,
          (select array_agg(distinct i.dunning_step) from read.invoices i
           where i.customer_id = c.customer_id and i.status = 'past_due') as dunning
        from read.customers c
        left join read.subscriptions s using (customer_id)
        left join read.entitlements e using (customer_id)
        where ${where}
        order by c.customer_id
        limit ${limit}
      ) x on true`.execute(this.#db);
    return {
      position: Number(rows[0]?.position ?? 0),
      rows: rows.flatMap((row) => (row.customer_id === null ? [] : [asHolding(row)])),
    };
  }
}

function asHolding(row: HoldingRow): KnownHolding {
  return {
    customerId: row.customer_id,
    paymentMethod: row.payment_method,
    subscription: row.subscription ?? noSubscription,
    dunning: DUNNING_STEPS.findLast((step) => row.dunning?.includes(step)) ?? null,
    entitlements: row.entitlements ?? noEntitlements,
  };
}
