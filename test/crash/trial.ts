import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenApiDocument } from '../../api/openapi/document.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { Random } from '../support/random.ts';
import { Books } from './books.ts';
import { Callers } from './callers.ts';
import { checkCommands } from './check-commands.ts';
import { checkLog } from './check-log.ts';
import { type CountedUsage, checkUsage } from './check-usage.ts';
import { Deployment, type LogSetting, STARTS_AT, type Target } from './deployment.ts';
import { AckJournal, type Entry } from './journal.ts';
import { killAndRevive, untilLoaded } from './nemesis.ts';
import { World } from './world.ts';

/** What a check looks at: what callers were told, and what is there. */
export interface Evidence {
  readonly entries: readonly Entry[];
  readonly log: readonly StoredEvent[];
  readonly counted: CountedUsage;
  /** The Postgres log: an id can stand once, positions are dense. */
  readonly strictLog: boolean;
}

export interface RoundResult {
  readonly commands: number;
  /** Commands whose outcome was not known when the load ended. */
  readonly resolved: number;
  readonly events: number;
  /** What is wrong; empty if every promise was kept. */
  readonly faults: readonly string[];
  readonly evidence: Evidence;
}

const MOST_FAULTS = 20;

/** A deployment under test, with everything its callers ever meant and were told. */
export class Trial {
  readonly #deployment: Deployment;
  readonly #document: OpenApiDocument;
  readonly #journal = new AckJournal();
  readonly #world = new World(STARTS_AT);

  private constructor(deployment: Deployment, document: OpenApiDocument) {
    this.#deployment = deployment;
    this.#document = document;
  }

  static async start(setting: LogSetting): Promise<Trial> {
    const deployment = await Deployment.start(setting);
    const response = await fetch(`${deployment.service.url}/openapi.json`);
    return new Trial(deployment, (await response.json()) as OpenApiDocument);
  }

  get targets(): readonly Target[] {
    return this.#deployment.targets;
  }

  /** Load, kills, healing, retries, checks. Throws where something does not come back in time. */
  async round(
    seed: number,
    kills: readonly (readonly Target[])[],
    log: (line: string) => void,
  ): Promise<RoundResult> {
    const random = new Random(seed);
    const journal = this.#journal;
    const callers = await Callers.start({
      url: this.#deployment.service.url,
      journal,
      world: this.#world,
      random: random.fork(),
      prefix: `s${seed.toString(36)}`,
      document: this.#document,
    });
    try {
      for (const targets of kills) {
        await killAndRevive(targets, { deployment: this.#deployment, journal, random, log });
      }
      await untilLoaded(journal);
    } finally {
      await callers.stop();
    }
    const resolved = await callers.resolveUnknown();
    const { evidence, wrong } = await this.#examine();
    const faults = [...journal.faults, ...findFaults(evidence), ...wrong];
    if (faults.length > 0) log(`evidence in ${await keep(seed, evidence, faults)}`);
    return {
      commands: journal.entries.length,
      resolved,
      events: evidence.log.length,
      faults: faults.slice(0, MOST_FAULTS),
      evidence,
    };
  }

  /** Ends the service as an operator would; its exit code. */
  terminate(): Promise<number | null> {
    return this.#deployment.service.terminate();
  }

  dispose(): Promise<void> {
    return this.#deployment.dispose();
  }

  async #examine(): Promise<{ readonly evidence: Evidence; readonly wrong: string[] }> {
    const { eventStoreUrl } = this.#deployment;
    const books = new Books(await this.#deployment.databaseUrl(), eventStoreUrl);
    try {
      await books.drained();
      const evidence = {
        entries: this.#journal.entries,
        log: await books.log(),
        counted: await books.countedUsage(),
        strictLog: eventStoreUrl === undefined,
      };
      return { evidence, wrong: await books.verify() };
    } finally {
      await books.close();
    }
  }
}

/** Everything that the log and the counts contradict in what callers were told. Pure. */
export function findFaults({ entries, log, counted, strictLog }: Evidence): string[] {
  return [
    ...checkCommands(entries, log),
    ...checkUsage(entries, log, counted, strictLog),
    ...checkLog(entries, log, strictLog),
  ];
}

async function keep(seed: number, { entries, log }: Evidence, faults: readonly string[]): Promise<string> {
  const path = join(tmpdir(), `aura-crash-${seed}.json`);
  await writeFile(path, JSON.stringify({ faults, entries, log }, null, 1));
  return path;
}
