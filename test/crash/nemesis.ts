import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import type { Deployment, Target } from './deployment.ts';
import type { AckJournal } from './journal.ts';

export interface NemesisOptions {
  readonly deployment: Deployment;
  readonly journal: AckJournal;
  readonly random: Random;
  readonly log: (line: string) => void;
}

/** Commands that must have been acknowledged since the last revival before the next kill: there is load. */
const ACKNOWLEDGED_BEFORE = 100;
const LOAD_PATIENCE_MS = 60_000;
const POLL_MS = 10;
const LONGEST_WAIT_MS = 600;
const LONGEST_OUTAGE_MS = 700;

/** Kills at a random moment under load, lets them be dead for a while, and brings everything back. */
export async function killAndRevive(targets: readonly Target[], options: NemesisOptions): Promise<void> {
  const { deployment, journal, random, log } = options;
  await untilLoaded(journal);
  await sleep(random.between(0, LONGEST_WAIT_MS));
  const acknowledged = journal.acknowledged;
  await deployment.kill(targets);
  await sleep(random.between(0, LONGEST_OUTAGE_MS));
  const since = Date.now();
  await deployment.revive(targets);
  log(`killed ${targets.join(' and ')} after ${acknowledged} outcomes, ready in ${Date.now() - since} ms`);
}

/** Waits until the service has done some work. Throws if it does none. */
export async function untilLoaded(journal: AckJournal): Promise<void> {
  const from = journal.acknowledged;
  for (const deadline = Date.now() + LOAD_PATIENCE_MS; ; await sleep(POLL_MS)) {
    if (journal.acknowledged >= from + ACKNOWLEDGED_BEFORE) return;
    if (Date.now() > deadline) throw new Error('the service is ready and acknowledges nothing');
  }
}

/** A random set of victims, never empty. */
export function chooseTargets(random: Random, possible: readonly Target[]): Target[] {
  const first = random.pick(possible);
  return possible.filter((target) => target === first || random.chance(0.3));
}
