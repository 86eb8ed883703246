import { catalogueAt, catalogueVersion, type FlagId, hasFlag, limitOf } from '../catalogue/catalogue.ts';
import type { LimitId, LimitValue, MeterId } from '../catalogue/types.ts';
import type { Instant } from '../kernel/time.ts';
import { type Access, type AccessReason, accessOf, type Extra, type Holding, type Plan } from './holding.ts';

/** Which rule decided. `status`: the subscription or unpaid invoices leave no access, whatever was bought. */
export const FLAG_RULES = [
  'status',
  'override',
  'grant',
  'grandfathered-plan',
  'add-on',
  'vertical-edition',
  'plan',
  'default',
] as const;
export type FlagRule = (typeof FLAG_RULES)[number];

export const LIMIT_RULES = [
  'contract',
  'add-on',
  'vertical-edition',
  'grandfathered-plan',
  'plan',
  'default',
] as const;
export type LimitRule = (typeof LIMIT_RULES)[number];

/** What decided: a tier, an add-on, a contract, or an event as `stream@revision`; null where nothing did. */
interface Deciding<Rule> {
  readonly rule: Rule;
  readonly source: string | null;
  /** Of the plan, where a plan decided. */
  readonly catalogueVersion: string | null;
}

export interface FlagDecision extends Deciding<FlagRule> {
  readonly enabled: boolean;
  /** `none` unless enabled. */
  readonly access: Access;
  readonly accessReason: AccessReason;
  /** When the answer changes by itself: the end of the grant that decided. */
  readonly expiresAt: Instant | null;
}

export interface LimitDecision extends Deciding<LimitRule> {
  readonly value: LimitValue;
}

type Hit = Deciding<FlagRule> & { readonly enabled: boolean; readonly expiresAt?: Instant };

/**
 * Whether a customer has a feature at an instant. First hit wins: override, grant, grandfathered plan version,
 * add-on, vertical edition, plan version, off. For a subscription of an older catalogue version that version stands
 * in the plan's place, so that a newer list neither takes from it nor gives to it.
 */
export function resolveFlag(holding: Holding, flag: FlagId, now: Instant): FlagDecision {
  const { access, reason: accessReason } = accessOf(holding);
  if (access === 'none') {
    const nothing = {
      enabled: false,
      rule: 'status',
      source: holding.status,
      catalogueVersion: null,
    } as const;
    return { ...nothing, access, accessReason, expiresAt: null };
  }
  const hit = firstHit(holding, flag, now);
  const { enabled, rule, source, catalogueVersion: version } = hit;
  return {
    enabled,
    rule,
    source,
    catalogueVersion: version,
    access: enabled ? access : 'none',
    accessReason,
    expiresAt: hit.expiresAt ?? null,
  };
}

function firstHit(holding: Holding, flag: FlagId, now: Instant): Hit {
  const older = isGrandfathered(holding.plan, now);
  return (
    override(holding, flag) ??
    grant(holding, flag, now) ??
    (older ? plan(holding, flag, 'grandfathered-plan') : undefined) ??
    extra(holding.addOns, flag, 'add-on') ??
    extra(holding.verticalEditions, flag, 'vertical-edition') ??
    (older ? undefined : plan(holding, flag, 'plan')) ?? {
      enabled: false,
      rule: 'default',
      source: holding.plan?.tier ?? null,
      catalogueVersion: holding.plan?.catalogueVersion ?? null,
    }
  );
}

function override({ customerId, entitlements }: Holding, flag: FlagId): Hit | undefined {
  const found = entitlements.overrides[flag];
  if (found === undefined) return undefined;
  const source = eventOf(customerId, found.revision);
  return { enabled: found.enabled, rule: 'override', source, catalogueVersion: null };
}

function grant({ customerId, entitlements }: Holding, flag: FlagId, now: Instant): Hit | undefined {
  const found = entitlements.grants[flag];
  if (found === undefined || found.expiresAt <= now) return undefined;
  const { expiresAt, revision } = found;
  return {
    enabled: true,
    rule: 'grant',
    source: eventOf(customerId, revision),
    catalogueVersion: null,
    expiresAt,
  };
}

