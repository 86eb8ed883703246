/** Sequences that callers are running right now, by correlation id, so that the reactor does not run them too. */
export class RunningSequences {
  readonly #running = new Map<string, Promise<unknown>>();

  async run<T>(correlationId: string, work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#running.set(correlationId, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(correlationId) === running) this.#running.delete(correlationId);
    }
  }

  /** Resolves when the caller is done, well or not. */
  async settled(correlationId: string): Promise<void> {
    await this.#running.get(correlationId)?.catch(() => undefined);
  }
}
