import { z } from 'zod';
import type { Catalogue } from './catalogue.ts';
import { catalogueHistory, FLAG_IDS, type FlagId, firstCatalogue } from './catalogue.ts';
import { LIMIT_IDS, type LimitId, METER_IDS, type MeterId, TIERS, type Tier } from './types.ts';

/** All that is wrong with a catalogue file, one line for each fault, with the place it is at. */
export class CatalogueFileError extends Error {
  override readonly name = 'CatalogueFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The catalogue file cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const MAX_UNITS = 10 ** 15;

const units = z
  .int('must be a whole number')
  .min(0)
  .max(MAX_UNITS)
  .transform((value) => BigInt(value));
const cents = z
  .string()
  .regex(/^\d{1,9}\.\d{2}$/, 'must be a price in cents as a decimal string, such as "99.00"');
const unitPrice = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal string with at most nine places, such as "0.0001"');
const note = z.string().min(1).max(200).exactOptional();
const firstOfMonth = z
  .string()
  .regex(
    /^\d{4}-(0[1-9]|1[0-2])-01T00:00:00\.000Z$/,
    'must be the first instant of a month, such as 2027-01-01T00:00:00.000Z: a month of usage has one list',
  );

const priceTiers = z
  .array(z.strictObject({ upTo: units.nullable(), unitPrice }))
  .min(1)
  .refine(
    (tiers) =>
      tiers.every(({ upTo }, index) => {
        const below = index === 0 ? 0n : (tiers[index - 1]?.upTo ?? 0n);
        return index === tiers.length - 1 ? upTo === null : upTo !== null && upTo > below;
      }),
    'must ascend by upTo, and the last one, and only it, has upTo null',
  );

const priceModel = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('standard'), unitPrice }),
  z.strictObject({
    kind: z.literal('package'),
    size: units.refine((size) => size > 0n, 'must be at least 1'),
    price: unitPrice,
  }),
  z.strictObject({ kind: z.literal('graduated'), tiers: priceTiers }),
  z.strictObject({ kind: z.literal('volume'), tiers: priceTiers }),
]);

const aggregation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('COUNT') }),
  z.strictObject({ kind: z.literal('SUM'), of: z.string() }),
  z.strictObject({ kind: z.literal('UNIQUE_COUNT'), keys: z.array(z.string()), window: z.literal('day') }),
]);

const tierPlan = z.strictObject({
  price: z.strictObject({ monthly: cents, annual: cents }),
  trialDays: z.int().min(0).max(365),
  overage: z.enum([
    'hard_cap_until_payment_method_then_paid_overflow',
    'paid_overflow',
    'paid_overflow_with_commit',
  ]),
  note,
});

const freePlan = tierPlan.extend({
  price: z.strictObject({ monthly: z.literal('0.00'), annual: z.literal('0.00') }),
});

const meter = z.strictObject({
  unit: z.string().min(1),
  aggregation,
  price: priceModel,
  allowance: z.strictObject(each(TIERS, units)),
  limit: z.enum(LIMIT_IDS).nullable(),
});

const label = z.string().min(1).max(100);
const limit = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('static'),
    label,
    values: z.strictObject(each(TIERS, z.union([units, z.literal('unlimited')]))),
  }),
  z.strictObject({ kind: z.literal('metered'), label, meter: z.enum(METER_IDS) }),
]);

const flag = z.strictObject({
  category: z.enum([
    'core',
    'activation',
    'analytics',
    'ml',
    'integrations',
    'security',
    'support_sla',
    'white_label',
  ]),
  tiers: z
    .array(z.enum(TIERS))
    .refine((tiers) => new Set(tiers).size === tiers.length, 'must name a tier once'),
  note,
});

const version = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_.:-]{1,40}$/, 'must be 1 to 40 of A-Z a-z 0-9 _ . : -'),
  effectiveFrom: firstOfMonth,
  currency: z.string().regex(/^[A-Z]{3}$/),
  tiers: z.strictObject({ ...each(TIERS, tierPlan), free: freePlan }),
  limits: z.strictObject(each(LIMIT_IDS, limit)),
  meters: z.strictObject(each(METER_IDS, meter)),
  flags: z.strictObject(each(FLAG_IDS, flag)),
});

const file = z.strictObject({ versions: z.array(version) });

/**
 * The versions of a catalogue file, oldest first: each one a full catalogue that follows the one before. A version
 * sets prices, allowances, limits and which tier has which flag; what a meter counts, and which meter is whose limit,
 * stays as it is.
 * @param json the parsed file
 * Throws CatalogueFileError naming everything that is wrong, unknown members among it.
 */
export function parseCatalogueFile(json: unknown): Catalogue[] {
  const result = file.safeParse(json);
  if (!result.success) throw new CatalogueFileError(result.error.issues.map(describeIssue));
  const versions: Catalogue[] = result.data.versions;
  const problems = versions.flatMap((next) => changesOfKind(firstCatalogue, next));
  if (problems.length > 0) throw new CatalogueFileError(problems);
  try {
    catalogueHistory([firstCatalogue, ...versions]);
  } catch (error) {
    throw new CatalogueFileError([error instanceof Error ? error.message : String(error)]);
  }
  return versions;
}

/** Versions in the form of the file, to be read again by `parseCatalogueFile`. */
export function asCatalogueFile(versions: readonly Catalogue[]): object {
  const text = JSON.stringify({ versions }, (_name, value) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  return JSON.parse(text);
}

function changesOfKind(first: Catalogue, next: Catalogue): string[] {
  const problems: string[] = [];
  const requireSame = (place: string, before: unknown, after: unknown) => {
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    problems.push(`${next.id}: ${place} must stay ${JSON.stringify(before)}`);
  };
  requireSame('currency', first.currency, next.currency);
  for (const id of METER_IDS) {
    const [before, after] = [first.meters[id], next.meters[id]];
    requireSame(`meters.${id}.unit`, before.unit, after.unit);
    requireSame(`meters.${id}.aggregation`, before.aggregation, after.aggregation);
    requireSame(`meters.${id}.limit`, before.limit, after.limit);
  }
  for (const id of LIMIT_IDS) {
    const [before, after] = [first.limits[id], next.limits[id]];
    requireSame(`limits.${id}.kind`, before.kind, after.kind);
    if (before.kind === 'metered' && after.kind === 'metered') {
      requireSame(`limits.${id}.meter`, before.meter, after.meter);
    }
  }
  for (const id of FLAG_IDS) {
    requireSame(`flags.${id}.category`, first.flags[id].category, next.flags[id].category);
  }
  return problems;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `${place === '' ? 'file' : place}: there is no member ${issue.keys.join(', ')}`;
  }
  return `${place === '' ? 'file' : place}: ${issue.message}`;
}

function each<Id extends Tier | LimitId | MeterId | FlagId, Schema>(
  ids: readonly Id[],
  schema: Schema,
): Record<Id, Schema> {
  return Object.fromEntries(ids.map((id) => [id, schema])) as Record<Id, Schema>;
}
