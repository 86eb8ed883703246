import { type CreditEvent, creditEvents } from '../../domain/credits/events.ts';
import { customerDecider } from '../../domain/customers/decider.ts';
import type { CustomerEvent } from '../../domain/customers/events.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { eventDefinitions } from '../../domain/events.ts';
import { type DraftLine, type InvoiceCommand, invoiceDecider } from '../../domain/invoicing/decider.ts';
import { type InvoiceEvent, invoiceEvents } from '../../domain/invoicing/events.ts';
import { type Decider, isRefusal } from '../../domain/kernel/decider.ts';
import { type Instant, type Interval, monthOf } from '../../domain/kernel/time.ts';
import type { UsageEvent } from '../../domain/metering/events.ts';
import { type SubscriptionCommand, subscriptionDecider } from '../../domain/subscriptions/decider.ts';
import type { SubscriptionEvent } from '../../domain/subscriptions/events.ts';
import type { EventStore, NewEvent, StoredEvent } from '../../eventstore/port.ts';
import { uuidv5 } from '../../platform/uuid.ts';

const NAMESPACE = '6d3c1c1e-54a5-5f0a-8f0e-0f6a9f0c5b11';

/** Runs commands through a decider, as one stream would. A refused one is an error, or leaves no event. */
export function decided<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  commands: readonly Command[],
  refused: 'throws' | 'leaves nothing' = 'throws',
): Event[] {
  let state = decider.initialState;
  return commands.flatMap((command) => {
    const events = decider.decide(command, state);
    if (isRefusal(events)) {
      if (refused === 'throws') throw new Error(`${events.code}: ${events.detail}`);
      return [];
    }
    state = events.reduce((current, event) => decider.evolve(current, event), state);
    return [...events];
  });
}

export function registered(customerId: string, now: Instant): CustomerEvent[] {
  const party = { customerId, subjectId: `sub-${customerId}`, currency: 'USD', taxRate: '0.08' };
  const signup = { tier: 'growth', billingCycle: 'monthly', trialDays: 0 } as const;
  return decided(customerDecider, [{ type: 'registerCustomer', now, ...party, paymentMethod: true, signup }]);
}

export interface SignUp {
  readonly now: Instant;
  readonly tier: string;
  readonly billingCycle?: 'monthly' | 'annual';
  readonly trialDays?: number;
}

/** The stream of a subscription: its start and what comes after it. */
export function subscribed(
  customerId: string,
  { now, tier, billingCycle = 'monthly', trialDays = 0 }: SignUp,
  later: readonly SubscriptionCommand[] = [],
  refused: 'throws' | 'leaves nothing' = 'throws',
): SubscriptionEvent[] {
  const ids = { customerId, subscriptionId: `sub-${customerId}`, invoiceId: `inv-${customerId}-1` };
  const terms = { tier, billingCycle, trialDays, currency: 'USD', taxRate: '0.08' };
  const start = { type: 'createSubscription', now, ...ids, ...terms } as const;
  return decided(subscriptionDecider, [start, ...later], refused);
}

export function changeTier(now: Instant, newTier: string, invoiceId = 'inv-change'): SubscriptionCommand {
  return { type: 'changeSubscriptionTier', now, newTier, invoiceId, effectiveAt: null, prorate: 'invoice' };
}

/** The stream of an invoice of one line each for the given service periods, and what comes after it. */
export function invoiced(
  invoice: { readonly customerId: string; readonly invoiceId: string; readonly at: Instant },
  lines: readonly DraftLine[],
  later: readonly InvoiceCommand[] = [],
): InvoiceEvent[] {
  const { at: effectiveAt, ...ids } = invoice;
  const terms = { kind: 'signup', period: null, currency: 'USD', taxRate: '0.08' } as const;
  return decided(invoiceDecider, [
    { type: 'finalizeInvoice', effectiveAt, ...ids, ...terms, lines },
    ...later,
  ]);
}

export function subscriptionLine(amount: string, { from, to }: Interval): DraftLine {
  const accounts = { deferredAccount: '2100', revenueAccount: '4010' };
  const plan = { tier: 'growth', billingCycle: 'monthly', description: 'Growth' } as const;
  return { kind: 'subscription', ...plan, from, to, amount, ...accounts };
}

export function payment(now: Instant, amount: string, paymentId: string): InvoiceCommand {
  return { type: 'recordInvoicePayment', now, amount, paymentId, currency: 'USD', method: 'card' };
}

export interface Fact {
  readonly customerId: string;
  readonly eventId: string;
  readonly at: Instant;
  readonly meter?: string;
  readonly quantity?: number | bigint;
  readonly uniqueKey?: string;
}

export function usage(fact: Fact): UsageEvent {
  return { type: 'usage.recorded', data: factData(fact), effectiveAt: fact.at };
}

export function quarantined(fact: Fact): UsageEvent {
  const data = { ...factData(fact), reason: 'too-old' as const };
  return { type: 'usage.quarantined', data, effectiveAt: fact.at };
}

