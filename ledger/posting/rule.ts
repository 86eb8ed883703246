import type { DomainEvent, EventType } from '../../domain/events.ts';
import type { JournalEntry } from '../journal-entry.ts';

type EventOf<Type extends EventType> = Extract<DomainEvent, { type: Type }>;

/**
 * How an event type is recorded: a pure function of the event, named after its template and versioned in the
 * entry. Undefined only where every amount comes out zero.
 */
export type PostingRule<Type extends EventType> = (event: EventOf<Type>) => JournalEntry | undefined;

/** Declares that an event type moves no money. */
export const memo = 'memo';

/** One line for each event type: the compiler refuses a type that is neither posted nor a memo. */
export type PostingRules = { readonly [Type in EventType]: PostingRule<Type> | typeof memo };

/** Numbers of the revenue streams (reference: the 13 streams). */
export const STREAM = { subscriptions: 1, usage: 2 } as const;