function plan({ plan: bought }: Holding, flag: FlagId, rule: 'plan' | 'grandfathered-plan'): Hit | undefined {
  if (bought === null || !hasFlag(catalogueVersion(bought.catalogueVersion), bought.tier, flag))
    return undefined;
  return { enabled: true, rule, source: bought.tier, catalogueVersion: bought.catalogueVersion };
}

function extra(extras: readonly Extra[], flag: FlagId, rule: 'add-on' | 'vertical-edition'): Hit | undefined {
  const found = extras.find(({ flags }) => flags.includes(flag));
  return found === undefined ? undefined : { enabled: true, rule, source: found.id, catalogueVersion: null };
}

function eventOf(customerId: string, revision: number): string {
  return `entitlements-${customerId}@${revision}`;
}

/** True for a plan that was bought at a version which is not the one on sale. */
function isGrandfathered(plan: Plan | null, now: Instant): boolean {
  return plan !== null && plan.catalogueVersion !== catalogueAt(now).id;
}

/**
 * A customer's limit at an instant: of its contract, the highest of what it has bought on top, or of the plan version
 * it bought. A metered limit is a whole month's allowance; without a plan every limit is 0.
 */
export function resolveLimit(holding: Holding, limit: LimitId, now: Instant): LimitDecision {
  const { plan: bought } = holding;
  if (bought === null) return { value: 0n, rule: 'default', source: null, catalogueVersion: null };
  const catalogue = catalogueVersion(bought.catalogueVersion);
  const definition = catalogue.limits[limit];
  const agreed =
    (definition.kind === 'metered' ? bought.contract?.allowances[definition.meter] : undefined) ??
    bought.contract?.limits[limit];
  if (agreed !== undefined) return byContract(bought, agreed);
  const listed = { ...byPlan(bought, now), value: limitOf(catalogue, bought.tier, limit) };
  return (
    highest(holding.addOns, limit, 'add-on', listed) ??
    highest(holding.verticalEditions, limit, 'vertical-edition', listed) ??
    listed
  );
}

/** A month's allowance of a meter, of the contract or the plan version bought; 0 without a plan. */
export function resolveAllowance(holding: Holding, meter: MeterId, now: Instant): LimitDecision {
  const { plan: bought } = holding;
  if (bought === null) return { value: 0n, rule: 'default', source: null, catalogueVersion: null };
  const { allowance, limit } = catalogueVersion(bought.catalogueVersion).meters[meter];
  if (limit !== null) return resolveLimit(holding, limit, now);
  const agreed = bought.contract?.allowances[meter];
  if (agreed !== undefined) return byContract(bought, agreed);
  return { ...byPlan(bought, now), value: allowance[bought.tier] };
}

function byContract({ contract }: Plan, agreed: string): LimitDecision {
  const value = agreed === 'unlimited' ? agreed : BigInt(agreed);
  return { value, rule: 'contract', source: contract?.contractId ?? null, catalogueVersion: null };
}

function byPlan(bought: Plan, now: Instant): Deciding<'plan' | 'grandfathered-plan'> {
  const { tier, catalogueVersion: version } = bought;
  const rule = isGrandfathered(bought, now) ? 'grandfathered-plan' : 'plan';
  return { rule, source: tier, catalogueVersion: version };
}

/** The extra with the most room, if that is more than the plan has. */
function highest(
  extras: readonly Extra[],
  limit: LimitId,
  rule: 'add-on' | 'vertical-edition',
  listed: LimitDecision,
): LimitDecision | undefined {
  let best: LimitDecision | undefined;
  for (const { id, limits } of extras) {
    const value = limits[limit];
    if (value === undefined || !isAbove(value, (best ?? listed).value)) continue;
    best = { value, rule, source: id, catalogueVersion: null };
  }
  return best;
}

/** Whether a limit leaves more room than another. */
export function isAbove(value: LimitValue, other: LimitValue): boolean {
  if (other === 'unlimited') return false;
  return value === 'unlimited' || value > other;
}
