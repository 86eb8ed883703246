import { catalogueAt, tierRank } from '../../domain/catalogue/catalogue.ts';
import { TIERS, type Tier } from '../../domain/catalogue/types.ts';
import { OPENS_AT } from './calendar.ts';
import { shopName } from './names.ts';
import { type Random, random } from './random.ts';

/** Change it and another company comes out. */
export const SEED = 'aura-demo-1';

export interface Move {
  /** Index of the working day on which it is asked for. */
  readonly day: number;
  readonly newTier: Tier;
}

/** One customer's year, fixed before the first command is sent. */
export interface Customer {
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
  readonly tier: Tier;
  readonly billingCycle: 'monthly' | 'annual';
  readonly trialDays: number;
  readonly taxRate: string;
  readonly paymentMethod: boolean;
  /** Index of the working day on which it signs up. */
  readonly joinsOn: number;
  readonly moves: readonly Move[];
  /** Its use of an allowance in a usual month: 1 is all of it. */
  readonly appetite: number;
}

const FOUNDING_SHARE = 0.35;
/** Shares of the tiers that customers begin on. */
const TIER_MIX: Readonly<Record<Tier, number>> = { free: 4, starter: 7, growth: 6, pro: 3, enterprise: 1 };
const TAX_RATES = ['0', '0', '0.08', '0.0725', '0.19'] as const;

/** The customers of the demo; the n-th is the same whatever their number. */
export function company(customers: number, days: number): readonly Customer[] {
  return Array.from({ length: customers }, (_, index) => customer(index, days));
}

function customer(index: number, days: number): Customer {
  const dice = random(SEED, 'customer', index);
  const name = shopName(index);
  const customerId = name.toLowerCase().replaceAll(' ', '-');
  const tier = firstTier(dice);
  const joinsOn = dice.chance(FOUNDING_SHARE) ? 0 : dice.between(0, days - 1);
  const billingCycle = tier !== 'free' && dice.chance(0.2) ? 'annual' : 'monthly';
  const trials = catalogueAt(OPENS_AT).tiers[tier].trialDays;
  return {
    customerId,
    name,
    email: `billing@${customerId}.example`,
    tier,
    billingCycle,
    trialDays: dice.chance(0.4) ? trials : 0,
    taxRate: dice.pick(TAX_RATES),
    paymentMethod: tier !== 'free' || dice.chance(0.6),
    joinsOn,
    moves: moves(dice, { tier, billingCycle, joinsOn }).filter(({ day }) => day < days),
    appetite: 0.3 + dice.next() * 1.4,
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

/** Working days that let a scheduled change of a monthly plan take effect before the next move. */
const SETTLED = 11;

function moves(dice: Random, from: Pick<Customer, 'tier' | 'billingCycle' | 'joinsOn'>): Move[] {
  const first = from.joinsOn + dice.between(5, 60);
  const again = first + SETTLED + dice.between(0, 30);
  const kind = dice.next();
  if (kind < 0.3) return move(first, from.tier, 1);
  if (kind < 0.42) return move(first, from.tier, -1);
  if (from.billingCycle === 'annual') return [];
  if (kind < 0.52) return leaveAndPerhapsReturn(dice, from.tier, first, again);
  if (kind < 0.6) return [...move(first, from.tier, 1), ...move(again, step(from.tier, 1), -1)];
  return [];
}

/** Leaving is a change to Free at the end of what is paid; who comes back is a reactivation. */
function leaveAndPerhapsReturn(dice: Random, tier: Tier, first: number, again: number): Move[] {
  if (tier === 'free') return [];
  const leaves: Move = { day: first, newTier: 'free' };
  return dice.chance(0.4) ? [leaves, { day: again, newTier: tier }] : [leaves];
}

function move(day: number, tier: Tier, by: 1 | -1): Move[] {
  const newTier = step(tier, by);
  return newTier === tier ? [] : [{ day, newTier }];
}

function step(tier: Tier, by: 1 | -1): Tier {
  return TIERS[tierRank(tier) + by] ?? tier;
}

/** The tier that a customer wants to be on, on a working day: its last wish counts. */
export function wishedTier({ tier, moves: wishes }: Customer, day: number): Tier {
  return wishes.findLast((wish) => wish.day <= day)?.newTier ?? tier;
}

/** A paying customer of the first day whose plan changed: the one to look at. */
export function shopToLookAt(customers: number, days: number): string {
  const cast = company(customers, days);
  const interesting = cast.filter(
    ({ joinsOn, tier, moves: wishes }) => joinsOn === 0 && tier !== 'free' && wishes.length > 0,
  );
  return (interesting[0] ?? cast[0])?.customerId ?? '';
}
