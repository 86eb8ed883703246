/** Runs work for the same key one after the other, work for different keys side by side. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    return this.#follow([key], before.then(work));
  }

  /** Runs work when nothing that was asked for before runs for any of these keys. */
  runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    // Its place in every queue is taken at once, so that two of them never wait for each other.
    const before = Promise.all(keys.map((key) => this.#tails.get(key)));
    return this.#follow(keys, before.then(work));
  }

  #follow<T>(keys: readonly string[], result: Promise<T>): Promise<T> {
    const tail: Promise<void> = result.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) this.#tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }
}
