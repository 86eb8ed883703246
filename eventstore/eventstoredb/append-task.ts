import type { Append, AppendResult, StoredEvent } from '../port.ts';
import type { AppendJson } from '../size.ts';
import { appended } from './append-outcome.ts';
import type { LogReader } from './log-reader.ts';

/** One append on its way. */
export interface AppendTask {
  readonly append: Append;
  readonly json: AppendJson;
  readonly submittedAt: number;
  /** When the server may first have taken it; undefined: it surely has not. */
  sentAt: number | undefined;
  /** Highest position known before it was first sent: its own events stand behind it. */
  floor: number | undefined;
  /** True if an earlier call with the same events ended with an unknown outcome. */
  readonly retried: boolean;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/** The task's own events where an explicit revision puts them, or behind its floor; undefined: not there. */
export async function findOwn(task: AppendTask, reader: LogReader): Promise<AppendResult | undefined> {
  const last =
    task.append.expected === 'any' ? await searchTail(task, reader) : await atExpectedPlace(task, reader);
  if (last === undefined) return undefined;
  return appended(last.revision, last.position, task.retried || last.position <= (task.floor ?? -1));
}

async function atExpectedPlace(task: AppendTask, reader: LogReader): Promise<StoredEvent | undefined> {
  const { stream, expected, events } = task.append;
  const first = typeof expected === 'number' ? expected + 1 : 0;
  let index = 0;
  let last: StoredEvent | undefined;
  for await (const event of reader.stream(stream, { from: BigInt(first), count: events.length })) {
    if (event.id !== events[index]?.id) return undefined;
    index += 1;
    last = event;
  }
  return index === events.length ? last : undefined;
}

/** Reads the stream backwards as far as the append can stand. */
async function searchTail(task: AppendTask, reader: LogReader): Promise<StoredEvent | undefined> {
  const { stream, events } = task.append;
  const floor = task.floor ?? -1;
  let missing = events.length - 1;
  let last: StoredEvent | undefined;
  for await (const event of reader.stream(stream, { from: 'end', direction: 'backwards' })) {
    if (event.position <= floor) return undefined;
    if (event.id === events[missing]?.id) {
      last ??= event;
      missing -= 1;
      if (missing < 0) return last;
    } else if (last !== undefined) {
      return undefined;
    }
  }
  return undefined;
}
