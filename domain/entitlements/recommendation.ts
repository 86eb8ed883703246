import { catalogueAt, catalogueVersion, limitOf, tierRank } from '../catalogue/catalogue.ts';
import { LIMIT_IDS, type LimitId, type LimitValue, TIERS, type Tier } from '../catalogue/types.ts';
import { centsString, type Decimal, decimal } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import { overflowsToPaid } from '../metering/allowance.ts';
import { accessOf, type Holding } from './holding.ts';
import { isAbove, resolveLimit } from './resolution.ts';
import { type BillingTerms, costsOf, type MonthCosts, type UsedMonth } from './tier-costs.ts';

export interface RecommendationInput extends BillingTerms {
  readonly holding: Holding;
  /** Full months, oldest first, then the running one. */
  readonly months: readonly UsedMonth[];
  /** How many there are of what has a static limit, as far as somebody said. */
  readonly counts: Readonly<Partial<Record<LimitId, bigint>>>;
}

export interface LimitStanding {
  readonly limit: LimitId;
  readonly used: bigint;
  readonly value: LimitValue;
  readonly percent: number | null;
  /** Above this share of it more is recommended. */
  readonly pressing: boolean;
}

export type RecommendationReason = 'overage-pays-for-it' | 'limit-reached' | 'limit-near';
export type NoRecommendation = 'no-plan' | 'highest-tier' | 'cheaper-as-it-is';

export interface Recommendation {
  readonly tier: Tier | null;
  readonly reasons: readonly RecommendationReason[];
  /** Null where something is recommended. */
  readonly whyNot: NoRecommendation | null;
  readonly months: readonly MonthCosts[];
  /** What the recommended tier would have saved over these months; negative: what it costs more. */
  readonly saving: string | null;
  readonly limits: readonly LimitStanding[];
}

/** Percent of a limit from which on a higher tier is recommended (catalogue: seed 80 %+). */
const NEAR = 80n;

/**
 * Weighs what each month's usage costs on the customer's plan against each higher tier; see `costsOf`.
 * A higher tier is recommended if it would have cost less over these months together, or if a limit that blocks is at
 * 80 % or more. Usage above an allowance that is paid for blocks nothing: the sums speak for it.
 */
export function recommendUpgrade(input: RecommendationInput): Recommendation {
  const { holding, now } = input;
  const { plan } = holding;
  if (plan === null || accessOf(holding).access === 'none') {
    return { tier: null, reasons: [], whyNot: 'no-plan', months: [], saving: null, limits: [] };
  }
  const higher = TIERS.slice(tierRank(plan.tier) + 1);
  const months = input.months.map((month) => costsOf(month, plan, higher, input));
  const limits = LIMIT_IDS.flatMap((limit) => limitStanding(limit, input));
  const pressing = limits.filter((one) => one.pressing);
  const savings = new Map(higher.map((tier) => [tier, savingOver(months, tier)]));
  const enough = higher.filter((tier) => pressing.every((one) => hasRoom(tier, one, now)));
  // Where no tier has room for everything, the highest has the most.
  const fitting = enough.length > 0 ? enough : higher.slice(-1);
  const best = cheapest(fitting, savings);
  const saves = best !== undefined && (savings.get(best) ?? decimal(0)).gt(0);
  const reasons = reasonsFor(saves, pressing);
  const found = best !== undefined && reasons.length > 0;
  return {
    tier: found ? best : null,
    reasons: found ? reasons : [],
    whyNot: found ? null : higher.length === 0 ? 'highest-tier' : 'cheaper-as-it-is',
    months,
    saving: found ? centsString(savings.get(best) ?? decimal(0)) : null,
    limits,
  };
}

function reasonsFor(saves: boolean, pressing: readonly LimitStanding[]): RecommendationReason[] {
  const reached = pressing.some(({ used, value }) => !isAbove(value, used));
  const near = pressing.some(({ used, value }) => isAbove(value, used));
  return [
    ...(saves ? (['overage-pays-for-it'] as const) : []),
    ...(reached ? (['limit-reached'] as const) : []),
    ...(near ? (['limit-near'] as const) : []),
  ];
}

function savingOver(months: readonly MonthCosts[], tier: Tier): Decimal {
  return months.reduce(
    (sum, { higher }) => sum.plus(higher.find((cost) => cost.tier === tier)?.saving ?? '0'),
    decimal(0),
  );
}

function cheapest(tiers: readonly Tier[], savings: ReadonlyMap<Tier, Decimal>): Tier | undefined {
  return tiers.reduce<Tier | undefined>((best, tier) => {
    if (best === undefined) return tier;
    return (savings.get(tier) ?? decimal(0)).gt(savings.get(best) ?? decimal(0)) ? tier : best;
  }, undefined);
}

/** A limit of which it is known how much is used; metered ones block only where nothing above them is sold. */
function limitStanding(limit: LimitId, input: RecommendationInput): LimitStanding[] {
  const { holding, now, counts, months, paymentMethod } = input;
  const definition = catalogueAt(now).limits[limit];
  const metered = definition.kind === 'metered';
  const used = counts[limit] ?? (metered ? (months.at(-1)?.quantities[definition.meter] ?? 0n) : undefined);
  if (used === undefined) return [];
  const { value } = resolveLimit(holding, limit, now);
  const blocks = !metered || !isPaidAbove(holding, paymentMethod);
  const pressing = blocks && value !== 'unlimited' && used * 100n >= NEAR * value && used > 0n;
  const percent = value === 'unlimited' || value === 0n ? null : Number((used * 100n) / value);
  return [{ limit, used, value, percent, pressing }];
}

function isPaidAbove({ plan }: Holding, paymentMethod: boolean): boolean {
  if (plan === null) return false;
  return overflowsToPaid(catalogueVersion(plan.catalogueVersion), plan.tier, paymentMethod);
}

/** Whether a tier takes a limit out of reach: paid tiers sell what is above a metered one. */
function hasRoom(tier: Tier, { limit, used }: LimitStanding, now: Instant): boolean {
  const catalogue = catalogueAt(now);
  if (catalogue.limits[limit].kind === 'metered') return true;
  const value = limitOf(catalogue, tier, limit);
  return value === 'unlimited' || used * 100n < NEAR * value;
}
