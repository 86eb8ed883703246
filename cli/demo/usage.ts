import type { UsageInput } from '../../commands/metering.ts';
import { catalogueAt } from '../../domain/catalogue/catalogue.ts';
import { METER_IDS, type MeterId } from '../../domain/catalogue/types.ts';
import { addMillis, type Instant } from '../../domain/kernel/time.ts';
import { DAY_MS, DAYS_A_WEEK } from './calendar.ts';
import { type Customer, SEED, wishedTier } from './company.ts';
import { type Random, random } from './random.ts';

/** Units a month where the plan includes none. */
const WITHOUT_ALLOWANCE: Partial<Record<MeterId, number>> = { 'sms.sent': 400, 'model.trained': 1 };
const FEW = 20;
/** Facts that a customer sends on a working day. */
const FACTS_A_DAY = [0, 1, 1, 1, 2] as const;
const FACTS_OF_A_METER_IN_A_MONTH = (DAYS_A_WEEK * 4.3) / METER_IDS.length;
const PROVIDERS = ['lookup', 'graph'] as const;

/**
 * What a customer sends on a working day, pre-aggregated by the sender: mostly recent, some late by weeks, a few
 * so old or so far ahead that they go to quarantine, and some of what it sent the time before once more.
 */
export function usageOn(customer: Customer, day: number, days: readonly Instant[]): readonly UsageInput[] {
  const fresh = factsOf(customer, day, days);
  const again = factsOf(customer, day - 1, days).filter((_, index) => sentTwice(customer, day, index));
  return [...fresh, ...again];
}

function sentTwice({ customerId }: Customer, day: number, index: number): boolean {
  return random(SEED, 'again', customerId, day, index).chance(0.02);
}

function factsOf(customer: Customer, day: number, days: readonly Instant[]): readonly UsageInput[] {
  const now = days[day];
  if (now === undefined || day < customer.joinsOn) return [];
  const dice = random(SEED, 'usage', customer.customerId, day);
  return Array.from({ length: dice.pick(FACTS_A_DAY) }, (_, index) => {
    const eventType = dice.pick(METER_IDS);
    return {
      customerId: customer.customerId,
      eventType,
      eventId: `${day}.${index}`,
      occurredAt: occurredAt(dice, now, days[customer.joinsOn] ?? now),
      ...contentOf(dice, customer, day, eventType),
    };
  });
}

function contentOf(dice: Random, customer: Customer, day: number, meter: MeterId) {
  if (meter === 'profile.enriched') {
    const metadata = { profileId: dice.between(1, 500), provider: dice.pick(PROVIDERS) };
    return { quantity: 1, metadata };
  }
  const tier = wishedTier(customer, day);
  const allowance = Number(catalogueAt('2025-01-01T00:00:00.000Z').meters[meter].allowance[tier]);
  const usual = allowance > 0 ? allowance : (WITHOUT_ALLOWANCE[meter] ?? FEW);
  const share = (usual * customer.appetite * (0.5 + dice.next())) / FACTS_OF_A_METER_IN_A_MONTH;
  return { quantity: Math.max(1, Math.round(share)), metadata: {} };
}

function occurredAt(dice: Random, now: Instant, joinedAt: Instant): Instant {
  const when = dice.next();
  if (when < 0.002) return addMillis(now, 2 * DAY_MS);
  if (when < 0.004) return addMillis(now, -40 * DAY_MS);
  const late = when < 0.05 ? dice.between(4, 30) * DAY_MS : 0;
  const at = addMillis(now, -late - dice.between(0, 2 * 86_400) * 1_000);
  return at < joinedAt ? now : at;
}
