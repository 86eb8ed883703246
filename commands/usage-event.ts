import type { Instant } from '../domain/kernel/time.ts';
import { type UsageEvent, usageEvents } from '../domain/metering/events.ts';
import type { NewEvent } from '../eventstore/port.ts';
import { type Envelope, madeBy, naturalUuid } from './envelope.ts';

/** Id of the event that brings a fact: customer and `eventId` make it unique for ever. */
export function usageFactId(customerId: string, eventId: string): string {
  return naturalUuid('usage', customerId, eventId);
}

export interface UsageEventOrigin {
  readonly id: string;
  /** The id itself, unless given: facts of one command are told apart by their own ids. */
  readonly commandId?: string;
  /** What a repetition is compared by. */
  readonly requestHash: string;
  readonly envelope: Envelope;
  readonly recordedAt: Instant;
}

/** An event of a usage stream as it goes to the log. No stream is loaded for it: its id makes it unique. */
export function usageEvent(
  event: UsageEvent,
  { id, commandId = id, requestHash, envelope, recordedAt }: UsageEventOrigin,
): NewEvent {
  return {
    id,
    type: event.type,
    schemaVersion: usageEvents[event.type].version,
    data: event.data,
    metadata: {
      ...madeBy({ ...envelope, commandId, requestHash }),
      recordedAt,
      effectiveAt: event.effectiveAt,
      customerId: event.data.customerId,
    },
  };
}
