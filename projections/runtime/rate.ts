const WINDOW_MS = 5_000;

interface Sample {
  readonly at: number;
  readonly events: number;
}

/** Events per second over the last seconds. */
export class Rate {
  readonly #samples: Sample[] = [];

  add(events: number): void {
    const at = performance.now();
    this.#samples.push({ at, events });
    while ((this.#samples[0]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** 0 until it can be told. The first sample only starts the clock. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    const events = this.#samples.slice(1).reduce((sum, sample) => sum + sample.events, 0);
    return (events * 1000) / (last.at - first.at);
  }
}
