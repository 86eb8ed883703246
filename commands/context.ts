import type { Refusal } from '../domain/kernel/decider.ts';
import type { Instant, Month } from '../domain/kernel/time.ts';
import type { MeterQuantity } from '../domain/metering/rating-decider.ts';
import type { EventStore } from '../eventstore/port.ts';
import type { Vault } from '../platform/vault.ts';
import type { KeyClaims } from './claims.ts';
import type { CommandPipeline, RecordedEvent } from './pipeline.ts';

/** What was counted in a customer's months, and the log position up to which. */
export interface UsageReading {
  readonly countedThrough: number;
  /** Months in which nothing was counted are left out. */
  readonly months: ReadonlyMap<Month, readonly MeterQuantity[]>;
}

/** The metering read model as commands need it: it counts each fact once, for ever. */
export interface UsageReadings {
  /** From one month to another, both included. Waits until every fact that was in the log at the call is counted. */
  monthly(customerId: string, from: Month, to: Month): Promise<UsageReading>;
}

/** What the engines' commands stand on. */
export interface CommandContext {
  readonly pipeline: CommandPipeline;
  readonly store: EventStore;
  readonly claims: KeyClaims;
  readonly vault: Vault;
  readonly usage: UsageReadings;
  readonly now: () => Instant;
  /** Runs work of the same key one after the other in this process. */
  exclusive<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Runs what follows from these events, and what follows from that; the highest log position reached. */
  settle(events: readonly RecordedEvent[]): Promise<number>;
}

/** A handled command as its caller sees it. */
export interface Accepted<Result> {
  readonly result: Result;
  /** Revision of the command's own stream. */
  readonly revision: number;
  /** Highest log position of the command and of all that followed; undefined if nothing was appended. */
  readonly position: number | undefined;
  readonly replayed: boolean;
}

export type CommandResult<Result> = Accepted<Result> | Refusal;

export function wasRefused<Result>(result: CommandResult<Result>): result is Refusal {
  return 'refused' in result;
}
