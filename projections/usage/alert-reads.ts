import { type Kysely, sql } from 'kysely';
import type { Instant, Month } from '../../domain/kernel/time.ts';
import { noUsageTerms, type UsageTerms } from '../../domain/metering/usage-terms.ts';
import type { Stretch } from '../../domain/subscriptions/stretches.ts';
import type { UsageAlertRow, UsageTables } from './tables.ts';

export interface CustomerMonth {
  readonly customerId: string;
  readonly month: Month;
}

/** What decides which alerts a customer's month has reached. */
export interface AlertFigures extends CustomerMonth {
  readonly stretches: readonly Stretch[];
  readonly terms: UsageTerms;
  /** Rated units to date by meter. */
  readonly meters: readonly { readonly meter: string; readonly quantity: bigint }[];
  /** Some alert of the month has been raised. */
  readonly raised: boolean;
}

export interface AlertView extends CustomerMonth {
  readonly meter: string;
  readonly threshold: { readonly unit: 'percent' | 'units'; readonly value: string };
  readonly direction: 'up' | 'down';
  /** Rated units when it was noticed, and the allowance then. */
  readonly quantity: string;
  readonly included: string;
  readonly tier: string | null;
  readonly upgradeHint: boolean;
  readonly raisedAt: Instant;
  readonly position: number;
}

export interface AlertFilter {
  readonly customerId?: string | undefined;
  readonly period?: Month | undefined;
  readonly limit: number;
  /** Log position of an alert: older ones. */
  readonly after?: number | undefined;
  /** Log position of an alert: newer ones, nearest first. */
  readonly before?: number | undefined;
}

/** Usage alerts, and what they are decided on. */
export class AlertReads {
  readonly #db: Kysely<UsageTables>;

  constructor(db: Kysely<UsageTables>) {
    this.#db = db;
  }

  /** Alerts, newest first; with `before` oldest first. One more than `limit` if there are more. */
  async list({ customerId, period, limit, after, before }: AlertFilter): Promise<readonly AlertView[]> {
    let query = this.#db
      .selectFrom('usage_alerts')
      .selectAll()
      .orderBy('position', before === undefined ? 'desc' : 'asc')
      .limit(limit + 1);
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
    if (period !== undefined) query = query.where('month', '=', period);
    if (after !== undefined) query = query.where('position', '<', String(after));
    if (before !== undefined) query = query.where('position', '>', String(before));
    return (await query.execute()).map(asAlert);
  }

  /** Figures of many customers' months in one query; months without usage are left out. */
  async figures(months: readonly CustomerMonth[]): Promise<readonly AlertFigures[]> {
    const { rows } = await sql<FiguresRow>`
      select p.customer_id, p.month, s.stretches, t.state as terms, u.meters,
        exists (select from read.usage_alerts a where a.customer_id = p.customer_id and a.month = p.month) as raised
      from unnest(${months.map(({ customerId }) => customerId)}::text[],
        ${months.map(({ month }) => month)}::text[]) as p(customer_id, month)
      join lateral (
        select json_agg(json_build_array(meter, rated_quantity::text) order by meter) as meters
        from read.usage_monthly m where m.customer_id = p.customer_id and m.month = p.month
      ) u on u.meters is not null
      left join read.usage_subscriptions s on s.customer_id = p.customer_id
      left join read.usage_terms t on t.customer_id = p.customer_id
    `.execute(this.#db);
    return rows.map(({ customer_id: customerId, month, stretches, terms, meters, raised }) => ({
      customerId,
      month,
      stretches: stretches ?? [],
      terms: terms ?? noUsageTerms,
      meters: meters.map(([meter, quantity]) => ({ meter, quantity: BigInt(quantity) })),
      raised,
    }));
  }
}

type FiguresRow = {
  customer_id: string;
  month: Month;
  stretches: Stretch[] | null;
  terms: UsageTerms | null;
  meters: [string, string][];
  raised: boolean;
};

function asAlert(row: UsageAlertRow): AlertView {
  return {
    customerId: row.customer_id,
    month: row.month,
    meter: row.meter,
    threshold: { unit: row.unit, value: row.value },
    direction: row.direction,
    quantity: row.quantity,
    included: row.included,
    tier: row.tier,
    upgradeHint: row.upgrade_hint,
    raisedAt: row.raised_at,
    position: Number(row.position),
  };
}
