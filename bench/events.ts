import { monthOfCustomer } from '../commands/aggregate.ts';
import { naturalUuid } from '../commands/envelope.ts';
import { METER_IDS } from '../domain/catalogue/types.ts';
import { type DomainEvent, eventDefinitions } from '../domain/events.ts';
import { invoiceDecider } from '../domain/invoicing/decider.ts';
import { subscriptionLine } from '../domain/invoicing/lines.ts';
import { isRefusal } from '../domain/kernel/decider.ts';
import { fromMillis, monthEnd, monthOf, toMillis } from '../domain/kernel/time.ts';
import { contributionOf } from '../domain/metering/aggregation.ts';
import type { Append, NewEvent } from '../eventstore/port.ts';
import { postingFor } from '../ledger/posting/index.ts';
import { canonicalJson, sha256Hex } from '../platform/canonical-json.ts';

const CUSTOMERS = 5_000;
const STARTS_AT = toMillis('2026-01-01T00:00:00.000Z');

export function customerAt(index: number): string {
  // A stride that is prime to the number of customers: neighbours in the log are different customers.
  return `cus_${String((index * 1_237) % CUSTOMERS).padStart(6, '0')}`;
}

/** A usage fact as a caller would send it; every meter takes its turn. */
export function usageInput(index: number, occurredAt: string) {
  const eventType = METER_IDS[index % METER_IDS.length] ?? 'api.called';
  const metadata =
    eventType === 'profile.enriched'
      ? { profileId: `p-${index}`, provider: 'clearbit' }
      : { region: 'eu-west-1' };
  return {
    customerId: customerAt(index),
    eventType,
    eventId: `evt-${index}`,
    occurredAt,
    quantity: 1 + (index % 50),
    metadata,
  };
}

/** The append of one usage fact, as the metering command makes it. */
export function usageAppend(index: number): Append {
  const input = usageInput(index, fromMillis(STARTS_AT + index * 7));
  const { customerId, eventId, eventType, occurredAt, metadata } = input;
  const contribution = contributionOf(input);
  if ('refused' in contribution) throw new Error(contribution.detail);
  const data = {
    customerId,
    eventType,
    eventId,
    occurredAt,
    quantity: String(contribution.quantity),
    uniqueKey: contribution.uniqueKey,
    metadata,
  };
  const id = naturalUuid('usage', customerId, eventId);
  const event = newEvent({ type: 'usage.recorded', data, effectiveAt: occurredAt }, id, 'trackUsageEvents');
  const stream = `usage-${monthOfCustomer(customerId, monthOf(occurredAt))}`;
  return { stream, expected: 'any', events: [event] };
}

/** A final invoice of a monthly plan with tax: an entry of three postings. */
export function invoiceAppend(index: number): Append {
  const customerId = customerAt(index);
  const invoiceId = `inv_${String(index).padStart(9, '0')}`;
  const from = fromMillis(STARTS_AT + index * 60_000);
  const cents = 4_900 + (index % 9_973);
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
  const to = monthEnd(monthOf(from));
  const decided = invoiceDecider.decide(
    {
      type: 'finalizeInvoice',
      effectiveAt: from,
      invoiceId,
      customerId,
      kind: 'signup',
      period: null,
      currency: 'USD',
      taxRate: '0.08',
      lines: [
        subscriptionLine({
          ...{ invoiceId, kind: 'signup', tier: 'growth', billingCycle: 'monthly' },
          ...{ from, to, fullPrice: '299.00', amount, gross: null, discount: null },
        }),
      ],
    },
    invoiceDecider.initialState,
  );
  if (isRefusal(decided)) throw new Error(decided.detail);
  const [finalized] = decided;
  if (finalized === undefined) throw new Error('an invoice without its event');
  const event = newEvent(finalized, naturalUuid('invoice', invoiceId), 'finalizeInvoice');
  return { stream: `invoice-${invoiceId}`, expected: 'none', events: [event] };
}

/** An event with the metadata that the command pipeline gives it. */
function newEvent(event: DomainEvent, id: string, commandType: string): NewEvent {
  const entry = postingFor(event);
  const customerId = 'customerId' in event.data ? { customerId: event.data.customerId } : {};
  return {
    id,
    type: event.type,
    schemaVersion: eventDefinitions[event.type].version,
    data: event.data,
    metadata: {
      commandId: id,
      commandType,
      correlationId: `req_${id.slice(0, 18)}`,
      causationId: id,
      actor: 'key:owner',
      requestHash: sha256Hex(canonicalJson(event.data)),
      recordedAt: event.effectiveAt,
      effectiveAt: event.effectiveAt,
      ...customerId,
      ...(entry === undefined ? {} : { entry }),
    },
  };
}

export function range<T>(start: number, count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, offset) => make(start + offset));
}
