import type { AppendTask } from './append-task.ts';

/** The appends of one stream: which may be in flight together, and in which order they are pursued. */
export class StreamLane {
  readonly stream: string;
  readonly #waiting: AppendTask[] = [];
  #inFlight = 0;
  #exclusive = false;
  #recovering = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(stream: string) {
    this.stream = stream;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight === 0;
  }

  /** Explicit appends go alone; none overtakes one whose outcome is still being found out. */
  get mayStart(): boolean {
    const [next] = this.#waiting;
    if (next === undefined || this.#exclusive || this.#recovering > 0) return false;
    return next.append.expected === 'any' || this.#inFlight === 0;
  }

  add(task: AppendTask): void {
    this.#waiting.push(task);
  }

  start(): AppendTask {
    const task = this.#waiting.shift();
    if (task === undefined) throw new RangeError('no append waits in this lane');
    this.#inFlight += 1;
    this.#exclusive = task.append.expected !== 'any';
    return task;
  }

  finish(): void {
    this.#inFlight -= 1;
    this.#exclusive = false;
  }

  /** Runs one after the other what was interrupted together. */
  async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#recovering += 1;
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#recovering -= 1;
    }
  }
}
