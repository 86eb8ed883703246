import { UnknownEventError } from '../../eventstore/codec.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { asError } from '../../platform/errors.ts';
import type { Batch, BatchWriter } from './batch.ts';
import { isTransient, LostOwnershipError } from './errors.ts';
import { type ParkedEvent, sequenceOf } from './parked-events.ts';

const MAX_ERROR_LENGTH = 1_000;

/**
 * Writes a batch for a projection that parks: events of parked sequences are set aside, and when the rest fails,
 * the first event that cannot be applied is found by bisection and parked, until all others are written.
 * @param parked sequences that are parked; grows
 * @returns events that were parked because they failed, in log order
 * @throws what is not the fault of an event: lost ownership, connections, unknown event types
 */
export async function writeParking(
  writer: BatchWriter,
  events: readonly StoredEvent[],
  parked: Set<string>,
): Promise<ParkedEvent[]> {
  const failed: ParkedEvent[] = [];
  let rest = events;
  while (rest.length > 0) {
    const whole = split(rest, parked);
    const error = await faultOf(() => writer.write(whole));
    if (error === undefined) return failed;
    const size = await firstFailingPrefix(writer, rest, parked);
    const poison = rest[size - 1];
    if (poison === undefined) return failed;
    const before = split(rest.slice(0, size - 1), parked);
    const culprit = { event: poison, sequence: sequenceOf(poison), error: messageOf(error) };
    await writer.write({ ...before, park: [...before.park, culprit], through: poison.position });
    parked.add(culprit.sequence);
    failed.push(culprit);
    rest = rest.slice(size);
  }
  return failed;
}

/** Length of the shortest prefix that cannot be applied; 0 when after all every one can. Nothing is written. */
async function firstFailingPrefix(
  writer: BatchWriter,
  events: readonly StoredEvent[],
  parked: ReadonlySet<string>,
): Promise<number> {
  let good = 0;
  let bad = events.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await fails(writer, split(events.slice(0, middle), parked))) bad = middle;
    else good = middle;
  }
  return bad;
}

async function fails(writer: BatchWriter, batch: Batch): Promise<boolean> {
  return (await faultOf(() => writer.rehearse(batch))) !== undefined;
}

/** What is wrong with the events; anything else that goes wrong is thrown. */
async function faultOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isPoison(error)) throw error;
    return asError(error);
  }
}

/** True if the events themselves are what cannot be applied. */
function isPoison(error: unknown): boolean {
  return !(error instanceof LostOwnershipError || error instanceof UnknownEventError || isTransient(error));
}

function split(events: readonly StoredEvent[], parked: ReadonlySet<string>): Batch {
  const through = events[events.length - 1]?.position ?? 0;
  const held = events.filter((event) => parked.has(sequenceOf(event)));
  return {
    events: held.length === 0 ? events : events.filter((event) => !parked.has(sequenceOf(event))),
    park: held.map((event) => ({ event, sequence: sequenceOf(event) })),
    through,
  };
}

function messageOf(error: Error): string {
  return error.message.slice(0, MAX_ERROR_LENGTH);
}
