import { clockDecider } from '../domain/clock/decider.ts';
import { creditsDecider } from '../domain/credits/decider.ts';
import { customerDecider } from '../domain/customers/decider.ts';
import { entitlementDecider } from '../domain/entitlements/decider.ts';
import type { DomainEvent } from '../domain/events.ts';
import { financeDecider } from '../domain/finance/decider.ts';
import { invoiceDecider } from '../domain/invoicing/decider.ts';
import type { Decider } from '../domain/kernel/decider.ts';
import { alertDecider } from '../domain/metering/alerts.ts';
import { ratingDecider } from '../domain/metering/rating-decider.ts';
import { usageTermsDecider } from '../domain/metering/usage-terms.ts';
import { provisionDecider } from '../domain/provision/decider.ts';
import { subscriptionDecider } from '../domain/subscriptions/decider.ts';

/** A decider and the streams it lives in. */
export interface Aggregate<State, Command, Event extends DomainEvent> {
  readonly stream: (id: string) => string;
  readonly decider: Decider<State, Command, Event>;
}

function aggregate<State, Command, Event extends DomainEvent>(
  category: string,
  decider: Decider<State, Command, Event>,
): Aggregate<State, Command, Event> {
  return { stream: (id) => `${category}-${id}`, decider };
}

export const customers = aggregate('customer', customerDecider);
export const subscriptions = aggregate('subscription', subscriptionDecider);
export const entitlements = aggregate('entitlements', entitlementDecider);
export const invoices = aggregate('invoice', invoiceDecider);
export const ratings = aggregate('rating', ratingDecider);
export const credits = aggregate('credits', creditsDecider);
export const usageTerms = aggregate('usage-terms', usageTermsDecider);
export const usageAlerts = aggregate('usage-alerts', alertDecider);
/** `finance-{month}` */
export const finances = aggregate('finance', financeDecider);
/** `provision-{month}` */
export const provisions = aggregate('provision', provisionDecider);
export const clocks = aggregate('clock', clockDecider);

/** `rating-{customerId}.{month}`, `usage-{customerId}.{month}`, `usage-alerts-{customerId}.{month}`: one stream for one thing in one period. */
export function monthOfCustomer(customerId: string, month: string): string {
  return `${customerId}.${month}`;
}
