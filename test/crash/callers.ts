import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../api/client.ts';
import type { OpenApiDocument } from '../../api/openapi/document.ts';
import type { Random } from '../support/random.ts';
import { OWNER_KEY } from '../support/service-process.ts';
import { type AckJournal, type Entry, type Operation, type Outcome, verdictOf } from './journal.ts';
import { Workload } from './workload.ts';
import type { World } from './world.ts';

export interface CallersOptions {
  readonly url: string;
  readonly journal: AckJournal;
  readonly world: World;
  readonly random: Random;
  /** Begins every id and key of this round. */
  readonly prefix: string;
  readonly document: OpenApiDocument;
}

const CALLERS = 16;
const CALL_TIMEOUT_MS = 20_000;
const PAUSE_AFTER_UNKNOWN_MS = 60;
const MOST_PAUSE_MS = 25;
const BETWEEN_ADVANCES_MS = 700;
/** How many of the commands without an outcome are left for the end, and not retried at once. */
const LEFT_UNKNOWN = 0.06;
const QUERIES = 0.06;
const RESOLVE_WITHIN_MS = 120_000;
/** What a command may be answered with while something is down. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  'outcome-unknown',
  'log-unavailable',
  'read-models-unavailable',
  'overloaded',
]);

/** Callers at work side by side, who keep account of what they meant and were told. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #client: Client;
  readonly #stopping = new AbortController();
  #working: Promise<unknown> = Promise.resolve();

  private constructor(options: CallersOptions, client: Client) {
    this.#options = options;
    this.#client = client;
  }

  static async start(options: CallersOptions): Promise<Callers> {
    const { url, document } = options;
    const callers = new Callers(options, await createClient({ url, key: OWNER_KEY, document }));
    callers.#working = Promise.all([
      ...Array.from({ length: CALLERS }, () => callers.#work(options.random.fork())),
      callers.#moveClock(options.random.fork()),
    ]);
    return callers;
  }

  /** Waits until every caller has put down what it was doing. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  /** Retries all that has no outcome, with the same keys. Throws if that takes too long. */
  async resolveUnknown(): Promise<number> {
    const entries = this.#options.journal.unresolved();
    const queue = entries[Symbol.iterator]();
    const deadline = Date.now() + RESOLVE_WITHIN_MS;
    const lane = async () => {
      for (const entry of queue) {
        while (verdictOf(entry) === undefined && Date.now() < deadline) await this.#attempt(entry);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, lane));
    return entries.length;
  }

  async #work(random: Random): Promise<void> {
    const { prefix, world } = this.#options;
    const workload = new Workload(prefix, random, world);
    while (!this.#stopped) {
      if (random.chance(QUERIES)) await this.#query(random);
      await this.#perform(workload.next(), random);
      await this.#pause(random.between(0, MOST_PAUSE_MS));
    }
  }

  /** Business time has one caller: the order of its moves is known. */
  async #moveClock(random: Random): Promise<void> {
    const { prefix, world } = this.#options;
    const workload = new Workload(`${prefix}-clock`, random, world);
    while (!this.#stopped) {
      await this.#pause(BETWEEN_ADVANCES_MS);
      if (this.#stopped) return;
      const entry = this.#options.journal.intend(workload.advance());
      while (verdictOf(entry) === undefined && !this.#stopped) await this.#attempt(entry);
    }
  }

  /** Sends a command until it has an outcome, or gives up and leaves it for the end. */
  async #perform(operation: Operation, random: Random): Promise<void> {
    const entry = this.#options.journal.intend(operation);
    do {
      if ((await this.#attempt(entry)).kind !== 'unknown') return;
    } while (!this.#stopped && !random.chance(LEFT_UNKNOWN));
  }

  async #attempt(entry: Entry): Promise<Outcome> {
    const { journal, world } = this.#options;
    const { operation } = entry;
    const outcome = await this.#send(operation);
    if (journal.record(entry, outcome)) world.learn(operation, outcome);
    if (outcome.kind === 'unknown') await this.#pause(PAUSE_AFTER_UNKNOWN_MS);
    else this.#judge(operation, outcome);
    return outcome;
  }

  async #send({ operationId, inputs, key }: Operation): Promise<Outcome> {
    try {
      const { status, headers, body } = await within(
        CALL_TIMEOUT_MS,
        this.#client.call(operationId, inputs, { idempotencyKey: key }),
      );
      const code = codeOf(body);
      if (status >= 500 && !TRY_AGAIN.has(code)) {
        this.#options.journal.fault(`${operationId} ${key}: ${status} ${JSON.stringify(body)}`);
      }
      if (status >= 500) return { kind: 'unknown', why: code };
      if (status >= 400) return { kind: 'refused', status, code };
      const position = headers.get('Revenue-Position');
      return {
        kind: 'accepted',
        status,
        position: position === null ? undefined : Number(position),
        body,
      };
    } catch (error) {
      return { kind: 'unknown', why: error instanceof Error ? error.message : String(error) };
    }
  }

  #judge(operation: Operation, outcome: Outcome): void {
    const { refusedWith, operationId, key } = operation;
    if (refusedWith === undefined) return;
    if (outcome.kind === 'refused' && refusedWith.includes(outcome.code)) return;
    this.#options.journal.fault(
      `${operationId} ${key} should be refused with ${refusedWith.join(' or ')}, and was ${JSON.stringify(outcome)}`,
    );
  }

  /** Reads what was acknowledged: whoever was told of a customer finds it, or is told to come again. */
  async #query(random: Random): Promise<void> {
    const { world, journal } = this.#options;
    if (world.customers.length === 0) return;
    const customerId = random.pick(world.customers);
    const inputs = { customerId, minPosition: world.position };
    const call = this.#client.call('getCustomerRevenueDashboard', inputs);
    const answer = await within(CALL_TIMEOUT_MS, call).catch(() => undefined);
    if (answer === undefined || [200, 503, 504].includes(answer.status)) return;
    journal.fault(`the dashboard of ${customerId} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(milliseconds: number): Promise<void> {
    // After the load there are only retries, which pause all the same.
    const signal = this.#stopped ? undefined : this.#stopping.signal;
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function codeOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'no code';
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer in ${milliseconds} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
