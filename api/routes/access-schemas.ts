import { z } from 'zod';
import { TIERS } from '../../domain/catalogue/types.ts';
import { FEATURE_REASONS } from '../../domain/entitlements/feature-reasons.ts';
import { STANDINGS, STATUSES } from '../../domain/entitlements/holding.ts';
import type { LimitCheck } from '../../domain/entitlements/limit-check.ts';
import { FLAG_RULES, type FlagDecision, LIMIT_RULES } from '../../domain/entitlements/resolution.ts';
import { asCount, asMoney, count, id, instant, money } from './schemas.ts';

/** How current an answer is. */
export const currency = {
  asOf: count.describe('Log position: everything up to it that bears on the answer is in it.'),
  maxStalenessMs: count.describe('The answer is never of a log older than this.'),
};

export const units = z.union([count, z.literal('unlimited')]);
const access = z
  .enum(['full', 'readOnly', 'none'])
  .describe('readOnly while payments are long overdue: what is there stays readable, nothing new is made.');
const source = z
  .string()
  .nullable()
  .describe('What decided: a tier, a contract, a status, or an event as `stream@revision`.');

export const flagDecision = {
  enabled: z.boolean(),
  access,
  rule: z
    .enum(FLAG_RULES)
    .describe('The rule that decided; the first that applies, in the order given here.'),
  source,
  catalogueVersion: z.string().nullable().describe('Of the plan, where a plan decided.'),
  expiresAt: instant.nullable().describe('End of the grant that decided.'),
};

export const standing = {
  status: z.enum(STATUSES),
  standing: z.enum(STANDINGS).describe('How the customer stands with its payments.'),
};

export const limitCheck = {
  kind: z.enum(['static', 'metered']),
  allowed: z.boolean().describe('One more may be made or used.'),
  reason: z.enum([
    'within-limit',
    'paid-overflow',
    'limit-reached',
    'allowance-used-up',
    'trial-allowance-used-up',
    'payment-restricted',
    'payment-suspended',
    'no-subscription',
    'subscription-paused',
    'subscription-cancelled',
  ]),
  limit: units.describe(
    'Of a metered one: the running month’s allowance, prorated to the time on each plan.',
  ),
  used: count,
  remaining: units,
  excess: count.describe('Above a static limit since it was lowered: stays, and no more are made.'),
  percent: count.nullable().describe('Whole percent, rounded down; null for an unlimited one and for 0.'),
  alertPoint: z
    .union([z.literal(50), z.literal(80), z.literal(90), z.literal(100), z.literal(120)])
    .nullable()
    .describe('The highest alert point reached, in percent.'),
  rule: z.enum(LIMIT_RULES),
  source,
  catalogueVersion: z.string().nullable(),
  upgrade: z
    .strictObject({ tier: z.enum(TIERS), limit: units, price: money.describe('List price a month.') })
    .nullable()
    .describe('The lowest tier on sale that has room, where there is none.'),
};

export const limitSummary = z.strictObject(limitCheck).meta({ id: 'LimitCheck' });

export const featureReason = z.enum(FEATURE_REASONS);

export const customerFeature = { customerId: id, featureName: z.string() };

export function flagBody({
  enabled,
  access: left,
  rule,
  source: by,
  catalogueVersion,
  expiresAt,
}: FlagDecision) {
  return { enabled, access: left, rule, source: by, catalogueVersion, expiresAt };
}

export function limitBody(check: LimitCheck) {
  const { kind, allowed, reason, limit, used, remaining, excess, percent, alertPoint, decidedBy, upgrade } =
    check;
  const { rule, source: by, catalogueVersion } = decidedBy;
  return {
    kind,
    allowed,
    reason,
    limit: asUnits(limit),
    used: asCount(used),
    remaining: asUnits(remaining),
    excess: asCount(excess),
    percent,
    alertPoint,
    rule,
    source: by,
    catalogueVersion,
    upgrade:
      upgrade === null
        ? null
        : {
            tier: upgrade.tier,
            limit: asUnits(upgrade.limit),
            price: asMoney(upgrade.price, upgrade.currency),
          },
  };
}

/** A limit for the wire. */
export function asUnits(value: bigint | 'unlimited'): number | 'unlimited' {
  return value === 'unlimited' ? value : asCount(value);
}
