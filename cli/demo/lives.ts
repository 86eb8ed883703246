import { tierRank } from '../../domain/catalogue/catalogue.ts';
import {
  type BillingCycle,
  METER_IDS,
  type MeterId,
  TIERS,
  type Tier,
} from '../../domain/catalogue/types.ts';
import type { Contract } from '../../domain/subscriptions/events.ts';
import { OPENS_AT, workingDay } from './calendar.ts';
import type { Life } from './company.ts';
import type { Payer } from './payers.ts';
import type { Random } from './random.ts';
import type { Move, Stray, Wish } from './wishes.ts';

/** Working days in which customers are told of; none of their moves comes later. */
const TOLD_DAYS = 1_040;
/** Most new customers come within two years. */
const JOINING_DAYS = 200;
const FOUNDING_SHARE = 0.35;
/** Shares of the tiers that customers begin on. */
const TIER_MIX: Readonly<Record<Tier, number>> = { free: 4, starter: 8, growth: 6, pro: 3, enterprise: 1 };
const TRIALS: readonly Tier[] = ['starter', 'growth', 'pro'];
const TAX_RATES = ['0', '0', '0.08', '0.0725', '0.19'] as const;
const REASONS = ['too expensive', 'missing a feature', 'closed the shop', 'went to a competitor'] as const;
const COUPONS = [
  { couponId: 'WELCOME10', percentOff: '10', months: 6 },
  { couponId: 'SPRING25', percentOff: '25', months: 3 },
  { couponId: 'PARTNER15', percentOff: '15', months: null },
] as const;
const MAIN_METERS = ['event.tracked', 'api.called', 'email.sent'] as const;
const FEATURES = [
  'analytics.funnels',
  'campaigns.journeys',
  'ml.churn_prediction',
  'security.audit_log',
] as const;

/** What a customer is on, as far as its own wishes go. */
interface Standing {
  readonly tier: Tier;
  readonly billingCycle: BillingCycle;
}

interface Chapter {
  readonly moves: readonly Move[];
  readonly standing: Standing;
  /** Working day after the last of its moves; undefined where the life ends. */
  readonly next: number | undefined;
}

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

function contractOf(dice: Random, index: number, billingCycle: BillingCycle): Contract {
  const monthly = dice.between(30, 60) * 100;
  return {
    contractId: `msa-${1_000 + index}`,
    price: `${billingCycle === 'annual' ? monthly * 10 : monthly}.00`,
    allowances: { 'event.tracked': `${dice.between(2, 6) * 100_000_000}` },
    limits: { users: 'unlimited' },
    commitment: dice.chance(0.5) ? `${dice.between(5, 20) * 100}.00` : null,
  };
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

function endOfTrial(dice: Random, joinsOn: number, standing: Standing): Chapter {
  const day = joinsOn + 2;
  if (dice.chance(0.4)) {
    const onFree = { tier: 'free', billingCycle: standing.billingCycle } as const;
    return { moves: [{ day, kind: 'change', newTier: 'free' }], standing: onFree, next: day + 10 };
  }
  return leave(dice, day, standing);
}

type Tale = (dice: Random, day: number, standing: Standing, index: number) => Chapter;

/** What happens to customers, and how often. */
const TALES: readonly (readonly [weight: number, tale: Tale])[] = [
  [30, upgrade],
  [11, downgrade],
  [7, changeCycle],
  [8, rest],
  [13, leave],
  [4, falter],
  [9, (dice, day, standing) => once({ day, kind: 'coupon', ...dice.pick(COUPONS) }, standing)],
  [
    6,
    (dice, day, standing) => {
      const expiresInDays = dice.chance(0.5) ? null : dice.between(60, 200);
      const amount = `${dice.between(2, 20) * 25}.00`;
      return once({ day, kind: 'topUp', amount, method: 'card', expiresInDays }, standing);
    },
  ],
  [
    7,
    (dice, day, standing) => {
      const amount = `${dice.between(1, 12) * 5}.00`;
      const expiresInDays = dice.between(30, 150);
      return once({ day, kind: 'grantCredit', amount, reason: 'goodwill', expiresInDays }, standing);
    },
  ],
  [5, askCreditBack],
  [3, ownPrice],
  [5, borrowFeature],
  [6, correctFacts],
  [3, ownAlert],
];

function chapterOf(dice: Random, day: number, standing: Standing, index: number): Chapter {
  let left = dice.next() * TALES.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, tale] of TALES) {
    left -= weight;
    if (left <= 0) return tale(dice, day, standing, index);
  }
  return { moves: [], standing, next: day };
}

function once(move: Move, standing: Standing): Chapter {
  return { moves: [move], standing, next: move.day };
}

