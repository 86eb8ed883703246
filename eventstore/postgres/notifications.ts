import type pg from 'pg';
import { firstValueFrom, fromEvent, merge, Subject, tap, timer } from 'rxjs';
import { createClient } from '../../platform/postgres.ts';

const CHANNEL = 'aura_log';
const RECONNECT_DELAY_MS = 500;

/** Wakes readers when something was appended, by this process or another. Losing one costs a poll, no event. */
export class Notifications {
  readonly #arrivals = new Subject<void>();
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  #client: pg.Client | undefined;
  #listening: Promise<void> | undefined;
  #count = 0;
  #closed = false;

  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
  }

  /** How many arrivals were seen; give it to `after` so that none is missed in between. */
  get count(): number {
    return this.#count;
  }

  /** Appended by this very process: no need to hear it from the server. */
  wake(): void {
    this.#count += 1;
    this.#arrivals.next();
  }

  /**
   * Resolves when there are more arrivals than `seen`, after `pollMs`, or when the signal aborts. What was not heard
   * of in that time may have arrived all the same, so that silence counts as an arrival.
   */
  async after(seen: number, pollMs: number, signal: AbortSignal): Promise<void> {
    this.#listening ??= this.#listen();
    if (signal.aborted || this.#count > seen) return;
    const silence = timer(pollMs).pipe(
      tap(() => {
        if (this.#count === seen) this.#count += 1;
      }),
    );
    const wakeUps = merge(this.#arrivals, silence, fromEvent(signal, 'abort'));
    await firstValueFrom(wakeUps, { defaultValue: undefined });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#arrivals.complete();
    await this.#client?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    while (!this.#closed) {
      const client = createClient({ url: this.#url, name: 'listen', onError: this.#onError });
      this.#client = client;
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      try {
        await client.connect();
        client.on('notification', () => this.wake());
        await client.query(`listen ${CHANNEL}`);
        await ended;
      } catch (error) {
        if (error instanceof Error) this.#onError(error);
        await client.end().catch(() => undefined);
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS));
    }
  }
}
