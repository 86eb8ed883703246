import type { Instant, Month } from '../../domain/kernel/time.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';

export const MOVEMENT_KINDS = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export type MrrSubscriptionRow = {
  customer_id: string;
  state: OpenSubscription;
};

/** bigint columns are decimal strings when read. */
export type MrrCurrentRow = {
  customer_id: string;
  revenue_stream: number;
  arr_minor: string;
  tier: string;
  first_at: Instant | null;
  position: string;
};

export type MrrMovementRow = {
  customer_id: string;
  position: string;
  seq: number;
  revenue_stream: number;
  kind: MovementKind;
  delta_arr_minor: string;
  after_arr_minor: string;
  at: Instant;
  month: Month;
  event_id: string;
  tier_from: string | null;
  tier_to: string;
};

export interface MrrTables {
  mrr_subscriptions: MrrSubscriptionRow;
  mrr_current: MrrCurrentRow;
  mrr_movements: MrrMovementRow;
}
