import { isMeterId } from '../catalogue/catalogue.ts';
import { METER_IDS, type MeterId, type PriceModel } from '../catalogue/types.ts';
import { type Decider, type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import type { Instant, Month } from '../kernel/time.ts';
import { checkedPrice, type PriceTerms, priceModelOf } from './price.ts';
import type { Threshold, UsageTermsEvent } from './usage-terms-events.ts';

interface PriceOverride {
  readonly eventType: string;
  readonly from: Month;
  readonly price: PriceTerms | null;
}

interface Commitment {
  readonly from: Month;
  /** A month, net, in cents. */
  readonly amount: string | null;
}

interface OwnThreshold {
  readonly eventType: string;
  readonly threshold: Threshold;
}

/**
 * What was agreed with one customer about its usage. An entry is in force from its month to the next entry's, in
 * order of months; one said again for the same month takes the place of the first. A JSON value.
 */
export interface UsageTerms {
  readonly prices: readonly PriceOverride[];
  readonly commitments: readonly Commitment[];
  readonly alerts: readonly OwnThreshold[];
}

export type UsageTermsCommand =
  | {
      readonly type: 'setPriceOverride';
      readonly now: Instant;
      readonly customerId: string;
      readonly eventType: string;
      readonly price: PriceTerms | null;
      readonly from: Month;
    }
  | {
      readonly type: 'setMinimumCommitment';
      readonly now: Instant;
      readonly customerId: string;
      readonly amount: string | null;
      readonly currency: string;
      readonly from: Month;
    }
  | {
      readonly type: 'setUsageAlert';
      readonly now: Instant;
      readonly customerId: string;
      readonly eventType: string;
      readonly threshold: Threshold | null;
    };

export const noUsageTerms: UsageTerms = { prices: [], commitments: [], alerts: [] };

/** Refuses: unknown-event-type, invalid-price, invalid-amount. */
export const usageTermsDecider: Decider<UsageTerms, UsageTermsCommand, UsageTermsEvent> = {
  initialState: noUsageTerms,
  decide(command, state) {
    switch (command.type) {
      case 'setPriceOverride':
        return overridePrice(command, state);
      case 'setMinimumCommitment':
        return commit(command, state);
      case 'setUsageAlert':
        return alertAt(command, state);
    }
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'usage.price_overridden': {
        const { eventType, from, price } = data;
        const others = state.prices.filter((entry) => entry.eventType !== eventType || entry.from !== from);
        return { ...state, prices: byMonth([...others, { eventType, from, price }]) };
      }
      case 'usage.commitment_set': {
        const { from, amount } = data;
        const others = state.commitments.filter((entry) => entry.from !== from);
        return { ...state, commitments: byMonth([...others, { from, amount }]) };
      }
      case 'usage.alert_set': {
        const { eventType, threshold } = data;
        const others = state.alerts.filter((entry) => entry.eventType !== eventType);
        return { ...state, alerts: threshold === null ? others : [...others, { eventType, threshold }] };
      }
    }
  },
};

/** The customer's own price of a meter in a month; undefined where the plan's holds. */
export function overrideIn(terms: UsageTerms, meter: MeterId, month: Month): PriceModel | undefined {
  const entry = terms.prices.findLast(({ eventType, from }) => eventType === meter && from <= month);
  return entry?.price == null ? undefined : priceModelOf(entry.price);
}

/** The customer's own commitment in a month, in cents; undefined where there is none. */
export function commitmentIn(terms: UsageTerms, month: Month): string | undefined {
  return terms.commitments.findLast(({ from }) => from <= month)?.amount ?? undefined;
}

function overridePrice(
  command: Extract<UsageTermsCommand, { type: 'setPriceOverride' }>,
  state: UsageTerms,
): Decision<UsageTermsEvent> {
  const { customerId, eventType, price, from, now } = command;
  if (!isMeterId(eventType)) return unknownMeter();
  const model = price === null ? [] : checkedPrice(price);
  if ('refused' in model) return model;
  const before = state.prices.findLast((entry) => entry.eventType === eventType && entry.from <= from);
  if (isSame(before?.price ?? null, price)) return [];
  const data = { customerId, eventType, price, from };
  return [{ type: 'usage.price_overridden', data, effectiveAt: now }];
}

function commit(
  command: Extract<UsageTermsCommand, { type: 'setMinimumCommitment' }>,
  state: UsageTerms,
): Decision<UsageTermsEvent> {
  const { customerId, currency, from, now } = command;
  const amount = command.amount === null ? null : wholeCents(command.amount);
  if (amount !== null && typeof amount !== 'string') return amount;
  const before = state.commitments.findLast((entry) => entry.from <= from);
  if ((before?.amount ?? null) === amount) return [];
  return [{ type: 'usage.commitment_set', data: { customerId, amount, currency, from }, effectiveAt: now }];
}

function alertAt(
  command: Extract<UsageTermsCommand, { type: 'setUsageAlert' }>,
  state: UsageTerms,
): Decision<UsageTermsEvent> {
  const { customerId, eventType, threshold, now } = command;
  if (!isMeterId(eventType)) return unknownMeter();
  const before = state.alerts.find((entry) => entry.eventType === eventType)?.threshold ?? null;
  if (isSame(before, threshold)) return [];
  return [{ type: 'usage.alert_set', data: { customerId, eventType, threshold }, effectiveAt: now }];
}

function wholeCents(amount: string): string | Refusal {
  const value = decimal(amount);
  if (value.gt(0) && toCents(value).eq(value)) return centsString(value);
  return refuse('invalid-amount', 'a commitment is above zero and in whole cents', 'amount');
}

function unknownMeter(): Refusal {
  return refuse('unknown-event-type', `eventType must be one of ${METER_IDS.join(', ')}`, 'eventType');
}

function byMonth<Entry extends { readonly from: Month }>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

/** Both come from the same schema, which fixes the order of members. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
