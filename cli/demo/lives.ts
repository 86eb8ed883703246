import { METER_IDS, type MeterId, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { OPENS_AT, workingDay } from './calendar.ts';
import type { Life } from './life.ts';
import type { Payer } from './payers.ts';
import type { Random } from './random.ts';
import { type Chapter, chapterOf, contractOf, endOfTrial, type Standing } from './tales.ts';
import type { Move, Stray } from './wishes.ts';

/** Working days in which customers are told of; none of their moves comes later. */
const TOLD_DAYS = 1_040;
/** Most new customers come within two years. */
const JOINING_DAYS = 200;
const FOUNDING_SHARE = 0.35;
/** Shares of the tiers that customers begin on. */
const TIER_MIX: Readonly<Record<Tier, number>> = { free: 4, starter: 8, growth: 6, pro: 3, enterprise: 1 };
const TRIALS: readonly Tier[] = ['starter', 'growth', 'pro'];
const TAX_RATES = ['0', '0', '0.08', '0.0725', '0.19'] as const;
const MAIN_METERS = ['event.tracked', 'api.called', 'email.sent'] as const;

/** A customer's life as it comes: chapters of moves, weeks apart. */
export function lifeOf(dice: Random, index: number): Life {
  const tier = firstTier(dice);
  const joinsOn = dice.chance(FOUNDING_SHARE) ? 0 : dice.between(0, JOINING_DAYS);
  const billingCycle = tier !== 'free' && dice.chance(0.2) ? 'annual' : 'monthly';
  const onTrial = TRIALS.includes(tier) && dice.chance(0.45);
  const moves = movesOf(dice, { tier, billingCycle }, joinsOn, onTrial, index);
  const taxRate = dice.pick(TAX_RATES);
  const strays = straysOf(dice, joinsOn);
  return {
    tier,
    billingCycle,
    trialDays: onTrial ? 14 : 0,
    contract: tier === 'enterprise' && dice.chance(0.6) ? contractOf(dice, index, billingCycle) : null,
    taxRate,
    taxInclusive: taxRate !== '0' && dice.chance(0.25),
    paymentMethod: tier !== 'free' || dice.chance(0.5),
    joinsOn,
    payer: payerOf(dice),
    appetite: 0.1 + 1.3 * dice.next() ** 2,
    meters: metersOf(dice),
    moves: [...moves, ...releasesOf(dice, strays)].sort((a, b) => a.day - b.day),
    strays,
  };
}

function firstTier(dice: Random): Tier {
  let left = dice.between(
    1,
    TIERS.reduce((sum, tier) => sum + TIER_MIX[tier], 0),
  );
  for (const tier of TIERS) {
    left -= TIER_MIX[tier];
    if (left <= 0) return tier;
  }
  return 'free';
}

function payerOf(dice: Random): Payer {
  const luck = dice.next();
  const since = workingDay(dice.between(0, JOINING_DAYS));
  if (luck < 0.04) return { habit: 'defaulter', since, special: {} };
  return { habit: luck < 0.12 ? 'slow' : 'prompt', since: OPENS_AT, special: {} };
}

function metersOf(dice: Random): [MeterId, ...MeterId[]] {
  const more = Array.from({ length: dice.between(1, 2) }, () => dice.pick(METER_IDS));
  return [dice.pick(MAIN_METERS), ...more];
}

function straysOf(dice: Random, joinsOn: number): Stray[] {
  return Array.from({ length: dice.between(0, 2) }, (_, index) => ({
    day: joinsOn + dice.between(12, 150),
    eventId: `stray-${index}`,
    daysAgo: dice.chance(0.3) ? -dice.between(1, 4) : dice.between(36, 60),
  }));
}

function releasesOf(dice: Random, strays: readonly Stray[]): Move[] {
  return strays
    .filter(() => dice.chance(0.5))
    .map(({ day, eventId }) => ({ day: day + dice.between(2, 6), kind: 'releaseQuarantined', eventId }));
}

function movesOf(dice: Random, first: Standing, joinsOn: number, onTrial: boolean, index: number): Move[] {
  const moves: Move[] = [];
  let standing = first;
  let day: number | undefined = joinsOn + dice.between(6, 26);
  if (onTrial && dice.chance(0.35)) {
    const end = endOfTrial(dice, joinsOn, standing);
    moves.push(...end.moves);
    ({ standing } = end);
    day = end.next;
  }
  while (day !== undefined && day < TOLD_DAYS) {
    const chapter: Chapter = chapterOf(dice, day, standing, index);
    moves.push(...chapter.moves);
    ({ standing } = chapter);
    day = chapter.next === undefined ? undefined : chapter.next + dice.between(10, 36);
  }
  return moves;
}
