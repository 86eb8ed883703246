import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { StoredEvent } from '../port.ts';

type Recorded = NonNullable<(AllStreamResolvedEvent | ResolvedEvent)['event']>;
type Stored = Pick<StoredEvent, 'data' | 'metadata'>;

/** Positions are 64-bit on the server and safe integers here; beyond 2^53 the program stops. */
export function safePosition(value: bigint | string): number {
  const position = Number(value);
  if (!Number.isSafeInteger(position)) throw new RangeError(`log position ${value} is beyond 2^53`);
  return position;
}

/** True for what the server keeps in the log for itself. */
export function isSystemEvent(recorded: Recorded): boolean {
  return recorded.type.startsWith('$') || recorded.streamId.startsWith('$');
}

export function positionOf(recorded: Recorded): number {
  if (recorded.position === undefined) throw new RangeError('EventStoreDB before 22.6 gives no positions');
  return safePosition(recorded.position.commit);
}

/** @throws TypeError on an event that this service did not write: its data or metadata is not JSON */
export function asStoredEvent(recorded: Recorded): StoredEvent {
  const { metadata: stored, data } = recorded;
  const foreign = !recorded.isJson || typeof data !== 'object' || !isJsonObject(stored);
  if (foreign)
    throw new TypeError(`${recorded.streamId}@${recorded.revision} is not an event of this service`);
  const { schemaVersion, ...metadata } = stored;
  return {
    id: recorded.id,
    type: recorded.type,
    schemaVersion: typeof schemaVersion === 'number' ? schemaVersion : 1,
    data: data as Stored['data'],
    metadata: metadata as unknown as Stored['metadata'],
    stream: recorded.streamId,
    revision: safePosition(recorded.revision),
    position: positionOf(recorded),
    storedAt: recorded.created.toISOString(),
  };
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
