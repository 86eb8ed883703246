import { describe, expect, it } from 'vitest';
import { OutcomeUnknownError, StoreBusyError, StoreUnavailableError } from '../../../eventstore/errors.ts';
import type { Append, EventStore, NewEvent } from '../../../eventstore/port.ts';
import type { ContractContext } from '../contract.ts';
import { Collector } from './collector.ts';
import { appendOf, freshStream, idsOf, isRising, newEvent, taken } from './support.ts';

const TIMEOUT_MS = 180_000;
const WRITERS = 16;
const APPENDS_AFTER_RESTART = 10;

/** What a writer was told about its appends. */
interface Report {
  readonly stream: string;
  readonly events: NewEvent[];
  unknown: number;
  unavailable: number;
}

export function restartContract(context: ContractContext): void {
  const store = () => context.store();

  describe('a server killed while appends are in flight', () => {
    it(
      'leaves every acknowledged event exactly once, and the rest resolve by retry',
      async (test) => {
        const restart = context.restart();
        if (restart === undefined) return test.skip('this server cannot be restarted');
        const after = await store().head();
        const streams = Array.from({ length: WRITERS }, () => freshStream('restart'));
        const collector = new Collector(store(), after, { batchSize: 50, streams: new Set(streams) });
        await collector.until(() => collector.caughtUp);

        const run = { over: false };
        const writing = streams.map((stream, index) => write(store(), stream, index, run));
        await collector.until(() => collector.events.length > 5 * WRITERS);
        await restart();
        run.over = true;
        const reports = await Promise.all(writing);

        for (const { stream, events } of reports) {
          const read = await store().readStream(stream);
          expect(idsOf(read)).toEqual(idsOf(events));
          expect(read.map((event) => event.revision)).toEqual(events.map((_, index) => index));
        }
        await collector.untilSeen(reports.flatMap((report) => report.events));
        await collector.stop();
        expect(isRising(collector.events.map((event) => event.position))).toBe(true);
        for (const { stream, events } of reports) {
          const seen = collector.events.filter((event) => event.stream === stream);
          expect(idsOf(seen)).toEqual(idsOf(events));
        }
        expect(collector.caughtUpAt).toHaveLength(1);
      },
      TIMEOUT_MS,
    );

    it(
      'takes appends and reads again, and still knows what it took before',
      async (test) => {
        const restart = context.restart();
        if (restart === undefined) return test.skip('this server cannot be restarted');
        const append = appendOf(freshStream('restart'), 'none', [newEvent(), newEvent()]);
        const first = taken(await store().append(append));
        await restart();
        await insist(store(), appendOf(freshStream('restart'), 'none', [newEvent()]));
        expect(await store().append(append)).toEqual({ ...first, replayed: true });
        expect(await store().readStream(append.stream)).toHaveLength(2);
        expect(await store().head()).toBeGreaterThan(first.position);
      },
      TIMEOUT_MS,
    );
  });
}

/** Appends one event after the other until some have been taken after the restart. Every third writer uses any. */
async function write(
  store: EventStore,
  stream: string,
  index: number,
  run: { readonly over: boolean },
): Promise<Report> {
  const report: Report = { stream, events: [], unknown: 0, unavailable: 0 };
  for (let left = APPENDS_AFTER_RESTART; left > 0; ) {
    const revision = report.events.length - 1;
    const expected = index % 3 === 0 ? 'any' : revision < 0 ? 'none' : revision;
    const event = newEvent({ stream, revision });
    await insist(store, appendOf(stream, expected, [event]), report);
    report.events.push(event);
    if (run.over) left -= 1;
  }
  return report;
}

/** Sends the same append until it is taken; what the store says of a failure must be true. */
async function insist(store: EventStore, append: Append, report?: Report): Promise<void> {
  for (;;) {
    try {
      const result = await store.append(append);
      expect(taken(result).revision).toBe((report?.events.length ?? 0) + append.events.length - 1);
      return;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) {
        if (report !== undefined) report.unknown += 1;
      } else if (error instanceof StoreUnavailableError || error instanceof StoreBusyError) {
        if (report !== undefined) report.unavailable += 1;
        await expectNothingWritten(store, append);
      } else throw error;
    }
  }
}

async function expectNothingWritten(store: EventStore, append: Append): Promise<void> {
  for (;;) {
    try {
      const ids = new Set(idsOf(await store.readStream(append.stream)));
      expect(append.events.filter((event) => ids.has(event.id))).toEqual([]);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}
