import type { Instant, Month } from '../../domain/kernel/time.ts';
import type { usageEvents } from '../../domain/metering/events.ts';
import type { Recorded } from '../recorded.ts';
import type { FactStatus } from './tables.ts';

/** A fact, a correction, or the release of a quarantined fact. */
export type FactRecord = Recorded<keyof typeof usageEvents>;

/** What an event says of one row of `usage_facts`. */
export interface Fact {
  readonly type: FactRecord['type'];
  readonly customerId: string;
  readonly eventKey: string;
  readonly eventId: string;
  readonly meter: string;
  readonly occurredAt: Instant;
  readonly units: bigint;
  readonly uniqueKey: string | null;
  readonly reason: string | null;
  readonly position: number;
}

/** The same with what it adds to its meter. */
export interface AssessedFact extends Fact {
  readonly month: Month;
  readonly status: FactStatus;
  readonly rated: boolean;
  readonly quantity: bigint;
  readonly ratedQuantity: bigint;
}
