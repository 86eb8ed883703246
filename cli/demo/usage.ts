import type { UsageInput } from '../../commands/metering.ts';
import { catalogueAt } from '../../domain/catalogue/catalogue.ts';
import type { MeterId } from '../../domain/catalogue/types.ts';
import { addMillis, DAY_MS, type Instant } from '../../domain/kernel/time.ts';
import { DAYS_A_WEEK, OPENS_AT, workingDay } from './calendar.ts';
import { type Customer, wishedTier } from './company.ts';
import { type Random, random } from './random.ts';
import { SEED } from './seed.ts';

/** Units a month where the plan includes none. */
const WITHOUT_ALLOWANCE: Partial<Record<MeterId, number>> = { 'sms.sent': 400, 'model.trained': 1 };
const FEW = 20;
/** Facts that a customer sends on a working day, pre-aggregated. */
const FACTS_A_DAY = [0, 0, 1, 1, 2] as const;
const FACTS_A_MONTH = 0.8 * DAYS_A_WEEK * 4.3;
const PROVIDERS = ['lookup', 'graph'] as const;

export type SentFact = UsageInput & { readonly eventId: string; readonly occurredAt: Instant };

/**
 * What a customer sends on a working day: mostly recent, some late by weeks, at times what is so old or so far ahead
 * that it goes to quarantine, and some of what it sent the time before once more.
 */
export function usageOn(customer: Customer, day: number): readonly SentFact[] {
  const fresh = factsOf(customer, day);
  const again = factsOf(customer, day - 1).filter((_, index) =>
    random(SEED, 'again', customer.customerId, day, index).chance(0.02),
  );
  return [...fresh, ...straysOn(customer, day), ...again];
}

/** The latest fact up to a working day whose quantity can be corrected by a share of it. */
export function latestFact(customer: Customer, upTo: number): (SentFact & { quantity: number }) | undefined {
  for (let day = upTo; day >= customer.joinsOn; day -= 1) {
    for (const fact of factsOf(customer, day)) {
      const { quantity = 1 } = fact;
      if (quantity > 1) return { ...fact, quantity };
    }
  }
  return undefined;
}

function factsOf(customer: Customer, day: number): readonly SentFact[] {
  if (day < customer.joinsOn) return [];
  const { customerId, meters } = customer;
  const dice = random(SEED, 'usage', customerId, day);
  return Array.from({ length: dice.pick(FACTS_A_DAY) }, (_, index) => {
    const eventType = dice.pick(meters);
    const occurredAt = occurredBefore(dice, workingDay(day), workingDay(customer.joinsOn));
    const content = contentOf(dice, customer, day, eventType);
    return { customerId, eventType, eventId: `${day}.${index}`, occurredAt, ...content };
  });
}

function straysOn(customer: Customer, day: number): readonly SentFact[] {
  return customer.strays
    .filter((stray) => stray.day === day)
    .map(({ eventId, daysAgo }) => {
      const dice = random(SEED, 'stray', customer.customerId, eventId);
      const [eventType] = customer.meters;
      const occurredAt = addMillis(workingDay(day), -daysAgo * DAY_MS);
      const content = contentOf(dice, customer, day, eventType);
      return { customerId: customer.customerId, eventType, eventId, occurredAt, ...content };
    });
}

function contentOf(dice: Random, customer: Customer, day: number, meter: MeterId) {
  if (meter === 'profile.enriched') {
    const metadata = { profileId: dice.between(1, 500), provider: dice.pick(PROVIDERS) };
    return { quantity: 1, metadata };
  }
  const tier = wishedTier(customer, day);
  const allowance = Number(catalogueAt(OPENS_AT).meters[meter].allowance[tier]);
  const usual = allowance > 0 ? allowance : (WITHOUT_ALLOWANCE[meter] ?? FEW);
  const factsOfMeter = Math.max(1, FACTS_A_MONTH / customer.meters.length);
  const share = (usual * customer.appetite * (0.5 + dice.next())) / factsOfMeter;
  return { quantity: Math.max(1, Math.round(share)), metadata: {} };
}

function occurredBefore(dice: Random, now: Instant, joinedAt: Instant): Instant {
  const late = dice.chance(0.05) ? dice.between(4, 30) * DAY_MS : 0;
  const at = addMillis(now, -late - dice.between(0, 2 * 86_400) * 1_000);
  return at < joinedAt ? now : at;
}
