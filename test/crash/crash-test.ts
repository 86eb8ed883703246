import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../eventstore/port.ts';
import type { LogSetting, Target } from './deployment.ts';
import { verdictOf } from './journal.ts';
import { type Evidence, findFaults, type RoundResult, Trial } from './trial.ts';

const PATIENCE_MS = 180_000;

/**
 * Kills while callers work, and holds what they were told against what is there; then shows that the checks
 * can fail, on the same evidence with one thing changed. TEST_CRASH_SEED repeats a run's choices.
 */
export function crashTest(
  name: string,
  setting: () => Promise<LogSetting>,
  kills: readonly (readonly Target[])[],
): void {
  describe(`kill -9 under load: ${name}`, () => {
    const seed = Number(process.env['TEST_CRASH_SEED'] ?? randomInt(2 ** 31));
    let trial: Trial;
    let result: RoundResult;

    beforeAll(async () => {
      trial = await Trial.start(await setting());
    }, PATIENCE_MS);
    afterAll(() => trial?.dispose(), PATIENCE_MS);

    test(
      `every promise is kept (seed ${seed})`,
      async () => {
        result = await trial.round(seed, kills, (line) => console.log(line));
        expect(result.faults).toEqual([]);
        expect(await trial.terminate()).toBe(0);
      },
      PATIENCE_MS,
    );

    test('the checks find what is lost, doubled, invented or miscounted', () => {
      const { evidence } = result;
      for (const [what, tampered] of Object.entries(tamperings(evidence))) {
        expect(findFaults(tampered), what).not.toEqual([]);
      }
    });
  });
}

/** The evidence as it would be if a promise were broken. */
function tamperings(evidence: Evidence): Record<string, Evidence> {
  const { log, counted } = evidence;
  const find = (type: string) => log.find((event) => event.type === type) as StoredEvent;
  const without = (gone: StoredEvent) => ({ ...evidence, log: log.filter((event) => event !== gone) });
  const also = (event: StoredEvent) => ({ ...evidence, log: [...log, event] });
  const tail = { position: (log.at(-1)?.position ?? 0) + 1, id: '00000000-0000-5000-8000-000000000000' };
  const registered = find('customer.registered');
  const nobody = '00000000-0000-5000-8000-000000000001';
  const [place, units] = [...counted][0] ?? ['nobody 2026-01 api.called', 0n];
  const signUp = firstSignUp(evidence);
  const accepted = evidence.entries.find((entry) => verdictOf(entry)?.kind === 'accepted');
  return {
    'an accepted sign-up is lost': without(registered),
    'an accepted sign-up stands twice': also({ ...registered, ...tail, revision: 1 }),
    'a fact is lost': without(find('usage.recorded')),
    'an invoice is missing': without(find('invoice.finalized')),
    'an event that nobody asked for': also({
      ...registered,
      ...tail,
      stream: 'customer-nobody',
      metadata: { ...registered.metadata, commandId: nobody, causationId: nobody },
    }),
    'a fact counts twice': { ...evidence, counted: new Map([...counted, [place, units * 2n + 1n]]) },
    'a refused command stands in the log': {
      ...evidence,
      entries: evidence.entries.map((entry) =>
        entry === signUp
          ? { ...entry, attempts: [{ kind: 'refused', status: 422, code: 'customer-exists' }] }
          : entry,
      ),
    },
    'an outcome stays unknown': {
      ...evidence,
      entries: evidence.entries.map((entry) =>
        entry === accepted ? { ...entry, attempts: [{ kind: 'unknown', why: 'no answer' }] } : entry,
      ),
    },
  };
}

function firstSignUp({ entries }: Evidence) {
  return entries.find(
    (entry) =>
      entry.operation.operationId === 'initializeCustomerRevenue' && verdictOf(entry)?.kind === 'accepted',
  );
}
