import { z } from 'zod';
import { catalogueAt, type FlagId, isFlagId } from '../../domain/catalogue/catalogue.ts';
import { LIMIT_IDS, type LimitId } from '../../domain/catalogue/types.ts';
import { unknownFeature } from '../../domain/entitlements/decider.ts';
import { checkFeature } from '../../domain/entitlements/feature-check.ts';
import { useOf } from '../../domain/entitlements/feature-use.ts';
import type { Holding } from '../../domain/entitlements/holding.ts';
import { checkMeteredLimit, checkStaticLimit } from '../../domain/entitlements/limit-check.ts';
import { limitRemedy } from '../../domain/entitlements/remedies.ts';
import { resolveFlag, resolveLimit } from '../../domain/entitlements/resolution.ts';
import type { KnownUsage } from '../access/entries.ts';
import { ACCESS } from '../access/open.ts';
import { ProblemError } from '../problems/problem.ts';
import {
  asUnits,
  currency,
  customerFeature,
  featureReason,
  flagBody,
  flagDecision,
  limitBody,
  limitCheck,
  limitSummary,
  standing,
  units,
} from './access-schemas.ts';
import { featureParams } from './entitlements.ts';
import { count, id } from './schemas.ts';
import { route, type Services } from './services.ts';

const common = {
  method: 'get',
  tags: ['Plans and access'],
  roles: ['admin', 'finance', 'auditor', 'ingest', 'customer'],
  kind: 'query',
  reads: [ACCESS],
  hot: true,
} as const;

const MAX_UNITS = 10 ** 15;
const currentUsage = z.int().min(0).max(MAX_UNITS);
const usageAge = {
  countedThrough: count
    .nullable()
    .describe('Log position up to which metered usage is counted; null where none is in the answer.'),
  usageMaxAgeMs: count.describe('While usage comes in, sums are read again after this long.'),
};

export const accessRoutes = [
  route({
    ...common,
    operationId: 'hasFeatureAccess',
    path: '/v1/customers/:customerId/features/:featureName',
    summary: 'Whether a customer has a feature, and which rule says so',
    description:
      'Answered from memory. First hit wins: override, grant, grandfathered plan version, add-on, vertical edition, plan version, off. A subscription that is paused, cancelled or suspended has no feature.',
    request: { params: featureParams },
    response: z
      .strictObject({ ...customerFeature, ...flagDecision, ...standing, ...currency })
      .meta({ id: 'FeatureAccess' }),
    errors: ['customer-not-found', 'unknown-feature'],
    async handler({ params: { customerId, featureName } }, { services }) {
      if (!isFlagId(featureName)) return unknownFeature(featureName);
      const { asOf, holding } = await services.access.holding(customerId);
      const decision = resolveFlag(required(holding, customerId), featureName, services.clock.now());
      return {
        body: {
          customerId,
          featureName,
          ...flagBody(decision),
          ...standingOf(holding),
          ...currencyOf(services, asOf),
        },
      };
    },
  }),
  route({
    ...common,
    operationId: 'checkFeatureAccess',
    path: '/v1/customers/:customerId/access/:featureName',
    summary: 'Whether a customer may use a feature now: flag, limit and payments together',
    description:
      'Beside the flag it looks at what the feature draws on: a meter’s allowance of the running month, or a static limit, for which currentUsage says how many there are.',
    request: {
      params: featureParams,
      query: z.strictObject({
        currentUsage: currentUsage
          .optional()
          .describe(
            'How many there are of what the feature makes. For a meter: what it counted, if left out.',
          ),
      }),
    },
    response: z
      .strictObject({
        ...customerFeature,
        allowed: z.boolean(),
        reason: featureReason,
        remedy: z.string().nullable().describe('What can be done about it.'),
        flag: z.strictObject(flagDecision),
        uses: z
          .strictObject({
            kind: z.enum(['static', 'metered']),
            name: z.string().describe('A limit, or an event type.'),
            limit: units,
          })
          .nullable()
          .describe('What the feature draws on; null if on nothing.'),
        limit: limitSummary.nullable(),
        ...standing,
        ...currency,
        ...usageAge,
      })
      .meta({ id: 'FeatureCheck' }),
    errors: ['customer-not-found', 'unknown-feature'],
    async handler({ params: { customerId, featureName }, query }, { services }) {
      if (!isFlagId(featureName)) return unknownFeature(featureName);
      return { body: await featureCheck(services, customerId, featureName, query.currentUsage) };
    },
  }),
  route({
    ...common,
    operationId: 'checkUsageLimit',
    path: '/v1/customers/:customerId/limits/:resource',
    summary: 'Whether a customer may have or use one more of something',
    description:
      'A static limit refuses creation once currentUsage has reached it; what is above it after a downgrade stays. A metered one is the allowance of the running month: above it usage is paid for, or capped on Free without a payment method and on trial.',
    request: {
      params: z.strictObject({ customerId: id, resource: z.enum(LIMIT_IDS) }),
      query: z.strictObject({
        currentUsage: currentUsage
          .optional()
          .describe(
            'Needed for profiles, segments and users. For the others: what the meter counted, if left out.',
          ),
      }),
    },
    response: z
      .strictObject({
        customerId: id,
        resource: z.enum(LIMIT_IDS),
        ...limitCheck,
        remedy: z.string().nullable().describe('What can be done about a refusal.'),
        ...standing,
        ...currency,
        ...usageAge,
      })
      .meta({ id: 'UsageLimit' }),
    errors: ['customer-not-found'],
    async handler({ params: { customerId, resource }, query }, { services }) {
      return { body: await limitAnswer(services, customerId, resource, query.currentUsage) };
    },
  }),
];

