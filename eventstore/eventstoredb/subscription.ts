import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from '../../platform/errors.ts';
import type { StoredEvent, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import type { Connection } from './connection.ts';
import { asStoreError, backOffMs, isTransient } from './failures.ts';
import { LiveTail } from './live-tail.ts';

export interface SubscriptionSettings {
  /** So long a silence is checked against the head of the log. */
  readonly watchdogMs: number;
  readonly onError: (error: Error) => void;
}

const DEFAULT_BATCH_SIZE = 500;

/** A subscription that outlives its connections. Its position moves when a batch has been consumed. */
export class Subscription {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #settings: SubscriptionSettings;
  readonly #batchSize: number;
  #position: number;
  /** Head of the log as it was when the subscription began. */
  #target: number | undefined;
  #caughtUp = false;
  #failures = 0;

  constructor(connection: Connection, options: SubscribeOptions, settings: SubscriptionSettings) {
    this.#connection = connection;
    this.#signal = AbortSignal.any([options.signal, connection.closing]);
    this.#settings = settings;
    this.#batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
    this.#position = options.after;
  }

  async *messages(): AsyncGenerator<SubscriptionMessage> {
    const signal = this.#signal;
    while (!signal.aborted) {
      const tail = new LiveTail(this.#connection.client, this.#position, this.#batchSize);
      try {
        yield* this.#follow(tail);
      } catch (error) {
        if (!isTransient(error)) throw asStoreError(error, this.#connection.server);
        this.#settings.onError(asError(error));
      } finally {
        tail.close();
      }
      this.#failures += 1;
      await sleep(backOffMs(this.#failures), undefined, { signal }).catch(() => undefined);
    }
  }

  async *#follow(tail: LiveTail): AsyncGenerator<SubscriptionMessage> {
    const signal = this.#signal;
    this.#target ??= await this.#connection.reader.head();
    let missed: number | undefined;
    while (!signal.aborted) {
      const events = tail.take(this.#batchSize);
      if (events.length > 0) {
        yield { kind: 'events', events };
        this.#consumed(events);
        missed = undefined;
      }
      if (this.#isCaughtUp()) yield { kind: 'caught-up' };
      if (events.length > 0) continue;
      if ((await tail.wait(this.#settings.watchdogMs, signal)) !== 'silence') continue;
      missed = await this.#missed(missed);
    }
  }

  #consumed(events: readonly StoredEvent[]): void {
    this.#failures = 0;
    this.#position = events.at(-1)?.position ?? this.#position;
    this.#connection.observe(this.#position);
  }

  /** True once: when everything up to the target is consumed. */
  #isCaughtUp(): boolean {
    if (this.#caughtUp || this.#position < (this.#target ?? Number.POSITIVE_INFINITY)) return false;
    this.#caughtUp = true;
    return true;
  }

  /**
   * The head, if it is ahead of us after a silence.
   * @param before the answer of the last silence
   * @throws Error when what was missing then has not come since: the subscription is dead without saying so
   */
  async #missed(before: number | undefined): Promise<number | undefined> {
    if (before !== undefined) throw new Error(`the subscription was silent at ${this.#position}`);
    const head = await this.#connection.reader.head();
    this.#target = Math.min(this.#target ?? head, head);
    return head > this.#position ? head : undefined;
  }
}