function changeTo(day: number, standing: Standing, newTier: Tier, terms: object = {}): Chapter {
  const wish: Wish = { kind: 'change', newTier, ...terms };
  return { moves: [{ ...wish, day }], standing: { ...standing, tier: newTier }, next: day };
}

function upgrade(dice: Random, day: number, standing: Standing, index: number): Chapter {
  const newTier = TIERS[tierRank(standing.tier) + 1];
  if (newTier === undefined || (newTier === 'enterprise' && !dice.chance(0.3))) {
    return { moves: [], standing, next: day };
  }
  const contract =
    newTier === 'enterprise' ? { contract: contractOf(dice, index, standing.billingCycle) } : {};
  const prorate = dice.chance(0.25) ? { prorate: 'nextInvoice' } : {};
  return changeTo(day, standing, newTier, { ...contract, ...prorate });
}

function downgrade(dice: Random, day: number, standing: Standing): Chapter {
  const newTier = TIERS[tierRank(standing.tier) - 1];
  if (newTier === undefined) return { moves: [], standing, next: day };
  return changeTo(day, standing, newTier, dice.chance(0.3) ? { effectiveAt: 'now' } : {});
}

function changeCycle(_dice: Random, day: number, standing: Standing): Chapter {
  if (standing.tier === 'free') return { moves: [], standing, next: day };
  const billingCycle = standing.billingCycle === 'monthly' ? 'annual' : 'monthly';
  const chapter = changeTo(day, standing, standing.tier, { billingCycle });
  return { ...chapter, standing: { ...standing, billingCycle } };
}

function rest(dice: Random, day: number, standing: Standing): Chapter {
  if (standing.tier === 'free') return { moves: [], standing, next: day };
  const back = day + dice.between(3, 16);
  return {
    moves: [
      { day, kind: 'pause' },
      { day: back, kind: 'resume' },
    ],
    standing,
    next: back,
  };
}

/** At the end of what is paid, or at once; some come back after months. */
function leave(dice: Random, day: number, standing: Standing): Chapter {
  const at = dice.chance(0.65) ? 'periodEnd' : 'now';
  const refund = at === 'now' && dice.chance(0.5) ? 'unused' : 'none';
  const moves: Move[] = [{ day, kind: 'cancel', at, refund, reason: dice.pick(REASONS) }];
  if (refund === 'unused') moves.push({ day: day + 2, kind: 'settleRefunds', outcome: 'settled' });
  if (!dice.chance(0.35)) return { moves, standing, next: undefined };
  const back = day + dice.between(14, 44);
  const tier = standing.tier === 'free' ? 'starter' : standing.tier;
  moves.push({ day: back, kind: 'return', tier, billingCycle: 'monthly' });
  return { moves, standing: { tier, billingCycle: 'monthly' }, next: back };
}

function falter(dice: Random, day: number, standing: Standing): Chapter {
  const reason = dice.pick(REASONS);
  return {
    moves: [
      { day, kind: 'cancel', at: 'periodEnd', refund: 'none', reason },
      { day: day + 1, kind: 'resume' },
    ],
    standing,
    next: day + 1,
  };
}

function askCreditBack(dice: Random, day: number, standing: Standing): Chapter {
  const outcome = dice.chance(0.8) ? 'settled' : 'failed';
  return {
    moves: [
      { day, kind: 'refundCredit' },
      { day: day + 2, kind: 'settleCreditRefund', askedOn: day, outcome },
    ],
    standing,
    next: day + 2,
  };
}

function ownPrice(dice: Random, day: number, standing: Standing): Chapter {
  const price = { kind: 'standard', unitPrice: `0.00${dice.between(5, 9)}` } as const;
  return once({ day, kind: 'overridePrice', eventType: 'sms.sent', price }, standing);
}

function borrowFeature(dice: Random, day: number, standing: Standing): Chapter {
  const featureName = dice.pick(FEATURES);
  return once({ day, kind: 'grantFeature', featureName, days: dice.between(14, 90) }, standing);
}

function correctFacts(dice: Random, day: number, standing: Standing): Chapter {
  const share = dice.chance(0.7) ? -0.5 : 0.3;
  const reason = share < 0 ? 'counted twice by the sender' : 'lost by the sender';
  return once({ day, kind: 'correct', upTo: Math.max(0, day - 8), share, reason }, standing);
}

function ownAlert(dice: Random, day: number, standing: Standing): Chapter {
  const threshold = { unit: 'percent', value: String(dice.between(2, 7) * 10) } as const;
  return once({ day, kind: 'alert', eventType: 'event.tracked', threshold }, standing);
}
