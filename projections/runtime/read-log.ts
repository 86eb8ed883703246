import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { isTransient } from './errors.ts';

export interface ReadLogOptions {
  readonly after: number;
  /** Last position that is wanted. */
  readonly through: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before each new attempt after an error that may pass. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

const MAX_ATTEMPTS = 20;
const RETRY_DELAY_MS = 250;

/**
 * The log between two positions in batches; while the caller works on one, the next is read.
 * @throws Error if the log ends before `through`: then what wrote that position is not in it
 */
export async function* readLog(
  store: EventStore,
  options: ReadLogOptions,
): AsyncGenerator<readonly StoredEvent[]> {
  const { through, signal } = options;
  let { after } = options;
  let next = after < through ? readBatch(store, after, options) : undefined;
  while (next !== undefined) {
    const batch = await next;
    const last = batch[batch.length - 1];
    if (last === undefined) throw new Error(`the log ends before position ${through}`);
    after = last.position;
    next = after < through ? readBatch(store, after, options) : undefined;
    next?.catch(() => undefined);
    signal?.throwIfAborted();
    yield last.position <= through ? batch : batch.filter((event) => event.position <= through);
  }
}

async function readBatch(
  store: EventStore,
  after: number,
  options: ReadLogOptions,
): Promise<readonly StoredEvent[]> {
  return retrying(() => store.readAll(after, options.batchSize), options);
}

/** Tries again after errors that may pass, for some seconds. */
export async function retrying<T>(
  work: () => Promise<T>,
  { onRetry, signal }: Pick<ReadLogOptions, 'onRetry' | 'signal'>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isTransient(error)) throw error;
      onRetry?.(error);
      await sleep(RETRY_DELAY_MS, undefined, { signal });
    }
  }
}
