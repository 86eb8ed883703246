import { type AllStreamSubscription, excludeSystemEvents, START } from '@eventstore/db-client';
import { firstValueFrom, fromEvent, map, merge, Subject, timer } from 'rxjs';
import { asError } from '../../platform/errors.ts';
import type { StoredEvent } from '../port.ts';
import { discard, type LogClient } from './log-client.ts';
import { asStoredEvent, isSystemEvent } from './recorded-event.ts';

export type Arrival = 'events' | 'silence' | 'abort';

/**
 * One subscription to the whole log after a position, read at the consumer's pace: what it has not taken stays
 * in a bounded buffer, and the server is slowed down. It ends with its connection.
 */
export class LiveTail {
  readonly #subscription: AllStreamSubscription;
  readonly #wake = new Subject<void>();
  #failure: Error | undefined;

  constructor(client: LogClient, after: number, bufferedEvents: number) {
    const position = BigInt(after);
    this.#subscription = client.subscribeToAll(
      {
        fromPosition: after === 0 ? START : { commit: position, prepare: position },
        filter: excludeSystemEvents(),
      },
      { highWaterMark: bufferedEvents },
    );
    this.#subscription.on('readable', () => this.#wake.next());
    this.#subscription.on('error', (error) => this.#end(error));
    this.#subscription.on('end', () => this.#end(new Error('the server ended the subscription')));
    this.#subscription.on('close', () => this.#end(new Error('the subscription was closed')));
  }

  /** What has arrived, at most so many; does not wait. */
  take(limit: number): StoredEvent[] {
    const events: StoredEvent[] = [];
    while (events.length < limit) {
      const resolved: { event?: Parameters<typeof asStoredEvent>[0] } | null = this.#subscription.read();
      if (resolved === null) break;
      const { event } = resolved;
      if (event !== undefined && !isSystemEvent(event)) events.push(asStoredEvent(event));
    }
    return events;
  }

  /** Resolves on arrivals, after so long a silence, or on abort; rejects when the subscription has ended. */
  async wait(silenceMs: number, signal: AbortSignal): Promise<Arrival> {
    if (signal.aborted) return 'abort';
    if (this.#subscription.readableLength > 0) return 'events';
    if (this.#failure !== undefined) throw this.#failure;
    const arrival = await firstValueFrom(
      merge(
        this.#wake.pipe(map((): Arrival => 'events')),
        timer(silenceMs).pipe(map((): Arrival => 'silence')),
        fromEvent(signal, 'abort').pipe(map((): Arrival => 'abort')),
      ),
    );
    if (arrival === 'events' && this.#failure !== undefined) throw this.#failure;
    return arrival;
  }

  close(): void {
    this.#failure ??= new Error('closed');
    discard(this.#subscription);
  }

  #end(error: unknown): void {
    this.#failure ??= asError(error);
    this.#wake.next();
  }
}
