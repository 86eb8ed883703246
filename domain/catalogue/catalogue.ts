import type { Instant } from '../kernel/time.ts';
import { type FlagId, flags } from './2026-01/flags.ts';
import { limits } from './2026-01/limits.ts';
import { meters } from './2026-01/meters.ts';
import { tiers } from './2026-01/tiers.ts';
import {
  type BillingCycle,
  type Flag,
  type Limit,
  type LimitId,
  type LimitValue,
  METER_IDS,
  type Meter,
  type MeterId,
  TIERS,
  type Tier,
  type TierPlan,
} from './types.ts';

export type { FlagId };

/** Everything that is priced, limited or switched by plan, as one version. Never edited once in force. */
export interface Catalogue {
  readonly id: string;
  /** In force from this instant until the next version's. */
  readonly effectiveFrom: Instant;
  readonly currency: string;
  readonly tiers: Readonly<Record<Tier, TierPlan>>;
  readonly limits: Readonly<Record<LimitId, Limit>>;
  readonly meters: Readonly<Record<MeterId, Meter>>;
  readonly flags: Readonly<Record<FlagId, Flag>>;
}

export interface CatalogueHistory {
  /** Oldest first. */
  readonly versions: readonly Catalogue[];
  /** The version in force at an instant. Throws RangeError before the first one. */
  at(instant: Instant): Catalogue;
  /** The version a customer bought, by its id. Throws RangeError if there is none. */
  version(id: string): Catalogue;
}

/** Throws RangeError unless the versions have distinct ids and strictly ascending effective dates. */
export function catalogueHistory(versions: readonly Catalogue[]): CatalogueHistory {
  if (new Set(versions.map((version) => version.id)).size !== versions.length) {
    throw new RangeError('catalogue versions need distinct ids');
  }
  versions.reduce<Catalogue | undefined>((previous, next) => {
    if (previous !== undefined && previous.effectiveFrom >= next.effectiveFrom) {
      throw new RangeError(`catalogue ${next.id} does not come after ${previous.id}`);
    }
    return next;
  }, undefined);
  return {
    versions,
    at(instant) {
      const found = versions.findLast((version) => version.effectiveFrom <= instant);
      if (found === undefined) throw new RangeError(`no catalogue at ${instant}`);
      return found;
    },
    version(id) {
      const found = versions.find((version) => version.id === id);
      if (found === undefined) {
        throw new RangeError(
          `this program does not know the catalogue version ${id.slice(0, 40)}: give it in CATALOGUE_FILE`,
        );
      }
      return found;
    },
  };
}

/** The first version has always been in force, so that imported history can be rated too. */
export const firstCatalogue: Catalogue = {
  id: '2026-01',
  effectiveFrom: '1970-01-01T00:00:00.000Z',
  currency: 'USD',
  tiers,
  limits,
  meters,
  flags,
};

/**
 * The versions that this program knows: the built-in one until a process has read its CATALOGUE_FILE. Set once,
 * before anything is decided; everything after that sees the same versions.
 */
let known = catalogueHistory([firstCatalogue]);

/**
 * Takes the versions that follow the built-in one, oldest first, in place of those it took before.
 * Throws RangeError as `catalogueHistory` does; then nothing has changed.
 */
export function useCatalogues(later: readonly Catalogue[]): void {
  known = catalogueHistory([firstCatalogue, ...later]);
}

/** Every version that this program knows, oldest first, those to come among them. */
export function catalogueVersions(): readonly Catalogue[] {
  return known.versions;
}

/** The list catalogue in force at an instant. */
export function catalogueAt(instant: Instant): Catalogue {
  return known.at(instant);
}

/** The catalogue version that a subscription names. Throws RangeError on an unknown id. */
export function catalogueVersion(id: string): Catalogue {
  return known.version(id);
}

export function isCatalogueVersion(id: string): boolean {
  return known.versions.some((version) => version.id === id);
}

export function isTier(value: string): value is Tier {
  return (TIERS as readonly string[]).includes(value);
}

export function isMeterId(value: string): value is MeterId {
  return (METER_IDS as readonly string[]).includes(value);
}

/** What a tier is called for people: `growth` → `Growth`. */
export function tierName(tier: string): string {
  return tier.charAt(0).toUpperCase() + tier.slice(1);
}

/** 0 (free) to 4 (enterprise): a change to a higher rank is an upgrade, to a lower one a downgrade. */
export function tierRank(tier: Tier): number {
  return TIERS.indexOf(tier);
}

/** Full price of a month or an annual term, net of tax, as a decimal string in cents. */
export function priceOf(catalogue: Catalogue, tier: Tier, cycle: BillingCycle): string {
  return catalogue.tiers[tier].price[cycle];
}

/** The tier's limit: the static value, or for a metered limit the meter's monthly allowance. */
export function limitOf(catalogue: Catalogue, tier: Tier, limit: LimitId): LimitValue {
  const definition = catalogue.limits[limit];
  return definition.kind === 'static'
    ? definition.values[tier]
    : catalogue.meters[definition.meter].allowance[tier];
}

export function hasFlag(catalogue: Catalogue, tier: Tier, flag: FlagId): boolean {
  return catalogue.flags[flag].tiers.includes(tier);
}

export function isFlagId(value: string): value is FlagId {
  return Object.hasOwn(flags, value);
}

/** The names of the 47 flags, in the catalogue's order; a later version switches them, it adds none. */
export const FLAG_IDS = Object.keys(flags) as readonly FlagId[];
