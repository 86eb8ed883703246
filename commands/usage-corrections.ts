import { isMeterId } from '../domain/catalogue/catalogue.ts';
import { METER_IDS } from '../domain/catalogue/types.ts';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { type Instant, type Month, monthOf } from '../domain/kernel/time.ts';
import { outsideWindow } from '../domain/metering/acceptance.ts';
import { IdempotencyKeyReusedError } from '../platform/errors.ts';
import { afterRecorded } from './after-recorded.ts';
import { monthOfCustomer } from './aggregate.ts';
import type { CommandContext, RecordedFact } from './context.ts';
import { type Envelope, mintId } from './envelope.ts';
import { recordFacts } from './fact-log.ts';
import type { FollowUps } from './follow-ups.ts';
import { customerNotFound, registeredCustomer } from './lookups.ts';
import { eventId } from './pipeline.ts';
import { accrueBilledMonth } from './rating.ts';
import { usageEvent } from './usage-event.ts';

export interface Correction {
  readonly customerId: string;
  readonly eventType: string;
  /** Signed units, not zero. */
  readonly quantity: number;
  readonly reason: string;
  /** The month that it corrects; now, if left out. */
  readonly occurredAt?: Instant | undefined;
}

export interface CorrectionView extends Omit<Correction, 'occurredAt'> {
  readonly correctionId: string;
  readonly occurredAt: Instant;
  readonly period: Month;
}

/** As much as a thousand of the largest facts. */
export const MAX_CORRECTION = 1_000_000_000_000;

/**
 * Adds a signed quantity to what a meter counted in the month of `occurredAt`, however long ago. A month that is
 * billed already is accrued at once: the difference is billed by the next invoice, or credited.
 * Refuses: customer-not-found, unknown-event-type, invalid-usage.
 * @throws IdempotencyKeyReusedError
 */
export async function correctUsage(
  context: CommandContext,
  correction: Correction,
  envelope: Envelope,
): Promise<RecordedFact<CorrectionView> | Refusal> {
  const { customerId, eventType, quantity, reason } = correction;
  if ((await registeredCustomer(context, customerId)) === undefined) return customerNotFound(customerId);
  const now = context.now();
  const occurredAt = correction.occurredAt ?? now;
  const refusal = refusalOf(correction, occurredAt, now);
  if (refusal !== undefined) return refusal;

  const { commandId, requestHash } = envelope;
  const correctionId = mintId('cor', commandId);
  const data = { customerId, eventType, correctionId, occurredAt, quantity: `${quantity}`, reason };
  // The id of a command's first event: in a log that knows all ids it claims the key, whatever it was used for.
  const id = eventId(commandId, 0);
  const event = usageEvent(
    { type: 'usage.corrected', data, effectiveAt: occurredAt },
    { id, commandId, requestHash, envelope, recordedAt: now },
  );
  const stream = `usage-${monthOfCustomer(customerId, monthOf(occurredAt))}`;
  const fact = {
    eventId: correctionId,
    hash: requestHash,
    append: { stream, expected: 'any', events: [event] },
    quarantined: false,
  } as const;
  if (!context.store.uniqueEventIds) {
    await context.claims.claim(commandId, `usage-${customerId}`, requestHash);
  }
  const recorded = (await recordFacts(context, [fact])).get(fact);
  if (recorded?.status === 'conflict') {
    throw new IdempotencyKeyReusedError('this Idempotency-Key came with another request before');
  }
  if (recorded?.status !== 'accepted' && recorded?.status !== 'duplicate') {
    throw new Error(`a correction was answered with ${recorded?.status}`);
  }
  const replayed = recorded.status === 'duplicate';
  // Where a retry left the time to us, the first attempt has the word.
  const known = replayed ? await context.usage.known(customerId, [id]) : [];
  const at = known[0]?.occurredAt ?? occurredAt;
  const accrued = await afterRecorded(() => accrueBilledMonth(context, customerId, monthOf(at)));
  const position = recorded.position ?? known[0]?.position;
  return {
    result: { correctionId, customerId, eventType, quantity, reason, occurredAt: at, period: monthOf(at) },
    position: position === undefined ? accrued : Math.max(position, accrued ?? 0),
    replayed,
  };
}

function refusalOf(
  { eventType, quantity }: Correction,
  occurredAt: Instant,
  now: Instant,
): Refusal | undefined {
  if (!isMeterId(eventType)) {
    return refuse('unknown-event-type', `eventType must be one of ${METER_IDS.join(', ')}`, 'eventType');
  }
  if (!Number.isSafeInteger(quantity) || quantity === 0 || Math.abs(quantity) > MAX_CORRECTION) {
    const detail = `a correction is a whole number, not zero, at most ${MAX_CORRECTION} either way`;
    return refuse('invalid-usage', detail, 'quantity');
  }
  if (outsideWindow(occurredAt, now) === 'in-the-future') {
    return refuse('invalid-usage', 'what has not happened yet needs no correction', 'occurredAt');
  }
  return undefined;
}

export const correctionFollowUps: FollowUps = {
  'usage.corrected': ({ data: { customerId, occurredAt } }, context) =>
    accrueBilledMonth(context, customerId, monthOf(occurredAt)),
};