async function featureCheck(
  services: Services,
  customerId: string,
  feature: FlagId,
  given: number | undefined,
) {
  const uses = useOf(feature);
  const { asOf, holding, usage } = await known(services, customerId, uses?.kind === 'metered');
  const now = services.clock.now();
  const reading = uses?.kind === 'metered' ? usage?.meters[uses.meter] : undefined;
  const check = checkFeature(holding, feature, now, {
    ...(reading === undefined ? {} : { reading }),
    ...(given === undefined ? {} : { currentUsage: BigInt(given) }),
  });
  const { allowed, reason, remedy, flag, limit } = check;
  return {
    customerId,
    featureName: feature,
    allowed,
    reason,
    remedy,
    flag: flagBody(flag),
    uses:
      uses === null
        ? null
        : {
            kind: uses.kind,
            name: uses.kind === 'metered' ? uses.meter : uses.limit,
            limit: asUnits(
              uses.kind === 'metered' ? (limit?.limit ?? 0n) : resolveLimit(holding, uses.limit, now).value,
            ),
          },
    limit: limit === null ? null : limitBody(limit),
    ...standingOf(holding),
    ...currencyOf(services, asOf),
    ...usageAgeOf(services, usage),
  };
}

async function limitAnswer(
  services: Services,
  customerId: string,
  resource: LimitId,
  given: number | undefined,
) {
  const now = services.clock.now();
  const definition = catalogueAt(now).limits[resource];
  const { asOf, holding, usage } = await known(services, customerId, definition.kind === 'metered');
  const used = given === undefined ? undefined : BigInt(given);
  const reading = definition.kind === 'metered' ? usage?.meters[definition.meter] : undefined;
  const check =
    definition.kind === 'metered' && reading !== undefined
      ? checkMeteredLimit(holding, definition.meter, reading, now, used)
      : checkStaticLimit(holding, resource, requireUsage(used, resource), now);
  return {
    customerId,
    resource,
    ...limitBody(check),
    remedy: limitRemedy(check),
    ...standingOf(holding),
    ...currencyOf(services, asOf),
    ...usageAgeOf(services, usage),
  };
}

async function known(services: Services, customerId: string, withUsage: boolean) {
  const found = withUsage
    ? await services.access.holdingAndUsage(customerId)
    : { ...(await services.access.holding(customerId)), usage: undefined };
  return { ...found, holding: required(found.holding, customerId) };
}

function required(holding: Holding | undefined, customerId: string): Holding {
  if (holding !== undefined) return holding;
  throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
}

function requireUsage(used: bigint | undefined, resource: string): bigint {
  if (used !== undefined) return used;
  const detail = `currentUsage says how many ${resource} there are; the ledger does not count them`;
  throw new ProblemError('validation-failed', detail, {
    errors: [{ pointer: '/currentUsage', in: 'query', detail }],
  });
}

function standingOf(holding: Holding | undefined) {
  return { status: holding?.status ?? ('none' as const), standing: holding?.standing ?? ('good' as const) };
}

function currencyOf({ access }: Services, asOf: number) {
  return { asOf, maxStalenessMs: access.maxStalenessMs };
}

function usageAgeOf({ access }: Services, usage: KnownUsage | undefined) {
  return { countedThrough: usage?.countedThrough ?? null, usageMaxAgeMs: access.usageMaxAgeMs };
}
