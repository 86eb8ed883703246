import type { Tier } from '../../domain/catalogue/types.ts';
import { LEADS } from './leads.ts';
import type { Life } from './life.ts';
import { lifeOf } from './lives.ts';
import { shopName } from './names.ts';
import { random } from './random.ts';
import { SEED } from './seed.ts';

/** One customer's years, fixed before the first command is sent. */
export interface Customer extends Life {
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
}

/**
 * The customers of the demo; the n-th is the same whatever their number. The first ones live through everything that
 * can happen to a customer, within half a year; those after them as it comes.
 */
export function company(customers: number, days: number): readonly Customer[] {
  return Array.from({ length: customers }, (_, index) => customer(index, days));
}

function customer(index: number, days: number): Customer {
  const name = shopName(index);
  const customerId = name.toLowerCase().replaceAll(' ', '-');
  const life = LEADS[index] ?? lifeOf(random(SEED, 'life', index), index);
  return {
    ...life,
    customerId,
    name,
    email: `billing@${customerId}.example`,
    moves: life.moves.filter(({ day }) => day < days),
    strays: life.strays.filter(({ day }) => day < days),
  };
}

/** The tier that a customer wants to be on, on a working day: its last wish counts. */
export function wishedTier({ tier, moves }: Pick<Life, 'tier' | 'moves'>, day: number): Tier {
  const wish = moves.findLast(
    (move) => move.day <= day && (move.kind === 'change' || move.kind === 'return'),
  );
  if (wish?.kind === 'change') return wish.newTier;
  return wish?.kind === 'return' ? wish.tier : tier;
}

/** The customer to look at: a paying one of the first day whose plan has changed since. */
export function shopToLookAt(customers: number, days: number): string {
  const cast = company(customers, days);
  const interesting = cast.find(
    ({ joinsOn, tier, moves }) =>
      joinsOn === 0 && tier !== 'free' && moves.some(({ kind }) => kind === 'change'),
  );
  return (interesting ?? cast[0])?.customerId ?? '';
}
