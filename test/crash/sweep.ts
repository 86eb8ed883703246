import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EventStoreDbEventStore } from '../../eventstore/eventstoredb/store.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { query } from '../platform/embedded-postgres-support.ts';
import { Random } from '../support/random.ts';
import {
  removeTemporaryFolder,
  sweepTemporaryFolders,
  temporaryFolder,
} from '../support/temporary-folder.ts';
import type { LogSetting } from './deployment.ts';
import { chooseTargets } from './nemesis.ts';
import { Trial } from './trial.ts';

const MOST_KILLS = 3;

type Store = 'postgres' | 'eventstoredb';

const STORES: readonly Store[] = ['postgres', 'eventstoredb'];

const { rounds, seed, store } = new Command('test:crash')
  .description(
    `Kills at random moments under load, on both logs. One line for each kill and each round; exit code 1 if a promise was broken.
With EVENTSTORE_TEST_URL that server is the log, on one deployment; it must be empty, and it is not killed.`,
  )
  .option('--rounds <number>', 'on each log', whole, 20)
  .option('--seed <number>', 'of the first round; the next ones count on', whole, randomInt(2 ** 31))
  .addOption(new Option('--store <store>', 'only this log').choices(STORES))
  .parse()
  .opts<{ rounds: number; seed: number; store?: Store }>();
const stores = store === undefined ? STORES : [store];

await sweepTemporaryFolders();
let failed = 0;
for (const one of stores) failed += await sweep(one);
console.log(failed === 0 ? 'every promise was kept' : `${failed} rounds FAILED`);
process.exitCode = failed === 0 ? 0 : 1;

/** Answers how many rounds failed. */
async function sweep(store: Store): Promise<number> {
  if (store === 'postgres') return eachFresh(store, async () => ({ kind: 'postgres' }));
  const url = process.env['EVENTSTORE_TEST_URL'];
  if (url !== undefined) return onServer(url);
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  try {
    return await eachFresh(store, async (round) => {
      const databaseUrl = new URL(server.url);
      databaseUrl.pathname = `/round_${round}`;
      await query(server.url, `create database round_${round}`);
      return { kind: 'standin', databaseUrl: databaseUrl.href };
    });
  } finally {
    await server.stop();
    await removeTemporaryFolder(dataDir);
  }
}

async function eachFresh(store: string, setting: (round: number) => Promise<LogSetting>): Promise<number> {
  let failures = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const trial = await Trial.start(await setting(round));
    try {
      if (!(await runRound(trial, store, round))) failures += 1;
    } finally {
      await trial.dispose();
    }
  }
  return failures;
}

async function onServer(url: string): Promise<number> {
  const store = new EventStoreDbEventStore({ url });
  const head = await store.head();
  await store.close();
  if (head > 0) throw new Error(`the server at EVENTSTORE_TEST_URL has events already (head ${head})`);
  const trial = await Trial.start({ kind: 'server', url });
  let failures = 0;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      if (!(await runRound(trial, `eventstoredb at ${new URL(url).host}`, round))) failures += 1;
    }
  } finally {
    await trial.dispose();
  }
  return failures;
}

async function runRound(trial: Trial, store: string, round: number): Promise<boolean> {
  const roundSeed = seed + round - 1;
  const random = new Random(roundSeed);
  const kills = Array.from({ length: random.between(1, MOST_KILLS) }, () =>
    chooseTargets(random, trial.targets),
  );
  const name = `${store} ${round}/${rounds}`;
  const started = Date.now();
  try {
    const result = await trial.round(roundSeed, kills, (line) => console.log(`  ${line}`));
    const { commands, resolved, events, faults } = result;
    for (const fault of faults) console.log(`  WRONG ${fault}`);
    console.log(
      `${name} seed ${roundSeed}: ${faults.length === 0 ? 'ok' : 'FAILED'}, ${kills.length} kills, ${commands} commands, ` +
        `${resolved} unknown resolved, ${events} events, ${Math.round((Date.now() - started) / 1_000)} s`,
    );
    return faults.length === 0;
  } catch (error) {
    console.log(
      `${name} seed ${roundSeed}: FAILED, ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number');
}
