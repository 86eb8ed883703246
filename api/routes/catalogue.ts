import { z } from 'zod';
import {
  type Catalogue,
  catalogueAt,
  catalogueVersions,
  FLAG_IDS,
  hasFlag,
  limitOf,
} from '../../domain/catalogue/catalogue.ts';
import { LIMIT_IDS, METER_IDS, type PriceModel, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { centsString, decimal, toCents } from '../../domain/kernel/money.ts';
import { asUnits, units } from './access-schemas.ts';
import { asCount, asMoney, count, money } from './schemas.ts';
import { route } from './services.ts';

const TAGS = ['Plans and access'];
const EVERYBODY = ['admin', 'finance', 'auditor', 'ingest', 'customer'] as const;
const effectiveFrom = z.iso
  .datetime({ offset: true })
  .describe('In force from this instant on; the first version always was.');
const perTier = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject(Object.fromEntries(TIERS.map((tier) => [tier, schema])) as Record<Tier, Schema>);

const price = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('standard'), unitPrice: money }),
  z.strictObject({
    model: z.literal('package'),
    size: count,
    price: money.describe('Of each started package.'),
  }),
  z.strictObject({
    model: z
      .enum(['graduated', 'volume'])
      .describe('graduated: each unit at its tier; volume: all at the tier reached.'),
    tiers: z.array(
      z.strictObject({ upTo: count.nullable().describe('Null: without end.'), unitPrice: money }),
    ),
  }),
]);

const comparison = z
  .strictObject({
    catalogueVersion: z.string(),
    effectiveFrom,
    tiers: z.array(
      z.strictObject({
        tier: z.enum(TIERS),
        monthly: money,
        annual: money.describe('Of a whole annual term.'),
        annualPerMonth: money.describe('A twelfth of it, rounded to the cent.'),
        annualSaving: money.describe('Against twelve months.'),
        annualSavingPercent: count,
        trialDays: count,
        overage: z.string().describe('What happens above an allowance.'),
        note: z.string().nullable(),
        features: count.describe('How many flags it has.'),
      }),
    ),
    limits: z.array(
      z.strictObject({
        resource: z.enum(LIMIT_IDS),
        label: z.string(),
        kind: z.enum(['static', 'metered']).describe('static blocks creation; metered is a free allowance.'),
        values: perTier(units),
      }),
    ),
    meters: z.array(
      z.strictObject({
        eventType: z.enum(METER_IDS),
        unit: z.string(),
        price: price.describe('Of units above the allowance.'),
        allowance: perTier(count).describe('Units a month.'),
      }),
    ),
    features: z.array(
      z.strictObject({
        category: z.string(),
        flags: z.array(
          z.strictObject({
            featureName: z.string(),
            tiers: perTier(z.boolean()),
            note: z.string().nullable(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'TierComparison' });

export const catalogueRoutes = [
  route({
    operationId: 'getTierComparison',
    method: 'get',
    path: '/v1/tiers',
    summary: 'The plans on sale side by side, for a pricing page',
    description:
      'List prices and terms of the catalogue version in force now, net of tax. Open to every key.',
    tags: TAGS,
    roles: EVERYBODY,
    kind: 'query',
    customerScope: 'handler',
    response: comparison,
    errors: [],
    handler: async (_input, { services }) => ({ body: comparisonOf(catalogueAt(services.clock.now())) }),
  }),
  route({
    operationId: 'listCatalogueVersions',
    method: 'get',
    path: '/v1/catalogue/versions',
    summary: 'Catalogue versions by effective date, those to come among them',
    description: 'A subscription keeps the version it bought until it changes its tier.',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor'],
    kind: 'query',
    response: z.strictObject({
      versions: z.array(
        z.strictObject({
          id: z.string(),
          effectiveFrom,
          state: z.enum(['past', 'inForce', 'toCome']),
        }),
      ),
    }),
    errors: [],
    async handler(_input, { services }) {
      const now = services.clock.now();
      const current = catalogueAt(now).id;
      const versions = catalogueVersions().map(({ id, effectiveFrom }) => {
        const state = id === current ? 'inForce' : effectiveFrom > now ? 'toCome' : 'past';
        return { id, effectiveFrom, state } as const;
      });
      return { body: { versions } };
    },
  }),
];

function comparisonOf(catalogue: Catalogue): z.output<typeof comparison> {
  const { id, effectiveFrom, limits, meters, currency } = catalogue;
  return {
    catalogueVersion: id,
    effectiveFrom,
    tiers: TIERS.map((tier) => tierBody(catalogue, tier)),
    limits: LIMIT_IDS.map((resource) => ({
      resource,
      label: limits[resource].label,
      kind: limits[resource].kind,
      values: each((tier) => asUnits(limitOf(catalogue, tier, resource))),
    })),
    meters: METER_IDS.map((eventType) => ({
      eventType,
      unit: meters[eventType].unit,
      price: priceBody(meters[eventType].price, currency),
      allowance: each((tier) => asCount(meters[eventType].allowance[tier])),
    })),
    features: featuresOf(catalogue),
  };
}

function tierBody(catalogue: Catalogue, tier: Tier) {
  const { price: listed, trialDays, overage, note } = catalogue.tiers[tier];
  const asPrice = (amount: string) => asMoney(amount, catalogue.currency);
  const twelve = decimal(listed.monthly).times(12);
  const saving = twelve.minus(listed.annual);
  const share = twelve.eq(0) ? decimal(0) : saving.times(100).div(twelve);
  return {
    tier,
    monthly: asPrice(listed.monthly),
    annual: asPrice(listed.annual),
    annualPerMonth: asPrice(centsString(toCents(decimal(listed.annual).div(12)))),
    annualSaving: asPrice(centsString(saving)),
    annualSavingPercent: Number(share.round(0, 0).toFixed()),
    trialDays,
    overage,
    note: note ?? null,
    features: FLAG_IDS.filter((flag) => hasFlag(catalogue, tier, flag)).length,
  };
}

function featuresOf(catalogue: Catalogue) {
  const byCategory = Map.groupBy(FLAG_IDS, (flag) => catalogue.flags[flag].category);
  return [...byCategory].map(([category, flags]) => ({
    category,
    flags: flags.map((featureName) => ({
      featureName,
      tiers: each((tier) => hasFlag(catalogue, tier, featureName)),
      note: catalogue.flags[featureName].note ?? null,
    })),
  }));
}

function priceBody(model: PriceModel, currency: string): z.output<typeof price> {
  switch (model.kind) {
    case 'standard':
      return { model: model.kind, unitPrice: asMoney(model.unitPrice, currency) };
    case 'package':
      return { model: model.kind, size: asCount(model.size), price: asMoney(model.price, currency) };
    default:
      return {
        model: model.kind,
        tiers: model.tiers.map(({ upTo, unitPrice }) => ({
          upTo: upTo === null ? null : asCount(upTo),
          unitPrice: asMoney(unitPrice, currency),
        })),
      };
  }
}

function each<Value>(value: (tier: Tier) => Value): Record<Tier, Value> {
  return Object.fromEntries(TIERS.map((tier) => [tier, value(tier)])) as Record<Tier, Value>;
}
