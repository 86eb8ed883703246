import type { Append } from '../port.ts';
import type { AppendTask } from './append-task.ts';

const MOST_REMEMBERED = 10_000;

/**
 * Appends with `any` whose callers were told that the outcome is unknown. The server does not compare ids
 * there, so a retry is searched for, from as far back as the first try can stand. Held in memory, bounded.
 */
export class UnresolvedAppends {
  readonly #floors = new Map<string, number>();

  remember(task: AppendTask): void {
    const { append, floor } = task;
    const id = append.events[0]?.id;
    if (append.expected !== 'any' || id === undefined || floor === undefined) return;
    if (this.#floors.size >= MOST_REMEMBERED) {
      const [oldest] = this.#floors.keys();
      if (oldest !== undefined) this.#floors.delete(oldest);
    }
    this.#floors.set(id, floor);
  }

  /** Where the search for a retried append ends; undefined when it is no retry. */
  floorOf(append: Append): number | undefined {
    if (this.#floors.size === 0 || append.expected !== 'any') return undefined;
    const id = append.events[0]?.id ?? '';
    const floor = this.#floors.get(id);
    this.#floors.delete(id);
    return floor;
  }
}
