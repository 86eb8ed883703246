import type { Refusal } from '../domain/kernel/decider.ts';
import {
  type Append,
  type AppendResult,
  type EventStore,
  MAX_APPEND_BYTES,
  MAX_EVENTS_PER_CALL,
  type NewEvent,
} from '../eventstore/port.ts';
import type { KeyClaims } from './claims.ts';

export type UsageResult =
  | {
      readonly status: 'accepted' | 'quarantined' | 'duplicate';
      readonly eventId: string;
      readonly position: number | undefined;
    }
  /** The id is taken by a fact with other content; nothing was written for this item. */
  | { readonly status: 'conflict'; readonly eventId: string }
  | { readonly status: 'refused'; readonly eventId: string; readonly refusal: Refusal };

/** A fact that may go to the log. */
export interface Fact {
  readonly eventId: string;
  /** SHA-256 over the content as it was sent. */
  readonly hash: string;
  readonly append: Append & { readonly events: readonly [NewEvent] };
  readonly quarantined: boolean;
}

type Results = Map<Fact, UsageResult>;

/** Appends facts, each once for ever; a result for each. */
export function recordFacts(
  { store, claims }: { readonly store: EventStore; readonly claims: KeyClaims },
  facts: readonly Fact[],
): Promise<Results> {
  return store.uniqueEventIds ? appendFacts(store, facts) : appendClaimedFacts(store, claims, facts);
}

/** Where the log knows all ids: each fact is an append of its own, and the log tells what it had already. */
async function appendFacts(store: EventStore, facts: readonly Fact[]): Promise<Results> {
  const results: Results = new Map();
  const seen: { readonly fact: Fact; readonly stream: string; readonly revision: number }[] = [];
  for (const part of inParts(facts, MAX_EVENTS_PER_CALL)) {
    const answers = await store.appendMany(part.map((fact) => fact.append));
    part.forEach((fact, index) => {
      const answer = answers[index] as AppendResult;
      const place = placeOfKnown(fact, answer);
      if (place !== undefined) seen.push({ fact, ...place });
      else results.set(fact, accepted(fact, answer));
    });
  }
  const stored = await store.readEvents(seen);
  const byPlace = new Map(stored.map((event) => [`${event.stream}@${event.revision}`, event]));
  for (const { fact, stream, revision } of seen) {
    const event = byPlace.get(`${stream}@${revision}`);
    const same = event?.metadata.requestHash === fact.hash;
    const { eventId } = fact;
    results.set(
      fact,
      same ? { status: 'duplicate', eventId, position: event.position } : { status: 'conflict', eventId },
    );
  }
  return results;
}

function placeOfKnown(fact: Fact, answer: AppendResult): { stream: string; revision: number } | undefined {
  if (answer.outcome === 'id-taken') return { stream: answer.stream, revision: answer.revision };
  if (answer.outcome === 'appended' && answer.replayed) {
    return { stream: fact.append.stream, revision: answer.revision };
  }
  return undefined;
}

function accepted(fact: Fact, answer: AppendResult): UsageResult {
  if (answer.outcome !== 'appended') throw new Error(`a usage fact was answered with ${answer.outcome}`);
  const { eventId, quarantined } = fact;
  return { status: quarantined ? 'quarantined' : 'accepted', eventId, position: answer.position };
}

/**
 * Where the log does not know all ids: claims first, then one append for each stream with what is new. A claim
 * that was not confirmed is appended again; the read model counts an id once.
 */
function appendClaimedFacts(store: EventStore, claims: KeyClaims, facts: readonly Fact[]): Promise<Results> {
  return claims.withFacts(facts.map(idOf), async () => {
    const results: Results = new Map();
    const pending = await claimEach(claims, facts, results);
    for (const part of inParts(pending, MAX_EVENTS_PER_CALL)) {
      const answers = await appendGroups(store, groupByStream(part));
      const written = part.filter((fact) => answers.get(fact)?.outcome === 'appended');
      await claims.confirmFacts(written.map(idOf));
      for (const fact of part) results.set(fact, accepted(fact, answers.get(fact) as AppendResult));
    }
    return results;
  });
}

/** Claims all facts; those that are to be appended. The others have their result. */
async function claimEach(claims: KeyClaims, facts: readonly Fact[], results: Results): Promise<Fact[]> {
  const asked = facts.map((fact) => ({ id: idOf(fact), hash: fact.hash }));
  const answers = facts.length === 0 ? [] : await claims.claimFacts(asked);
  return facts.filter((fact, index) => {
    const { eventId } = fact;
    const claim = answers[index];
    if (claim === 'conflict') results.set(fact, { status: 'conflict', eventId });
    else if (claim === 'duplicate') results.set(fact, { status: 'duplicate', eventId, position: undefined });
    else return true;
    return false;
  });
}

async function appendGroups(
  store: EventStore,
  groups: readonly (readonly [string, readonly Fact[]])[],
): Promise<Map<Fact, AppendResult>> {
  const appends = groups.map(([stream, group]) => appendOf(stream, group));
  const answers = await store.appendMany(appends);
  const results = new Map<Fact, AppendResult>();
  const torn: Fact[] = [];
  groups.forEach(([, group], index) => {
    const answer = answers[index] as AppendResult;
    // The server knows some of these ids and not others: an attempt before wrote a part of them.
    if (answer.outcome === 'wrong-revision' && group.length > 1) torn.push(...group);
    else for (const fact of group) results.set(fact, answer);
  });
  const singly = await store.appendMany(torn.map((fact) => appendOf(fact.append.stream, [fact])));
  torn.forEach((fact, index) => {
    results.set(fact, singly[index] as AppendResult);
  });
  return results;
}

function appendOf(stream: string, facts: readonly Fact[]): Append {
  return { stream, expected: 'any', events: facts.map((fact) => fact.append.events[0]) };
}

function idOf(fact: Fact): string {
  return fact.append.events[0].id;
}

/** Facts by stream, in order, each group within the size of one append. */
function groupByStream(facts: readonly Fact[]): (readonly [string, readonly Fact[]])[] {
  const groups: [string, Fact[]][] = [];
  const open = new Map<string, { group: Fact[]; bytes: number }>();
  for (const fact of facts) {
    const { stream, events } = fact.append;
    const bytes = Buffer.byteLength(JSON.stringify(events[0].data) + JSON.stringify(events[0].metadata));
    const current = open.get(stream);
    if (current !== undefined && current.bytes + bytes <= MAX_APPEND_BYTES) {
      current.group.push(fact);
      current.bytes += bytes;
    } else {
      const group = [fact];
      open.set(stream, { group, bytes });
      groups.push([stream, group]);
    }
  }
  return groups;
}

function inParts<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
