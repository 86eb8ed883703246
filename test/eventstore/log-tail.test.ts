import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../eventstore/port.ts';
import { LogTail } from '../../eventstore/postgres/log-tail.ts';

/** A log that grows, and whose readings answer when they are let go. */
function growing() {
  let head = 0;
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  let held = false;
  const read = async (after: number, limit: number) => {
    asked.push(after);
    const through = Math.min(head, after + limit);
    if (held) await new Promise<void>((resolve) => waiting.push(resolve));
    return positions(after, through).map((position) => ({ position }) as StoredEvent);
  };
  return {
    tail: new LogTail(read),
    asked,
    arrive: (count: number) => {
      head += count;
    },
    head: () => head,
    hold: () => {
      held = true;
    },
    letGo: () => {
      held = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

function positions(after: number, through: number): number[] {
  return Array.from({ length: Math.max(0, through - after) }, (_, index) => after + 1 + index);
}

const ofEvents = (events: readonly StoredEvent[]) => events.map(({ position }) => position);

describe('the tail of the log', () => {
  it('is read once for all who follow it', async () => {
    const log = growing();
    log.arrive(3);
    expect(ofEvents(await log.tail.readAfter(0, 100, 1))).toEqual([1, 2, 3]);
    log.arrive(2);
    const all = await Promise.all([3, 3, 0, 2].map((after) => log.tail.readAfter(after, 100, 2)));
    expect(all.map(ofEvents)).toEqual([
      [4, 5],
      [4, 5],
      [1, 2, 3, 4, 5],
      [3, 4, 5],
    ]);
    expect(log.asked).toEqual([0, 3]);
  });

  it('has for a reader what arrived after another’s reading had begun', async () => {
    const log = growing();
    log.arrive(1);
    await log.tail.readAfter(0, 100, 1);
    log.arrive(1);
    log.hold();
    const first = log.tail.readAfter(1, 100, 2);
    log.arrive(1);
    const second = log.tail.readAfter(1, 100, 3);
    log.letGo();
    expect(ofEvents(await first)[0]).toBe(2);
    expect(ofEvents(await second)).toEqual([2, 3]);
  });

  it('leaves who is far behind to the log, page by page', async () => {
    const log = growing();
    log.arrive(10_000);
    await log.tail.readAfter(9_990, 100, 1);
    expect(ofEvents(await log.tail.readAfter(0, 3, 1))).toEqual([1, 2, 3]);
    expect(ofEvents(await log.tail.readAfter(9_992, 3, 1))).toEqual([9_993, 9_994, 9_995]);
    expect(log.asked).toEqual([9_990, 0]);
  });

  it('answers all there is, or a full page, whoever asks for what and whenever', async () => {
    const step = fc.record({
      arrivals: fc.nat(3_000),
      readers: fc.array(fc.record({ lag: fc.nat(4_000), limit: fc.integer({ min: 1, max: 5_000 }) }), {
        maxLength: 4,
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const log = growing();
        for (const [seen, { arrivals, readers }] of steps.entries()) {
          log.arrive(arrivals);
          const head = log.head();
          const answers = readers.map(async ({ lag, limit }) => {
            const after = Math.max(0, head - lag);
            const events = await log.tail.readAfter(after, limit, seen);
            expect(ofEvents(events)).toEqual(positions(after, Math.min(head, after + limit)));
          });
          await Promise.all(answers);
        }
      }),
    );
  });

  it('fails for who shares a reading, and then begins again', async () => {
    let fails = false;
    const tail = new LogTail(async (after) => {
      if (fails) throw new Error('gone');
      return after === 0 ? [{ position: 1 } as StoredEvent] : [];
    });
    await tail.readAfter(0, 100, 1);
    fails = true;
    const both = [tail.readAfter(1, 100, 2), tail.readAfter(1, 100, 2)];
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await tail.readAfter(1, 100, 2)).toEqual([]);
  });
});
