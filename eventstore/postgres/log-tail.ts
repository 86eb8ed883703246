import type { StoredEvent } from '../port.ts';

type Events = readonly StoredEvent[];
type Read = (after: number, limit: number) => Promise<Events>;

/** Events that are kept for those who follow the log; a page more than they usually lag. */
const KEPT = 2_000;

/**
 * The newest events of the log, in memory. Every read model follows the log, and the same arrival wakes them all:
 * what one has read, the others take from here, so that it is sent and parsed once. Who is further behind reads
 * for itself.
 */
export class LogTail {
  readonly #read: Read;
  /** Consecutive: positions in the log have no gaps. */
  #events: StoredEvent[] = [];
  /** Position before the first one. */
  #from = 0;
  /** Arrivals up to which this is all there was in the log; -1 before it is known. */
  #seen = -1;
  #extending: { readonly seen: number; readonly done: Promise<void> } | undefined;

  constructor(read: Read) {
    this.#read = read;
  }

  /**
   * Events after a position, all there are or `limit`.
   * @param seen arrivals that the caller knows of; all that had arrived by then is in the answer
   */
  async readAfter(after: number, limit: number, seen: number): Promise<Events> {
    if (this.#covers(after)) {
      if (this.#seen < seen) await this.#extend(seen);
      if (this.#covers(after) && this.#seen >= seen) {
        return this.#events.slice(after - this.#from, after - this.#from + limit);
      }
    }
    const events = await this.#read(after, limit);
    if (events.length < limit && after + events.length > this.#through) {
      this.#events = [...events];
      this.#from = after;
      this.#seen = seen;
      this.#trim();
    }
    return events;
  }

  get #through(): number {
    return this.#from + this.#events.length;
  }

  #covers(after: number): boolean {
    return this.#seen >= 0 && after >= this.#from && after <= this.#through;
  }

  /** One reading for all who ask for the same, or less. */
  #extend(seen: number): Promise<void> {
    const running = this.#extending;
    if (running !== undefined && running.seen >= seen) return running.done;
    const done = this.#readOn(running?.done, seen).finally(() => {
      if (this.#extending?.done === done) this.#extending = undefined;
    });
    this.#extending = { seen, done };
    return done;
  }

  async #readOn(before: Promise<void> | undefined, seen: number): Promise<void> {
    await before?.catch(() => undefined);
    const through = this.#through;
    const events = await this.#read(through, KEPT);
    if (this.#through !== through) return;
    this.#events.push(...events);
    // A full page may not be all: who knows of these arrivals asks again.
    if (events.length < KEPT) this.#seen = seen;
    this.#trim();
  }

  #trim(): void {
    const surplus = this.#events.length - KEPT;
    if (surplus <= 0) return;
    this.#events.splice(0, surplus);
    this.#from += surplus;
  }
}
