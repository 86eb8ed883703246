/** The tiers in ascending order; the order is the rank that tells an upgrade from a downgrade. */
export const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'] as const;
export type Tier = (typeof TIERS)[number];

export type BillingCycle = 'monthly' | 'annual';

/** The 10 billable event types; a meter is named by the event type it counts. */
export const METER_IDS = [
  'event.tracked',
  'data.exported',
  'api.called',
  'email.sent',
  'audience.activated',
  'prediction.scored',
  'sms.sent',
  'profile.enriched',
  'ai.brief_generated',
  'model.trained',
] as const;
export type MeterId = (typeof METER_IDS)[number];

export const LIMIT_IDS = [
  'profiles',
  'events',
  'segments',
  'exports',
  'briefs',
  'api_calls',
  'users',
] as const;
export type LimitId = (typeof LIMIT_IDS)[number];

/** What happens to usage above the allowance. */
export type OverageRule =
  | 'hard_cap_until_payment_method_then_paid_overflow'
  | 'paid_overflow'
  | 'paid_overflow_with_commit';

/** A plan. Prices are decimal strings in the catalogue's currency, net of tax. */
export interface TierPlan {
  readonly price: Readonly<Record<BillingCycle, string>>;
  readonly trialDays: number;
  readonly overage: OverageRule;
  readonly note?: string;
}

/** How usage facts become a quantity. COUNT and SUM add up `quantity`; see metering/aggregation.ts. */
export type Aggregation =
  | { readonly kind: 'COUNT' }
  | { readonly kind: 'SUM'; readonly of: string }
  /** Distinct combinations of these metadata fields within one UTC day. */
  | { readonly kind: 'UNIQUE_COUNT'; readonly keys: readonly string[]; readonly window: 'day' };

/** Units up to and including `upTo`; null is without end and stands last. */
export interface PriceTier {
  readonly upTo: bigint | null;
  readonly unitPrice: string;
}

/** The price of the units above the allowance, as decimal strings with at most nine places. */
export type PriceModel =
  | { readonly kind: 'standard'; readonly unitPrice: string }
  /** `price` for each started package of `size` units. */
  | { readonly kind: 'package'; readonly size: bigint; readonly price: string }
  /** Each unit at the price of the tier it falls into. */
  | { readonly kind: 'graduated'; readonly tiers: readonly PriceTier[] }
  /** All units at the price of the tier that their number reaches. */
  | { readonly kind: 'volume'; readonly tiers: readonly PriceTier[] };

/**
 * A billable event type. `allowance` is in units a month. A metered allowance is always finite: who
 * pays nothing for a meter has a price of zero, not an infinite allowance.
 */
export interface Meter {
  readonly unit: string;
  readonly aggregation: Aggregation;
  readonly price: PriceModel;
  readonly allowance: Readonly<Record<Tier, bigint>>;
  /** The limit of which the allowance is the value. */
  readonly limit: LimitId | null;
}

export type LimitValue = bigint | 'unlimited';

/**
 * A static limit blocks creation above its value; a metered one is the allowance of its meter: one number
 * with two uses.
 */
export type Limit =
  | { readonly kind: 'static'; readonly label: string; readonly values: Readonly<Record<Tier, LimitValue>> }
  | { readonly kind: 'metered'; readonly label: string; readonly meter: MeterId };

export type FlagCategory =
  | 'core'
  | 'activation'
  | 'analytics'
  | 'ml'
  | 'integrations'
  | 'security'
  | 'support_sla'
  | 'white_label';

export interface Flag {
  readonly category: FlagCategory;
  readonly tiers: readonly Tier[];
  readonly note?: string;
}
