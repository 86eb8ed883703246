import type { StoredEvent } from '../port.ts';

type Events = readonly StoredEvent[];

/**
 * Readers that ask for the same place of the log at the same time share one reading. Every read model follows the
 * log, and all of them are woken by the same arrival: without this each would have the same rows sent and parsed.
 */
export class SharedReads {
  readonly #read: (after: number, limit: number) => Promise<Events>;
  readonly #underWay = new Map<string, Promise<Events>>();

  constructor(read: (after: number, limit: number) => Promise<Events>) {
    this.#read = read;
  }

  /**
   * @param seen arrivals that the caller knows of: a reading that began before one of them may lack it, and is not
   *   shared with who has heard of it
   */
  readAfter(after: number, limit: number, seen: number): Promise<Events> {
    const key = `${after} ${limit} ${seen}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const reading = this.#read(after, limit).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, reading);
    return reading;
  }
}
