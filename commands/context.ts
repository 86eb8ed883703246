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

/** A usage fact or correction as the read model knows it. */
export interface KnownUsage {
  readonly eventId: string;
  /** Id of its event. */
  readonly eventKey: string;
  readonly eventType: string;
  readonly occurredAt: Instant;
  readonly quantity: string;
  readonly uniqueKey: string | null;
  readonly quarantined: boolean;
  /** Why it is or was in quarantine; of a correction, its reason. */
  readonly reason: string | null;
  /** Log position of what made it what it is. */
  readonly position: number;
}

/**
 * The metering read model as commands need it: it counts each fact once, for ever. Every reading waits until all that
 * was in the log at the call is counted.
 */
export interface UsageReadings {
  /** From one month to another, both included. */
  monthly(customerId: string, from: Month, to: Month): Promise<UsageReading>;
  /**
   * The months that an invoice is to bill: its period, and every month up to it with unbilled usage or usage that is
   * reserved for the invoice already; oldest first, also where nothing was counted.
   */
  toBill(
    customerId: string,
    invoice: { readonly period: Month; readonly invoiceId: string },
  ): Promise<UsageReading>;
  /** What is known by these event ids. */
  known(customerId: string, eventKeys: readonly string[]): Promise<readonly KnownUsage[]>;
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

/** The same of what went to the log without its stream: a fact's place in it says nothing. */
export type RecordedFact<Result> = Omit<Accepted<Result>, 'revision'>;

export type CommandResult<Result> = Accepted<Result> | Refusal;

export function wasRefused<Result>(result: CommandResult<Result>): result is Refusal {
  return 'refused' in result;
}
