/** How fast a piece of work goes on, and how long the rest of it takes at that rate. */
export class Pace {
  readonly #beganMs: number;
  readonly #before: number;
  readonly #nowMs: () => number;

  /** @param before done before this began: work that goes on where another has stopped */
  constructor(before: number, nowMs: () => number = () => performance.now()) {
    this.#before = before;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  /** Zero where less is done than before: another one had counted what this one counts anew. */
  perSecond(done: number): number {
    const seconds = (this.#nowMs() - this.#beganMs) / 1_000;
    return seconds <= 0 ? 0 : Math.max(0, done - this.#before) / seconds;
  }

  /** Undefined before anything is done. */
  secondsLeft(done: number, whole: number): number | undefined {
    const rate = this.perSecond(done);
    return rate <= 0 ? undefined : Math.max(0, whole - done) / rate;
  }
}
