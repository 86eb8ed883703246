import catalogue from '../fixtures/catalogue.json' with { type: 'json' };
import { type Cents, cents, halfEven, type Micros, parts } from './arithmetic.ts';

/** The reference catalogue's own numbers; the price models of the meters are written out from its words. */
export const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'] as const;
export type Tier = (typeof TIERS)[number];
export type Cycle = 'monthly' | 'annual';

export const METERS = catalogue.meters.map(({ id }) => id);

export function rankOf(tier: string): number {
  return TIERS.indexOf(tier as Tier);
}

export function listPrice(tier: string, cycle: Cycle): Cents {
  const plan = catalogue.tiers.find(({ id }) => id === tier);
  if (plan === undefined) throw new Error(`no tier ${tier}`);
  return cents(String(cycle === 'monthly' ? plan.price : plan.annual));
}

export function hasTrial(tier: string): boolean {
  return (catalogue.tiers.find(({ id }) => id === tier)?.trial_days ?? 0) > 0;
}

export function allowanceOf(meter: string, tier: string, contract: Contract | null): bigint {
  const agreed = contract?.allowances[meter];
  if (agreed !== undefined) return BigInt(agreed);
  const found = catalogue.meters.find(({ id }) => id === meter);
  return BigInt((found?.allow as Record<string, number> | undefined)?.[tier] ?? 0);
}

export interface Contract {
  readonly contractId: string;
  readonly price: string;
  readonly allowances: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly commitment: string | null;
}

/** What Enterprise customers agree in the histories. */
export const CONTRACTS: readonly Contract[] = [
  { contractId: 'k1', price: '5000.00', allowances: {}, limits: {}, commitment: '1500.00' },
  {
    contractId: 'k2',
    price: '33333.33',
    allowances: { 'email.sent': '10', 'sms.sent': '5000' },
    limits: { users: '7' },
    commitment: null,
  },
];

/** `each`: a unit's price by the step it falls into. `all`: of every unit, by the step that their number reaches. */
export type Price =
  | { readonly per: 'each' | 'all'; readonly steps: readonly (readonly [upTo: number, price: string])[] }
  | { readonly per: 'package'; readonly size: number; readonly price: string };

const each = (...steps: (readonly [number, string])[]): Price => ({ per: 'each', steps });
const END = Number.POSITIVE_INFINITY;

const LIST: Readonly<Record<string, Price>> = {
  'event.tracked': each([END, '0.00001']),
  'data.exported': { per: 'package', size: 1_000, price: '0.05' },
  'api.called': each([10_000_000, '0.0001'], [END, '0.00006']),
  'email.sent': {
    per: 'all',
    steps: [
      [1_000_000, '0.0008'],
      [10_000_000, '0.0006'],
      [END, '0.0004'],
    ],
  },
  'audience.activated': each([1_000_000, '0.001'], [10_000_000, '0.0007'], [END, '0.0005']),
  'prediction.scored': each([1_000_000, '0.0025'], [END, '0.0015']),
  'sms.sent': each([END, '0.012']),
  'profile.enriched': each([100_000, '0.02'], [1_000_000, '0.015'], [END, '0.01']),
  'ai.brief_generated': each([100, '2.50'], [1_000, '2.00'], [END, '1.50']),
  'model.trained': each([END, '50.00']),
};

/** The price of so many units of a meter above its allowance, half-even to 1e-6. */
export function priceOf(meter: string, units: bigint, own?: Price): Micros {
  const price = own ?? LIST[meter];
  if (price === undefined) throw new Error(`no meter ${meter}`);
  return halfEven(nanosOf(price, units), 1_000n);
}

function nanosOf(price: Price, units: bigint): bigint {
  if (price.per === 'package') {
    const size = BigInt(price.size);
    return (units / size + (units % size === 0n ? 0n : 1n)) * parts(price.price, 9);
  }
  let below = 0n;
  let total = 0n;
  for (const [upTo, unit] of price.steps) {
    const reached = upTo === END || units <= BigInt(upTo);
    if (price.per === 'all' && reached) return units * parts(unit, 9);
    const end = reached ? units : BigInt(upTo);
    if (price.per === 'each') total += (end - below) * parts(unit, 9);
    below = end;
    if (reached) break;
  }
  return total;
}
