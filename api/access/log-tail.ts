import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { asError } from '../../platform/errors.ts';

export interface LogTailOptions {
  readonly store: EventStore;
  onEvents(events: readonly StoredEvent[]): void;
  readonly onError: (error: Error) => void;
  /** How often the head of the log is asked for, in milliseconds. */
  readonly heartbeatMs: number;
  /** Milliseconds of real time that only go forward. */
  readonly now: () => number;
}

const RETRY_DELAY_MS = 200;
/** A tail that needs longer to get to where the head was is behind, and says so by its age. */
const SEEN_WITHIN_MS = 2_000;

/**
 * Follows the log from its head on, and knows how current it is: a subscription that has gone silent looks like a log
 * in which nothing happens, so the head is asked for, and when everything up to it has been seen, that moment counts.
 */
export class LogTail {
  readonly #options: LogTailOptions;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<() => void>();
  #position = 0;
  #currentAt = Number.NEGATIVE_INFINITY;
  #running: readonly Promise<void>[] = [];

  private constructor(options: LogTailOptions) {
    this.#options = options;
  }

  /** @throws StoreUnavailableError if the log cannot be reached at the start */
  static async open(options: LogTailOptions): Promise<LogTail> {
    const tail = new LogTail(options);
    const asked = options.now();
    tail.#position = await options.store.head();
    tail.#currentAt = asked;
    tail.#running = [tail.#follow(), tail.#beat()];
    return tail;
  }

  /** Log position up to which every event has been seen. */
  get position(): number {
    return this.#position;
  }

  /** Milliseconds since the last moment at which nothing was in the log that had not been seen. */
  get ageMs(): number {
    return this.#options.now() - this.#currentAt;
  }

  /** Resolves true once everything up to a position has been seen; false after `timeoutMs`. */
  async reached(position: number, timeoutMs: number): Promise<boolean> {
    if (this.#position >= position) return true;
    const timeout = new AbortController();
    const late = sleep(timeoutMs, false, { signal: timeout.signal }).catch(() => false);
    const seen = (async () => {
      while (this.#position < position && !timeout.signal.aborted && !this.#abort.signal.aborted) {
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
      return this.#position >= position;
    })();
    const result = await Promise.race([late, seen]);
    timeout.abort();
    this.#wake();
    return result;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await Promise.all(this.#running);
  }

  async #follow(): Promise<void> {
    const { store, onEvents, onError } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        for await (const message of store.subscribe({ after: this.#position, signal })) {
          if (message.kind !== 'events') continue;
          onEvents(message.events);
          this.#position = message.events.at(-1)?.position ?? this.#position;
          this.#wake();
        }
      } catch (error) {
        onError(asError(error));
        await this.#pause(RETRY_DELAY_MS);
      }
    }
  }

  async #beat(): Promise<void> {
    const { store, now, heartbeatMs } = this.#options;
    while (!this.#abort.signal.aborted) {
      const asked = now();
      const head = await store.head().catch(() => undefined);
      if (head !== undefined && (await this.reached(head, SEEN_WITHIN_MS))) {
        this.#currentAt = Math.max(this.#currentAt, asked);
      }
      await this.#pause(heartbeatMs);
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}
