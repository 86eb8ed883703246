import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainEvent, eventDefinitions } from '../domain/events.ts';
import { isRefusal, type Refusal } from '../domain/kernel/decider.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { decode } from '../eventstore/codec.ts';
import { StoreBusyError } from '../eventstore/errors.ts';
import type { EventMetadata } from '../eventstore/metadata.ts';
import type { AppendResult, EventStore, NewEvent, StoredEvent } from '../eventstore/port.ts';
import { postingFor } from '../ledger/posting/index.ts';
import { IdempotencyKeyReusedError, PreconditionFailedError } from '../platform/errors.ts';
import { uuidv5 } from '../platform/uuid.ts';
import type { Aggregate } from './aggregate.ts';
import type { KeyClaims } from './claims.ts';
import { type Envelope, madeBy, meetsMatch } from './envelope.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { type CommandRecord, type FoldedStream, StreamCache } from './stream-cache.ts';

/** An event as it stands in the log, decoded. */
export type RecordedEvent = DomainEvent & {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly metadata: EventMetadata;
};

export type Outcome<State> =
  | {
      readonly kind: 'accepted';
      readonly state: State;
      /** What this command appended; empty if it changed nothing. */
      readonly events: readonly RecordedEvent[];
      readonly revision: number;
      /** Log position of the last event; undefined if nothing was appended. */
      readonly position: number | undefined;
      /** The command had been handled before: this is its first outcome. */
      readonly replayed: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface PipelineOptions {
  readonly store: EventStore;
  readonly now: () => Instant;
  readonly claims: KeyClaims;
  /** Folded streams kept in memory. */
  readonly cacheCapacity?: number;
  readonly onOutcome?: (commandType: string, outcome: string, envelope: Envelope, refusal?: Refusal) => void;
}

const DEFAULT_CACHE_CAPACITY = 50_000;
/** A process that has just appended needs no read, so it may win again and again: others insist this long. */
const INSISTS_FOR_MS = 10_000;
const MAX_PAUSE_MS = 20;

/**
 * Load, fold, decide, post, append. A conflict is decided again on the new state; a retry gets the first
 * outcome. Refusals are only given on freshly read state.
 * @throws IdempotencyKeyReusedError, PreconditionFailedError, and what the store throws (see eventstore/errors.ts)
 */
export class CommandPipeline {
  readonly #options: PipelineOptions;
  readonly #cache: StreamCache;
  readonly #mutex = new KeyedMutex();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#cache = new StreamCache(options.cacheCapacity ?? DEFAULT_CACHE_CAPACITY);
  }

  now(): Instant {
    return this.#options.now();
  }

  /** The folded state, from memory if it is there; it may lag behind other processes. */
  async state<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    freshness: 'cached' | 'fresh' = 'cached',
  ): Promise<FoldedStream<State>> {
    const stream = aggregate.stream(id);
    const cached = this.#cache.get(stream) as FoldedStream<State> | undefined;
    if (cached !== undefined && freshness === 'cached') return cached;
    return this.#catchUp(aggregate, stream, cached);
  }

  /**
   * Refuses a key that another request used. For sequences that claim their key with the last step only: the
   * steps before it must not leave a trace.
   * @throws IdempotencyKeyReusedError
   */
  async requireOwnKey<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    { commandId, requestHash }: Envelope,
  ): Promise<void> {
    const { store, claims } = this.#options;
    const event = store.uniqueEventIds ? await store.findEvent(eventId(commandId, 0)) : undefined;
    const used =
      event === undefined ? await claims.find(commandId) : { ...event.metadata, stream: event.stream };
    if (used === undefined) return;
    if (used.stream !== aggregate.stream(id) || used.requestHash !== requestHash) throw keyReused();
  }

  execute<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    command: Command,
    envelope: Envelope,
  ): Promise<Outcome<State>> {
    const stream = aggregate.stream(id);
    return this.#mutex.run(stream, async () => {
      const outcome = await this.#decideUntilSettled(aggregate, stream, command, envelope);
      const name = outcome.kind === 'refused' ? 'refused' : outcome.replayed ? 'replayed' : 'accepted';
      const refusal = outcome.kind === 'refused' ? outcome.refusal : undefined;
      this.#options.onOutcome?.(envelope.commandType, name, envelope, refusal);
      return outcome;
    });
  }

  async #decideUntilSettled<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    command: Command,
    envelope: Envelope,
  ): Promise<Outcome<State>> {
    let folded = this.#cache.get(stream) as FoldedStream<State> | undefined;
    let fresh = folded === undefined;
    folded ??= await this.#catchUp(aggregate, stream, undefined);
    const deadline = Date.now() + INSISTS_FOR_MS;
    for (let conflicts = 0; ; ) {
      const record = folded.commands.get(envelope.commandId);
      if (record !== undefined) return this.#replay(aggregate, stream, folded, record, envelope);
      if (Date.now() > deadline) throw new StoreBusyError(`${stream} kept changing; nothing was written`);
      const decision = meetsMatch(envelope, folded.revision)
        ? aggregate.decider.decide(command, folded.state)
        : undefined;
      if (decision === undefined || isRefusal(decision) || decision.length === 0) {
        if (fresh) return unchanged(folded, decision);
        folded = await this.#catchUp(aggregate, stream, folded);
        fresh = true;
        continue;
      }
      const events = this.#newEvents(decision, envelope);
      const result = await this.#append(stream, folded.revision, events, envelope);
      if (result.outcome === 'appended' && !result.replayed) {
        return this.#accept(aggregate, stream, folded, decision, events, result.position);
      }
      if (result.outcome === 'id-taken') await this.#refuseForeignKey(stream, result, envelope);
      conflicts += 1;
      await pauseAfter(conflicts);
      folded = await this.#catchUp(aggregate, stream, folded);
      fresh = true;
    }
  }

  async #append(
    stream: string,
    revision: number,
    events: readonly NewEvent[],
    envelope: Envelope,
  ): Promise<AppendResult> {
    const { store, claims } = this.#options;
    if (!store.uniqueEventIds) await claims.claim(envelope.commandId, stream, envelope.requestHash);
    const result = await store.append({ stream, expected: revision < 0 ? 'none' : revision, events });
    if (result.outcome === 'too-large') {
      throw new RangeError(`${envelope.commandType} makes an append of ${result.bytes} bytes`);
    }
    return result;
  }

  #accept<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    folded: FoldedStream<State>,
    decided: readonly Event[],
    events: readonly NewEvent[],
    position: number,
  ): Outcome<State> {
    const firstRevision = folded.revision + 1;
    const revision = folded.revision + events.length;
    const state = decided.reduce((current, event) => aggregate.decider.evolve(current, event), folded.state);
    const recorded = events.map((event, index) => ({
      ...(decided[index] as DomainEvent),
      id: event.id,
      stream,
      revision: firstRevision + index,
      metadata: event.metadata,
    }));
    const { commandId, requestHash } = (events[0] as NewEvent).metadata;
    const commands = new Map(folded.commands);
    commands.set(commandId, { requestHash, firstRevision, lastRevision: revision, position });
    this.#cache.set(stream, { state, revision, commands });
    return { kind: 'accepted', state, events: recorded, revision, position, replayed: false };
  }

  /** The first outcome: the events that stand in the log, and the state as they left it. */
  async #replay<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    folded: FoldedStream<State>,
    record: CommandRecord,
    envelope: Envelope,
  ): Promise<Outcome<State>> {
    if (record.requestHash !== envelope.requestHash) throw keyReused();
    const { firstRevision, lastRevision: revision, position } = record;
    const isLatest = folded.revision === revision;
    const stored = await this.#options.store.readStream(stream, isLatest ? firstRevision : 0);
    const history = stored.filter((event) => event.revision <= revision).map(recordedFrom);
    const state = isLatest
      ? folded.state
      : history.reduce(
          (current, event) => aggregate.decider.evolve(current, event as unknown as Event),
          aggregate.decider.initialState,
        );
    const events = history.filter((event) => event.revision >= firstRevision);
    return { kind: 'accepted', state, events, revision, position, replayed: true };
  }

  /** The first event id stands in another stream: the key was used there. */
  async #refuseForeignKey(
    stream: string,
    taken: Extract<AppendResult, { outcome: 'id-taken' }>,
    envelope: Envelope,
  ): Promise<void> {
    if (taken.stream !== stream) throw keyReused();
    const [event] = await this.#options.store.readEvents([taken]);
    if (event?.metadata.requestHash !== envelope.requestHash) throw keyReused();
  }

  async #catchUp<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    from: FoldedStream<State> | undefined,
  ): Promise<FoldedStream<State>> {
    const base = from ?? { state: aggregate.decider.initialState, revision: -1, commands: new Map() };
    const events = await this.#options.store.readStream(stream, base.revision + 1);
    if (events.length === 0) {
      if (base.revision >= 0) this.#cache.set(stream, base);
      return base;
    }
    const commands = new Map(base.commands);
    let state = base.state;
    for (const event of events) {
      state = aggregate.decider.evolve(state, decode(event) as Event);
      const { commandId, requestHash } = event.metadata;
      const firstRevision = commands.get(commandId)?.firstRevision ?? event.revision;
      const { revision: lastRevision, position } = event;
      commands.set(commandId, { requestHash, firstRevision, lastRevision, position });
    }
    const folded = { state, revision: (events[events.length - 1] as StoredEvent).revision, commands };
    this.#cache.set(stream, folded);
    return folded;
  }

  #newEvents(decided: readonly DomainEvent[], envelope: Envelope): NewEvent[] {
    const recordedAt = this.now();
    return decided.map((event, index) => {
      const entry = postingFor(event);
      const customerId = 'customerId' in event.data ? event.data.customerId : undefined;
      const metadata: EventMetadata = {
        ...madeBy(envelope),
        recordedAt,
        effectiveAt: event.effectiveAt,
        ...(customerId === undefined ? {} : { customerId }),
        ...(entry === undefined ? {} : { entry }),
      };
      const { version: schemaVersion, schema } = eventDefinitions[event.type];
      // What the log takes it keeps for ever: an event that could not be read back would stop every reader.
      schema.parse(event.data);
      const id = eventId(envelope.commandId, index);
      return { id, type: event.type, schemaVersion, data: event.data, metadata };
    });
  }
}

/** A stored event decoded. Throws UnknownEventError, ZodError as `decode` does. */
export function recordedFrom(event: StoredEvent): RecordedEvent {
  const { id, stream, revision, metadata } = event;
  return { ...decode(event), id, stream, revision, metadata };
}

/** The first conflict is mostly a stale cache; from the second on others are at it right now. */
async function pauseAfter(conflicts: number): Promise<void> {
  if (conflicts > 1) await sleep(Math.random() * Math.min(2 ** conflicts, MAX_PAUSE_MS));
}

function unchanged<State>(
  folded: FoldedStream<State>,
  decision: Refusal | readonly DomainEvent[] | undefined,
): Outcome<State> {
  if (decision === undefined) throw new PreconditionFailedError(folded.revision);
  if (isRefusal(decision)) return { kind: 'refused', refusal: decision };
  const { state, revision } = folded;
  return { kind: 'accepted', state, events: [], revision, position: undefined, replayed: false };
}

function keyReused(): IdempotencyKeyReusedError {
  return new IdempotencyKeyReusedError('this Idempotency-Key came with another request before');
}

/** Id of a command's event: with the first one, a log that knows all ids claims the command's key. */
export function eventId(commandId: string, index: number): string {
  return uuidv5(String(index), commandId);
}
