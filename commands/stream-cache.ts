/** What a handled command left in its stream, so that a retry is recognised. */
export interface CommandRecord {
  readonly requestHash: string;
  readonly firstRevision: number;
  readonly lastRevision: number;
  readonly position: number;
}

/** A stream folded to its latest known revision. */
export interface FoldedStream<State = unknown> {
  readonly state: State;
  /** -1: no stream. */
  readonly revision: number;
  readonly commands: ReadonlyMap<string, CommandRecord>;
}

/** Least recently used out first. Entries may be stale; the append's expected revision tells. */
export class StreamCache {
  readonly #entries = new Map<string, FoldedStream>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(stream: string): FoldedStream | undefined {
    const entry = this.#entries.get(stream);
    if (entry !== undefined) {
      this.#entries.delete(stream);
      this.#entries.set(stream, entry);
    }
    return entry;
  }

  /** Keeps what it has if that is newer: a slow reader must not undo what a writer has just put there. */
  set(stream: string, entry: FoldedStream): void {
    const known = this.#entries.get(stream);
    if (known !== undefined && known.revision > entry.revision) return;
    this.#entries.delete(stream);
    this.#entries.set(stream, entry);
    if (this.#entries.size > this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
  }

  delete(stream: string): void {
    this.#entries.delete(stream);
  }
}
