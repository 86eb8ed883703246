import { expect } from 'vitest';
import { type DomainEvent, eventDefinitions } from '../../domain/events.ts';
import { type Decider, type Decision, isRefusal, type RefusalCode } from '../../domain/kernel/decider.ts';

interface Outcome<State, Event> {
  /** Fails unless exactly these events were decided. */
  thenEvents(...events: readonly Event[]): void;
  /** Fails unless the command was refused with this code; `field` is checked if given. */
  thenRefused(code: RefusalCode, field?: string): void;
  /** Fails unless the command was accepted and changed nothing. */
  thenNothing(): void;
  /** The decided events, to look at more closely. Fails if the command was refused. */
  events(): readonly Event[];
  /** The state after the decided events. Fails if the command was refused. */
  state(): State;
}

interface Given<State, Command, Event> {
  /** Further history, in order. */
  given(...events: readonly Event[]): Given<State, Command, Event>;
  when(command: Command): Outcome<State, Event>;
}

/**
 * Reads as a specification: `specification(decider).given(...events).when(command).thenEvents(...events)`.
 * Every decided event is held against the schema of its type, whatever the test looks at.
 */
export function specification<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
): Given<State, Command, Event> {
  return since(decider, []);
}

function since<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  history: readonly Event[],
): Given<State, Command, Event> {
  const fold = (state: State, events: readonly Event[]) =>
    events.reduce((current, event) => decider.evolve(current, event), state);
  return {
    given: (...events) => since(decider, [...history, ...events]),
    when(command) {
      const before = fold(decider.initialState, history);
      return outcome(decider.decide(command, before), (events) => fold(before, events));
    },
  };
}

function outcome<State, Event extends DomainEvent>(
  decision: Decision<Event>,
  fold: (events: readonly Event[]) => State,
): Outcome<State, Event> {
  const accepted = (): readonly Event[] => {
    if (isRefusal(decision)) expect.unreachable(`refused with ${decision.code}: ${decision.detail}`);
    for (const { type, data } of decision) expect(eventDefinitions[type].schema.parse(data)).toEqual(data);
    return decision;
  };
  return {
    thenEvents: (...events) => expect(accepted()).toEqual(events),
    thenRefused(code, field) {
      if (!isRefusal(decision)) expect.unreachable(`not refused, but ${JSON.stringify(decision)}`);
      expect(decision).toMatchObject(field === undefined ? { code } : { code, field });
      expect(decision.detail).not.toBe('');
    },
    thenNothing: () => expect(accepted()).toEqual([]),
    events: accepted,
    state: () => fold(accepted()),
  };
}
