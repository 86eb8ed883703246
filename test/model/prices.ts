import catalogue from '../fixtures/catalogue.json' with { type: 'json' };
import { type Cents, cents, halfEven, type Micros, parts } from './arithmetic.ts';

/** The reference catalogue's own numbers; the models of the meters are written out from its words. */
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

export function allowanceOf(meter: string, tier: string): bigint {
  const found = catalogue.meters.find(({ id }) => id === meter);
  return BigInt((found?.allow as Record<string, number> | undefined)?.[tier] ?? 0);
}

const ENDLESS = 10n ** 30n;

/** [units up to, price of a unit]: each unit at the price of the step it falls into. */
const STEPS: Readonly<Record<string, readonly (readonly [bigint, string])[]>> = {
  'event.tracked': [[ENDLESS, '0.00001']],
  'api.called': [
    [10_000_000n, '0.0001'],
    [ENDLESS, '0.00006'],
  ],
  'audience.activated': [
    [1_000_000n, '0.001'],
    [10_000_000n, '0.0007'],
    [ENDLESS, '0.0005'],
  ],
  'prediction.scored': [
    [1_000_000n, '0.0025'],
    [ENDLESS, '0.0015'],
  ],
  'sms.sent': [[ENDLESS, '0.012']],
  'profile.enriched': [
    [100_000n, '0.02'],
    [1_000_000n, '0.015'],
    [ENDLESS, '0.01'],
  ],
  'ai.brief_generated': [
    [100n, '2.50'],
    [1_000n, '2.00'],
    [ENDLESS, '1.50'],
  ],
  'model.trained': [[ENDLESS, '50.00']],
};

/** The price of so many units of a meter above its allowance, half-even to 1e-6. */
export function priceOf(meter: string, units: bigint): Micros {
  const nanos = (price: string) => parts(price, 9);
  const rounded = (exact: bigint) => halfEven(exact, 1_000n);
  if (meter === 'data.exported') {
    const started = units / 1_000n + (units % 1_000n === 0n ? 0n : 1n);
    return rounded(started * nanos('0.05'));
  }
  if (meter === 'email.sent') {
    const unit = units <= 1_000_000n ? '0.0008' : units <= 10_000_000n ? '0.0006' : '0.0004';
    return rounded(units * nanos(unit));
  }
  let below = 0n;
  let exact = 0n;
  for (const [upTo, price] of STEPS[meter] ?? []) {
    if (units <= below) break;
    exact += ((units < upTo ? units : upTo) - below) * nanos(price);
    below = upTo;
  }
  return rounded(exact);
}
