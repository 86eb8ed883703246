import type { Instant } from '../../domain/kernel/time.ts';
import type { UsageTerms } from '../../domain/metering/usage-terms.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import type { Stretch } from '../../domain/subscriptions/stretches.ts';

export type UsageSubscriptionRow = {
  customer_id: string;
  state: OpenSubscription;
  stretches: Stretch[];
};

export type FactStatus = 'counted' | 'duplicate-key' | 'quarantined' | 'correction';

export type UsageFactRow = {
  customer_id: string;
  event_key: string;
  event_id: string;
  meter: string;
  occurred_at: Instant;
  quantity: string;
  unique_key: string | null;
  rated: boolean;
  status: FactStatus;
  reason: string | null;
  position: string;
};

export type UniqueKeyRow = {
  customer_id: string;
  month: string;
  meter: string;
  unique_key: string;
  rated: boolean;
};

/** Counts are whole numbers and amounts decimals, as strings. */
export type UsageMonthlyRow = {
  customer_id: string;
  month: string;
  meter: string;
  quantity: string;
  rated_quantity: string;
  facts: string;
  quarantined: string;
  corrected: string;
  last_position: string;
};

export type UsageRatingRow = {
  customer_id: string;
  month: string;
  meter: string;
  accrued_quantity: string;
  accrued: string;
  accrued_at: Instant | null;
  billed_accrued: string;
  billed: string;
  last_invoice_id: string | null;
};

export type UsageHourlyRow = {
  customer_id: string;
  hour: Instant;
  meter: string;
  quantity: string;
};

export type UsageDailyRow = { day: string; meter: string; quantity: string };

export type UsageBillRow = { customer_id: string; month: string; invoice_id: string };

export type UsageTermsRow = { customer_id: string; state: UsageTerms };

export type UsageAlertRow = {
  customer_id: string;
  month: string;
  meter: string;
  unit: 'percent' | 'units';
  value: string;
  direction: 'up' | 'down';
  quantity: string;
  included: string;
  tier: string | null;
  upgrade_hint: boolean;
  raised_at: Instant;
  position: string;
};

export interface UsageTables {
  usage_subscriptions: UsageSubscriptionRow;
  usage_facts: UsageFactRow;
  usage_unique_keys: UniqueKeyRow;
  usage_monthly: UsageMonthlyRow;
  usage_hourly: UsageHourlyRow;
  usage_daily: UsageDailyRow;
  usage_rating: UsageRatingRow;
  usage_bills: UsageBillRow;
  usage_terms: UsageTermsRow;
  usage_alerts: UsageAlertRow;
}
