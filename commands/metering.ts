import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { type Instant, monthOf } from '../domain/kernel/time.ts';
import { outsideWindow } from '../domain/metering/acceptance.ts';
import { contributionOf } from '../domain/metering/aggregation.ts';
import type { UsageEvent } from '../domain/metering/events.ts';
import { canonicalJson, sha256Hex } from '../platform/canonical-json.ts';
import { monthOfCustomer } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import type { Envelope } from './envelope.ts';
import { type Fact, recordFacts, type UsageResult } from './fact-log.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { usageEvent, usageFactId } from './usage-event.ts';

/** A usage fact as it is sent; the customer and `eventId` make it unique for ever. */
export interface UsageInput {
  readonly customerId: string;
  readonly eventType: string;
  readonly eventId?: string | undefined;
  /** When it happened; now, if left out. */
  readonly occurredAt?: Instant | undefined;
  readonly quantity?: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Most units of caller metadata on one fact, as JSON text. It is declared free of personal data. */
export const MAX_METADATA_BYTES = 8_192;

/**
 * Records usage facts, one result for each, in order. Loads no stream: ids make the facts unique. A fact of a
 * known customer is always kept; outside the acceptance window (35 days back, 5 minutes ahead) in quarantine.
 * Item refusals: customer-not-found, unknown-event-type, invalid-usage.
 */
export async function trackUsageEvents(
  context: CommandContext,
  inputs: readonly UsageInput[],
  envelope: Envelope,
): Promise<UsageResult[]> {
  const now = context.now();
  const known = await registeredAmong(context, inputs);
  const prepared = inputs.map((input, index) => prepare(input, { envelope, index, now, known }));
  const facts = prepared.filter((item): item is Fact => 'append' in item);
  const results = await recordFacts(context, facts);
  return prepared.map((item) => ('append' in item ? (results.get(item) as UsageResult) : item));
}

/** Those of the facts' customers that are registered, each looked up once. */
async function registeredAmong(
  context: CommandContext,
  inputs: readonly UsageInput[],
): Promise<ReadonlySet<string>> {
  const named = [...new Set(inputs.map(({ customerId }) => customerId))];
  const found = await Promise.all(named.map((customerId) => registeredCustomer(context, customerId)));
  return new Set(named.filter((_customerId, index) => found[index] !== undefined));
}

interface Call {
  readonly envelope: Envelope;
  readonly index: number;
  readonly now: Instant;
  /** Customers that are registered. */
  readonly known: ReadonlySet<string>;
}

function prepare(input: UsageInput, at: Call): Fact | UsageResult {
  const { customerId, eventType, metadata } = input;
  const eventId = input.eventId ?? `${at.envelope.commandId}.${at.index}`;
  const refused = (refusal: Refusal): UsageResult => ({ status: 'refused', eventId, refusal });
  if (!at.known.has(customerId)) return refused(customerNotFound(customerId));
  const occurredAt = input.occurredAt ?? at.now;
  const contribution = contributionOf({ eventType, quantity: input.quantity, metadata, occurredAt });
  if ('refused' in contribution) return refused(contribution);
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    return refused(refuse('invalid-usage', `metadata is over ${MAX_METADATA_BYTES} bytes`, 'metadata'));
  }
  const hash = sha256Hex(canonicalJson({ ...input, eventId }));
  const { quantity, uniqueKey } = contribution;
  const fact = { customerId, eventType, eventId, occurredAt, quantity: `${quantity}`, uniqueKey, metadata };
  const reason = outsideWindow(occurredAt, at.now);
  const event = (
    reason === undefined
      ? { type: 'usage.recorded', data: fact, effectiveAt: occurredAt }
      : { type: 'usage.quarantined', data: { ...fact, reason }, effectiveAt: occurredAt }
  ) as UsageEvent;
  const stream = `usage-${monthOfCustomer(customerId, monthOf(occurredAt))}`;
  const id = usageFactId(customerId, eventId);
  const stored = usageEvent(event, { id, requestHash: hash, envelope: at.envelope, recordedAt: at.now });
  return {
    eventId,
    hash,
    append: { stream, expected: 'any', events: [stored] },
    quarantined: reason !== undefined,
  };
}
