import { catalogueAt, limitOf } from '../catalogue/catalogue.ts';
import { type LimitId, type LimitValue, type MeterId, TIERS, type Tier } from '../catalogue/types.ts';
import type { Instant } from '../kernel/time.ts';
import { ALERT_PERCENTS } from '../metering/alerts.ts';
import { overflowsToPaid } from '../metering/allowance.ts';
import { type Access, type AccessReason, accessOf, type Holding } from './holding.ts';
import { isAbove, type LimitDecision, resolveAllowance, resolveLimit } from './resolution.ts';

/** Percent of a limit at which something is said. */
export type AlertPoint = (typeof ALERT_PERCENTS)[number];

/** What a meter says of the running month. */
export interface MeterReading {
  /** All that was recorded. */
  readonly quantity: bigint;
  /** Without what fell into a trial. */
  readonly ratedQuantity: bigint;
  /** The month's allowance of the customer, prorated to its time on each plan. */
  readonly included: bigint;
  /** Whether usage above the allowance is paid for. */
  readonly overflow: boolean;
}

export type LimitReason =
  | 'within-limit'
  | 'paid-overflow'
  | 'limit-reached'
  | 'allowance-used-up'
  | 'trial-allowance-used-up'
  | Exclude<AccessReason, 'ok' | 'payment-past-due' | 'payment-grace'>;

/** The lowest tier on sale that has room, at its list price a month. */
export interface UpgradeHint {
  readonly tier: Tier;
  readonly limit: LimitValue;
  readonly price: string;
  readonly currency: string;
}

/** Whether one more may be made or used. */
export interface LimitCheck {
  readonly kind: 'static' | 'metered';
  readonly allowed: boolean;
  readonly reason: LimitReason;
  readonly limit: LimitValue;
  readonly used: bigint;
  /** Never below 0. */
  readonly remaining: LimitValue;
  /** What a static limit was exceeded by before it was lowered; it stays. */
  readonly excess: bigint;
  /** Whole percent, rounded down; null for an unlimited one and for a limit of 0. */
  readonly percent: number | null;
  readonly alertPoint: AlertPoint | null;
  readonly decidedBy: LimitDecision;
  /** Null where it is allowed, or no tier has more room. */
  readonly upgrade: UpgradeHint | null;
}

/** Whether a thing of which there are `currentUsage` may be made once more. */
export function checkStaticLimit(
  holding: Holding,
  limit: LimitId,
  currentUsage: bigint,
  now: Instant,
): LimitCheck {
  const decidedBy = resolveLimit(holding, limit, now);
  const barred = barredBy(holding);
  const room = isAbove(decidedBy.value, currentUsage);
  const allowed = barred === undefined && room;
  return {
    kind: 'static',
    allowed,
    reason: barred ?? (room ? 'within-limit' : 'limit-reached'),
    ...figures(decidedBy.value, currentUsage),
    decidedBy,
    upgrade: room
      ? null
      : upgradeFor((tier) => limitOf(catalogueAt(now), tier, limit), holding, currentUsage, now),
  };
}

/**
 * Whether a unit more may be used this month: within the allowance, above it where that is paid for.
 * @param used units of the month so far; what the meter counted, if left out
 */
export function checkMeteredLimit(
  holding: Holding,
  meter: MeterId,
  reading: MeterReading,
  now: Instant,
  used?: bigint,
): LimitCheck {
  const whole = resolveAllowance(holding, meter, now);
  // On trial nothing is charged, so nothing overflows, and a month's allowance is there to be tried.
  const onTrial = holding.status === 'trialing';
  const limit = onTrial ? whole.value : reading.included;
  const counted = used ?? (onTrial ? reading.quantity : reading.ratedQuantity);
  const barred = barredBy(holding);
  const room = isAbove(limit, counted);
  const paid = !room && !onTrial && reading.overflow;
  const allowed = barred === undefined && (room || paid);
  const usedUp = onTrial ? 'trial-allowance-used-up' : 'allowance-used-up';
  return {
    kind: 'metered',
    allowed,
    reason: barred ?? (room ? 'within-limit' : paid ? 'paid-overflow' : usedUp),
    ...figures(limit, counted),
    excess: 0n,
    decidedBy: { ...whole, value: limit },
    upgrade: room || paid ? null : meteredUpgrade(holding, meter, counted, now),
  };
}

/** Creations need full access; undefined where there is. */
function barredBy(holding: Holding): LimitReason | undefined {
  const { access, reason }: { access: Access; reason: AccessReason } = accessOf(holding);
  return access === 'full' ? undefined : (reason as LimitReason);
}

function figures(
  limit: LimitValue,
  used: bigint,
): Pick<LimitCheck, 'limit' | 'used' | 'remaining' | 'excess' | 'percent' | 'alertPoint'> {
  if (limit === 'unlimited') {
    return { limit, used, remaining: limit, excess: 0n, percent: null, alertPoint: null };
  }
  return {
    limit,
    used,
    remaining: used < limit ? limit - used : 0n,
    excess: used > limit ? used - limit : 0n,
    percent: limit === 0n ? null : Number((used * 100n) / limit),
    alertPoint: alertPointOf(used, limit),
  };
}

/** The highest alert point that usage has reached; any usage of nothing is above all of them. */
export function alertPointOf(used: bigint, limit: bigint): AlertPoint | null {
  if (used <= 0n) return null;
  return ALERT_PERCENTS.findLast((point) => used * 100n >= BigInt(point) * limit) ?? null;
}

function upgradeFor(
  limitIn: (tier: Tier) => LimitValue,
  { plan }: Holding,
  used: bigint,
  now: Instant,
): UpgradeHint | null {
  const catalogue = catalogueAt(now);
  const higher = plan === null ? TIERS : TIERS.slice(TIERS.indexOf(plan.tier) + 1);
  const tier = higher.find((candidate) => isAbove(limitIn(candidate), used));
  if (tier === undefined) return null;
  return {
    tier,
    limit: limitIn(tier),
    price: catalogue.tiers[tier].price.monthly,
    currency: catalogue.currency,
  };
}

/** A tier that sells what is above its allowance has room for any use. */
function meteredUpgrade(holding: Holding, meter: MeterId, used: bigint, now: Instant): UpgradeHint | null {
  const catalogue = catalogueAt(now);
  const hint = upgradeFor(
    (tier) =>
      overflowsToPaid(catalogue, tier, false) ? 'unlimited' : catalogue.meters[meter].allowance[tier],
    holding,
    used,
    now,
  );
  return hint === null ? null : { ...hint, limit: catalogue.meters[meter].allowance[hint.tier] };
}
