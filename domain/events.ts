import { clockEvents } from './clock/events.ts';
import { creditEvents } from './credits/events.ts';
import { customerEvents } from './customers/events.ts';
import { entitlementEvents } from './entitlements/events.ts';
import { financeEvents } from './finance/events.ts';
import { invoiceEvents } from './invoicing/events.ts';
import type { EventsOf } from './kernel/event.ts';
import { alertEvents } from './metering/alert-events.ts';
import { ratingEvents, usageEvents } from './metering/events.ts';
import { usageTermsEvents } from './metering/usage-terms-events.ts';
import { provisionEvents } from './provision/events.ts';
import { subscriptionEvents } from './subscriptions/events.ts';

/** Every event type that this program knows. One it does not know stops it: it never guesses. */
export const eventDefinitions = {
  ...clockEvents,
  ...customerEvents,
  ...subscriptionEvents,
  ...entitlementEvents,
  ...usageEvents,
  ...ratingEvents,
  ...usageTermsEvents,
  ...alertEvents,
  ...invoiceEvents,
  ...creditEvents,
  ...financeEvents,
  ...provisionEvents,
};

export type EventType = keyof typeof eventDefinitions;
export type DomainEvent = EventsOf<typeof eventDefinitions>;
export type EventData<Type extends EventType> = Extract<DomainEvent, { type: Type }>['data'];