/** Lets a quarantined fact count. */
export function released(fact: Fact): UsageEvent {
  const { metadata: _metadata, ...data } = factData(fact);
  const quarantinedEvent = idOfFact(fact.customerId, fact.eventId);
  return {
    type: 'usage.released',
    data: { ...data, reason: 'too-old', quarantinedEvent },
    effectiveAt: fact.at,
  };
}

/** Adds a signed quantity to a meter's month. */
export function corrected({ customerId, eventId, at, meter = 'api.called', quantity = 1 }: Fact): UsageEvent {
  const correction = { correctionId: eventId, occurredAt: at, quantity: String(quantity), reason: 'test' };
  return { type: 'usage.corrected', data: { customerId, eventType: meter, ...correction }, effectiveAt: at };
}

function factData({ customerId, eventId, at, meter = 'api.called', quantity = 1, uniqueKey }: Fact) {
  const key = { uniqueKey: uniqueKey ?? null, quantity: String(quantity) };
  return { customerId, eventId, eventType: meter, occurredAt: at, ...key, metadata: {} };
}

/** The events as a log gives them back: numbered in order, each in its own stream, ids derived. */
export function stored(events: readonly DomainEvent[], startAfter = 0): StoredEvent[] {
  const revisions = new Map<string, number>();
  return events.map((event, index) => {
    const stream = streamOf(event);
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const position = startAfter + index + 1;
    const id = idOf(event, `${stream}/${revision}`);
    return { ...asNew(event, id), stream, revision, position, storedAt: '2026-01-01T00:00:00.000000Z' };
  });
}

/** Appends events, each to its own stream, one after the other; gives back the log's view of the whole log. */
export async function append(
  store: EventStore,
  events: readonly DomainEvent[],
): Promise<readonly StoredEvent[]> {
  for (const { stream, revision, position: _position, storedAt: _storedAt, ...event } of stored(events)) {
    const expected = revision === 0 ? 'none' : revision - 1;
    const result = await store.append({ stream, expected, events: [event] });
    if (result.outcome !== 'appended') throw new Error(`${stream}: ${result.outcome}`);
  }
  return store.readAll(0, events.length + 1);
}

function asNew(event: DomainEvent, id: string): NewEvent {
  const customerId = 'customerId' in event.data ? { customerId: event.data.customerId } : {};
  return {
    id,
    type: event.type,
    schemaVersion: eventDefinitions[event.type].version,
    data: event.data,
    metadata: {
      commandId: uuidv5(`command of ${id}`, NAMESPACE),
      commandType: 'test',
      correlationId: 'req-test',
      causationId: 'req-test',
      actor: 'key:test',
      requestHash: '0'.repeat(64),
      recordedAt: event.effectiveAt,
      effectiveAt: event.effectiveAt,
      ...customerId,
    },
  };
}

/** The id of a fact, a release or a correction derives from what it is, so that the same one has the same id. */
function idOf(event: DomainEvent, place: string): string {
  switch (event.type) {
    case 'usage.recorded':
    case 'usage.quarantined':
      return idOfFact(event.data.customerId, event.data.eventId);
    case 'usage.released':
      return uuidv5(`release ${event.data.quarantinedEvent}`, NAMESPACE);
    case 'usage.corrected':
      return uuidv5(`correction ${event.data.customerId} ${event.data.correctionId}`, NAMESPACE);
    default:
      return uuidv5(place, NAMESPACE);
  }
}

function idOfFact(customerId: string, eventId: string): string {
  return uuidv5(JSON.stringify([customerId, eventId]), NAMESPACE);
}

function streamOf(event: DomainEvent): string {
  if (Object.hasOwn(invoiceEvents, event.type)) {
    return `invoice-${(event as InvoiceEvent).data.invoiceId}`;
  }
  if (Object.hasOwn(creditEvents, event.type)) {
    return `credits-${(event as CreditEvent).data.customerId}`;
  }
  switch (event.type) {
    case 'clock.opened':
    case 'clock.advanced':
      return 'clock-business';
    case 'customer.registered':
    case 'customer.payment_method_attached':
      return `customer-${event.data.customerId}`;
    case 'entitlement.overridden':
    case 'entitlement.granted':
    case 'entitlement.revoked':
      return `entitlements-${event.data.customerId}`;
    case 'usage.recorded':
    case 'usage.quarantined':
    case 'usage.released':
    case 'usage.corrected':
      return `usage-${event.data.customerId}.${monthOf(event.data.occurredAt)}`;
    case 'usage.accrued':
    case 'usage.billed':
    case 'usage.credited':
      return `rating-${event.data.customerId}.${event.data.month}`;
    case 'usage.alert_raised':
      return `usage-alerts-${event.data.customerId}.${event.data.month}`;
    case 'usage.price_overridden':
    case 'usage.commitment_set':
    case 'usage.alert_set':
      return `usage-terms-${event.data.customerId}`;
    case 'provision.posted':
      return `provision-${event.data.month}`;
    case 'finance.input_recorded':
      return `finance-${event.data.month}`;
    default:
      return `subscription-${event.data.customerId}`;
  }
}
