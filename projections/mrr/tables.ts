import type { Instant, Month } from '../../domain/kernel/time.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';

export const MOVEMENT_KINDS = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** Why a recurring amount moved. */
export const MOVEMENT_SUB_KINDS = [
  'signup',
  'trial-conversion',
  'return',
  'resume',
  'upgrade',
  'downgrade',
  'billing-cycle',
  'contract',
  'discount',
  'discount-ended',
  'price',
  'pause',
  'voluntary',
  'involuntary',
] as const;
export type MovementSubKind = (typeof MOVEMENT_SUB_KINDS)[number];

export type MrrSubscriptionRow = {
  customer_id: string;
  state: OpenSubscription;
  pending: boolean;
};

/** bigint columns are decimal strings when read. */
export type MrrCurrentRow = {
  customer_id: string;
  revenue_stream: number;
  arr_minor: string;
  tier: string;
  status: string;
  first_at: Instant | null;
  position: string;
};

export type MrrCustomerRow = {
  customer_id: string;
  arr_minor: string;
  first_at: Instant | null;
  position: string;
};

export type MrrMovementRow = {
  customer_id: string;
  position: string;
  seq: number;
  revenue_stream: number;
  kind: MovementKind;
  stream_kind: MovementKind;
  sub_kind: MovementSubKind;
  delta_arr_minor: string;
  after_arr_minor: string;
  total_arr_minor: string;
  at: Instant;
  month: Month;
  event_id: string;
  tier_from: string | null;
  tier_to: string;
};

export interface MrrTables {
  mrr_subscriptions: MrrSubscriptionRow;
  mrr_current: MrrCurrentRow;
  mrr_customers: MrrCustomerRow;
  mrr_movements: MrrMovementRow;
}
