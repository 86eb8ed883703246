import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from '../../platform/errors.ts';
import { StoreUnavailableError } from '../errors.ts';
import { BatchAppendSession } from './batch-append.ts';
import { asStoreError, backOffMs, InterruptedError, isTransient } from './failures.ts';
import { LogClient } from './log-client.ts';
import { LogReader } from './log-reader.ts';

export interface ConnectionOptions {
  readonly url: string;
  /** A server that owes an answer to an append for longer counts as gone. */
  readonly answerWithinMs: number;
  readonly onError: (error: Error) => void;
}

/** The way to the server: one client, one open batch-append call, opened again with back-off when it breaks. */
export class Connection {
  readonly client: LogClient;
  readonly url: string;
  readonly reader: LogReader;
  /** Host and port as configured, without credentials. */
  readonly server: string;
  readonly #options: ConnectionOptions;
  #session: BatchAppendSession | undefined;
  #connecting: Promise<BatchAppendSession> | undefined;
  #failures = 0;
  #highest = -1;
  #knowsEnd = false;
  readonly #closing = new AbortController();

  /** @throws StoreUnavailableError when the connection string cannot be used */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.url = options.url;
    this.server = serverOf(options.url);
    try {
      this.client = LogClient.connectionString(options.url);
    } catch (error) {
      // Not as a cause: the client's error holds the string itself, password and all.
      throw new StoreUnavailableError(`not an EventStoreDB connection string: ${asError(error).message}`);
    }
    this.reader = new LogReader(this.client);
  }

  /** Aborts when the store is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The open call, if there is one. */
  get open(): BatchAppendSession | undefined {
    return this.#session?.isOpen === true ? this.#session : undefined;
  }

  /** True since the last attempt to connect failed. */
  get isDown(): boolean {
    return this.#failures > 0;
  }

  /** Highest position that this process has seen: what is appended from now on stands behind it. */
  get highest(): number {
    return this.#highest;
  }

  observe(position: number): void {
    if (position > this.#highest) this.#highest = position;
  }

  /** The open call, or a new one, after a pause if the last attempts failed. Rejects with InterruptedError, or StoreUnavailableError when trying again is no use. */
  session(): Promise<BatchAppendSession> {
    const { open } = this;
    if (open !== undefined) return Promise.resolve(open);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#session?.close();
    await this.client.close();
  }

  async #connect(): Promise<BatchAppendSession> {
    if (this.#failures > 0) await sleep(backOffMs(this.#failures));
    try {
      if (this.closing.aborted) throw new Error('the store is closed');
      const features = await this.client.serverFeatures();
      if (!features.batchAppend) throw new Error(`version ${features.version} is too old for batch append`);
      if (!this.#knowsEnd) this.observe(await this.reader.end());
      this.#knowsEnd = true;
      this.#session = await BatchAppendSession.open(this.client, this.#options.answerWithinMs);
      this.#failures = 0;
      return this.#session;
    } catch (cause) {
      this.#failures += 1;
      this.#options.onError(asError(cause));
      if (!isTransient(cause)) throw asStoreError(cause, this.server);
      throw new InterruptedError(asError(cause).message, { cause, refused: true });
    }
  }
}

function serverOf(url: string): string {
  return url
    .replace(/^[^:]*:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '');
}
