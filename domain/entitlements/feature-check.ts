import type { FlagId } from '../catalogue/catalogue.ts';
import type { Instant } from '../kernel/time.ts';
import type { FeatureReason } from './feature-reasons.ts';
import { type FeatureUse, useOf } from './feature-use.ts';
import type { Access, Holding } from './holding.ts';
import { checkMeteredLimit, checkStaticLimit, type LimitCheck, type MeterReading } from './limit-check.ts';
import { featureRemedy } from './remedies.ts';
import { type FlagDecision, resolveFlag } from './resolution.ts';

/** Whether a customer may use a feature now: what it has, how it stands with its payments, and what is left. */
export interface FeatureCheck {
  readonly allowed: boolean;
  /** `readOnly` while payments are long overdue: what is there stays readable. */
  readonly access: Access;
  readonly reason: FeatureReason;
  /** What can be done about it; null where nothing needs to be. */
  readonly remedy: string | null;
  readonly flag: FlagDecision;
  readonly uses: FeatureUse | null;
  /** Null where the feature draws on nothing, or on a static limit and nobody said how many there are. */
  readonly limit: LimitCheck | null;
}

export interface FeatureReadings {
  /** Of the running month, if the feature draws on a meter. */
  readonly reading?: MeterReading;
  /** How many there are of what the feature makes, if it draws on a static limit. */
  readonly currentUsage?: bigint;
}

/**
 * May the customer use the feature at this instant: its flag first, then what it draws on, as far as that was read.
 */
export function checkFeature(
  holding: Holding,
  feature: FlagId,
  now: Instant,
  readings: FeatureReadings,
): FeatureCheck {
  const flag = resolveFlag(holding, feature, now);
  const uses = useOf(feature);
  const limit = uses === null ? null : limitOfUse(holding, uses, now, readings);
  const reason = reasonOf(flag, limit);
  const allowed = flag.access === 'full' && (limit?.allowed ?? true);
  return {
    allowed,
    access: flag.access,
    reason,
    remedy: featureRemedy(reason, { holding, feature, limit, now }),
    flag,
    uses,
    limit,
  };
}

function limitOfUse(
  holding: Holding,
  uses: FeatureUse,
  now: Instant,
  { reading, currentUsage }: FeatureReadings,
): LimitCheck | null {
  if (uses.kind === 'metered') {
    return reading === undefined ? null : checkMeteredLimit(holding, uses.meter, reading, now, currentUsage);
  }
  return currentUsage === undefined ? null : checkStaticLimit(holding, uses.limit, currentUsage, now);
}

function reasonOf(flag: FlagDecision, limit: LimitCheck | null): FeatureReason {
  if (flag.rule === 'status') return flag.accessReason;
  if (!flag.enabled) return flag.rule === 'override' ? 'feature-disabled' : 'feature-not-included';
  if (flag.access !== 'full' || limit === null || limit.allowed) return flag.accessReason;
  return limit.reason as FeatureReason;
}
