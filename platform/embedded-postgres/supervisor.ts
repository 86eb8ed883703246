import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf } from './cluster.ts';
import { isServing, type Postmaster } from './postmaster.ts';

export interface SupervisorOptions {
  readonly place: string;
  /** Starts the server again on this port, so that everyone who knows its address finds it. */
  readonly start: (port: number) => Promise<Postmaster>;
  readonly log: (line: string) => void;
}

const LOOK_EVERY_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Keeps a server running that this process owns, adopted ones too: when it dies, it is started again. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;

  constructor(server: Postmaster, options: SupervisorOptions) {
    this.#options = options;
    this.#watching = this.#watch(server);
  }

  /** Resolves when nothing will start the server any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(first: Postmaster): Promise<void> {
    const { place } = this.#options;
    for (let server = first; await this.#pause(LOOK_EVERY_MS); ) {
      if (await isServing(server.pid, dataOf(place))) continue;
      server = (await this.#restart(server)) ?? server;
    }
  }

  /** Tries until the server runs; undefined if it is asked to stop before that. */
  async #restart({ pid, port }: Postmaster): Promise<Postmaster | undefined> {
    const { start, log } = this.#options;
    log(`PostgreSQL (pid ${pid}) is gone: starting it again, which recovers what was committed`);
    for (let pause = FIRST_PAUSE_MS; !this.#stopping.signal.aborted; ) {
      try {
        const server = await start(port);
        log(`PostgreSQL serves again on 127.0.0.1:${port} (pid ${server.pid})`);
        return server;
      } catch (error) {
        log(`PostgreSQL did not start: ${error instanceof Error ? error.message : String(error)}`);
        await this.#pause(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
    return undefined;
  }

  /** False once it is asked to stop. */
  async #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#stopping;
    // Watching keeps no process alive that has nothing else to do.
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }
}
