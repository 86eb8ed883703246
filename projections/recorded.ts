import type { DomainEvent, EventType } from '../domain/events.ts';
import type { subscriptionEvents } from '../domain/subscriptions/events.ts';
import { decode } from '../eventstore/codec.ts';
import type { StoredEvent } from '../eventstore/port.ts';

/** A decoded event and its place in the log. */
export type Recorded<Type extends EventType = EventType> = Extract<DomainEvent, { type: Type }> & {
  readonly id: string;
  /** 0-based place in its stream; the last one is what `ETag` says. */
  readonly revision: number;
  readonly position: number;
};

/** An event of a subscription's stream. */
export type SubscriptionRecord = Recorded<keyof typeof subscriptionEvents>;

/**
 * The events of the given types, decoded, in log order. Types that a read model does not use are left alone.
 * @throws UnknownEventError, ZodError as `decode` does
 */
export function recordedOf<Type extends EventType>(
  events: readonly StoredEvent[],
  types: readonly Type[],
): Recorded<Type>[] {
  const wanted: ReadonlySet<string> = new Set(types);
  return events.flatMap((stored) => {
    if (!wanted.has(stored.type)) return [];
    const { id, revision, position } = stored;
    return [{ ...decode(stored), id, revision, position } as Recorded<Type>];
  });
}

/** The names of a record of event definitions, for `recordedOf`. */
export function typesOf<Definitions extends object>(
  definitions: Definitions,
): (keyof Definitions & string)[] {
  return Object.keys(definitions) as (keyof Definitions & string)[];
}
