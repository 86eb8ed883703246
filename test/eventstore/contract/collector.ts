import type { EventStore, StoredEvent, SubscriptionMessage } from '../../../eventstore/port.ts';
import { idsOf } from './support.ts';

interface Options {
  readonly batchSize?: number;
  /** Events of other streams are not kept. */
  readonly streams?: ReadonlySet<string>;
  /** Runs before the next message is asked for. */
  readonly handle?: (message: SubscriptionMessage) => Promise<void> | void;
}

/** A subscription running in the background, and what it has delivered so far. */
export class Collector {
  readonly events: StoredEvent[] = [];
  /** How many of our events had been delivered at each caught-up signal. */
  readonly caughtUpAt: number[] = [];
  readonly batchSizes: number[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => undefined;
  #failure: unknown;

  constructor(store: EventStore, after: number, options: Options = {}) {
    this.#done = this.#run(store, after, options).catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
    });
  }

  get caughtUp(): boolean {
    return this.caughtUpAt.length > 0;
  }

  /** Waits until it holds; rejects when the subscription has ended with an error. */
  async until(holds: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (holds()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until all these events have come, in whatever order. */
  async untilSeen(expected: readonly { readonly id: string }[]): Promise<void> {
    const missing = new Set(idsOf(expected));
    let checked = 0;
    await this.until(() => {
      for (; checked < this.events.length; checked += 1) missing.delete(this.events[checked]?.id ?? '');
      return missing.size === 0;
    });
  }

  /** Ends the subscription by its signal and waits until the iteration is over. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(store: EventStore, after: number, options: Options): Promise<void> {
    const { batchSize, streams, handle } = options;
    const subscribe = {
      after,
      signal: this.#abort.signal,
      ...(batchSize === undefined ? {} : { batchSize }),
    };
    for await (const message of store.subscribe(subscribe)) {
      if (message.kind === 'caught-up') this.caughtUpAt.push(this.events.length);
      else {
        this.batchSizes.push(message.events.length);
        this.events.push(...message.events.filter((event) => streams?.has(event.stream) ?? true));
      }
      await handle?.(message);
      this.#wake();
    }
  }
}
