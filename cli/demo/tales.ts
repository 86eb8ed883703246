import { tierRank } from '../../domain/catalogue/catalogue.ts';
import { type BillingCycle, TIERS, type Tier } from '../../domain/catalogue/types.ts';
import type { Contract } from '../../domain/subscriptions/events.ts';
import type { Random } from './random.ts';
import type { Move, Wish } from './wishes.ts';

const REASONS = ['too expensive', 'missing a feature', 'closed the shop', 'went to a competitor'] as const;
const COUPONS = [
  { couponId: 'WELCOME10', percentOff: '10', months: 6 },
  { couponId: 'SPRING25', percentOff: '25', months: 3 },
  { couponId: 'PARTNER15', percentOff: '15', months: null },
] as const;
const FEATURES = [
  'analytics.funnels',
  'campaigns.journeys',
  'ml.churn_prediction',
  'security.audit_log',
] as const;

/** What a customer is on, as far as its own wishes go. */
export interface Standing {
  readonly tier: Tier;
  readonly billingCycle: BillingCycle;
}

export interface Chapter {
  readonly moves: readonly Move[];
  readonly standing: Standing;
  /** Working day after the last of its moves; undefined where the life ends. */
  readonly next: number | undefined;
}

export function contractOf(dice: Random, index: number, billingCycle: BillingCycle): Contract {
  const monthly = dice.between(30, 60) * 100;
  return {
    contractId: `msa-${1_000 + index}`,
    price: `${billingCycle === 'annual' ? monthly * 10 : monthly}.00`,
    allowances: { 'event.tracked': `${dice.between(2, 6) * 100_000_000}` },
    limits: { users: 'unlimited' },
    commitment: dice.chance(0.5) ? `${dice.between(5, 20) * 100}.00` : null,
  };
}

export function endOfTrial(dice: Random, joinsOn: number, standing: Standing): Chapter {
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
  [2, commit],
];

export function chapterOf(dice: Random, day: number, standing: Standing, index: number): Chapter {
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
  const chapter = changeTo(day, standing, newTier, { ...contract, ...prorate });
  if (standing.tier !== 'free') return chapter;
  return { ...chapter, moves: [{ day, kind: 'attachPaymentMethod' }, ...chapter.moves] };
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
  if (dice.chance(0.2)) return once({ day, kind: 'overrideFeature', featureName, enabled: true }, standing);
  const lent: Move = { day, kind: 'grantFeature', featureName, days: dice.between(14, 90) };
  const taken: Move = { day: day + 3, kind: 'revokeFeature', featureName };
  return { moves: dice.chance(0.25) ? [lent, taken] : [lent], standing, next: day + 3 };
}

function correctFacts(dice: Random, day: number, standing: Standing): Chapter {
  const share = dice.chance(0.7) ? -0.5 : 0.3;
  const reason = share < 0 ? 'counted twice by the sender' : 'lost by the sender';
  return once({ day, kind: 'correct', upTo: Math.max(0, day - 8), share, reason }, standing);
}

function commit(dice: Random, day: number, standing: Standing): Chapter {
  return once({ day, kind: 'commit', amount: `${dice.between(1, 8) * 25}.00` }, standing);
}

function ownAlert(dice: Random, day: number, standing: Standing): Chapter {
  const threshold = { unit: 'percent', value: String(dice.between(2, 7) * 10) } as const;
  return once({ day, kind: 'alert', eventType: 'event.tracked', threshold }, standing);
}
