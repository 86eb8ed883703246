import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { type Instant, monthOf } from '../domain/kernel/time.ts';
import type { UsageEvent } from '../domain/metering/events.ts';
import { canonicalJson, sha256Hex } from '../platform/canonical-json.ts';
import { afterRecorded } from './after-recorded.ts';
import { monthOfCustomer } from './aggregate.ts';
import type { CommandContext, KnownUsage } from './context.ts';
import { type Envelope, naturalUuid } from './envelope.ts';
import { type Fact, recordFacts } from './fact-log.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { accrueBilledMonth } from './rating.ts';
import { usageEvent, usageFactId } from './usage-event.ts';

export type ReleaseResult =
  | {
      /** `duplicate`: it was released before. */
      readonly status: 'released' | 'duplicate';
      readonly eventId: string;
      readonly position: number | undefined;
    }
  | { readonly status: 'refused'; readonly eventId: string; readonly refusal: Refusal };

/**
 * Lets quarantined facts count, each once, in the month that it happened in; one result for each, in order. A month
 * that is billed already is accrued at once, any other with the next invoice.
 * Refuses customer-not-found; item by item: usage-event-not-found, usage-not-quarantined.
 */
export async function releaseQuarantinedUsage(
  context: CommandContext,
  customerId: string,
  eventIds: readonly string[],
  envelope: Envelope,
): Promise<readonly ReleaseResult[] | Refusal> {
  if ((await registeredCustomer(context, customerId)) === undefined) return customerNotFound(customerId);
  const keys = eventIds.map((eventId) => usageFactId(customerId, eventId));
  const known = new Map((await context.usage.known(customerId, keys)).map((fact) => [fact.eventKey, fact]));
  const recordedAt = context.now();
  const prepared = eventIds.map((eventId, index) =>
    prepare(customerId, eventId, known.get(keys[index] ?? ''), { envelope, recordedAt }),
  );
  const facts = prepared.filter((item): item is Fact => 'append' in item);
  const recorded = await recordFacts(context, facts);
  const months = new Set(facts.map(({ append }) => monthOf(append.events[0].metadata.effectiveAt)));
  await afterRecorded(async () => {
    for (const month of months) await accrueBilledMonth(context, customerId, month);
  });
  return prepared.map((item): ReleaseResult => {
    if (!('append' in item)) return item;
    const result = recorded.get(item);
    const position = result !== undefined && 'position' in result ? result.position : undefined;
    return {
      status: result?.status === 'accepted' ? 'released' : 'duplicate',
      eventId: item.eventId,
      position,
    };
  });
}

function prepare(
  customerId: string,
  eventId: string,
  fact: KnownUsage | undefined,
  { envelope, recordedAt }: { readonly envelope: Envelope; readonly recordedAt: Instant },
): Fact | ReleaseResult {
  if (fact === undefined) {
    const refusal = refuse('usage-event-not-found', `there is no usage event ${eventId}`, 'eventIds');
    return { status: 'refused', eventId, refusal };
  }
  const { eventType, occurredAt, quantity, uniqueKey, reason, eventKey: quarantinedEvent } = fact;
  if (!isReason(reason)) {
    const refusal = refuse('usage-not-quarantined', `${eventId} was never in quarantine`, 'eventIds');
    return { status: 'refused', eventId, refusal };
  }
  if (!fact.quarantined) return { status: 'duplicate', eventId, position: fact.position };
  const data = { customerId, eventType, eventId, occurredAt, quantity, uniqueKey, reason, quarantinedEvent };
  const event: UsageEvent = { type: 'usage.released', data, effectiveAt: occurredAt };
  const hash = sha256Hex(canonicalJson(data));
  const id = naturalUuid('usage-release', customerId, eventId);
  const stored = usageEvent(event, { id, requestHash: hash, envelope, recordedAt });
  const stream = `usage-${monthOfCustomer(customerId, monthOf(occurredAt))}`;
  return { eventId, hash, append: { stream, expected: 'any', events: [stored] }, quarantined: false };
}

function isReason(reason: string | null): reason is 'too-old' | 'in-the-future' {
  return reason === 'too-old' || reason === 'in-the-future';
}

export const quarantineFollowUps: FollowUps = {
  'usage.released': ({ data: { customerId, occurredAt } }, context) =>
    accrueBilledMonth(context, customerId, monthOf(occurredAt)),
};
