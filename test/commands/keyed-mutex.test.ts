import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedMutex } from '../../commands/keyed-mutex.ts';

describe('keyed mutex', () => {
  it('runs work of one key in order and one at a time, whatever fails', async () => {
    const works = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(works, fc.scheduler(), async (list, scheduler) => {
        const mutex = new KeyedMutex();
        const running = new Set<string>();
        const order: number[] = [];
        const results = list.map(({ key, fails }, index) =>
          mutex.run(key, async () => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            await scheduler.schedule(Promise.resolve());
            running.delete(key);
            order.push(index);
            if (fails) throw new Error(`${index}`);
            return index;
          }),
        );
        const settling = Promise.allSettled(results);
        await scheduler.waitFor(settling);
        const settled = await settling;
        expect(settled.map(({ status }) => status === 'rejected')).toEqual(list.map(({ fails }) => fails));
        for (const key of ['a', 'b', 'c']) {
          const own = order.filter((index) => list[index]?.key === key);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('does not let one key wait for another', async () => {
    const mutex = new KeyedMutex();
    let release: () => void = () => undefined;
    const held = mutex.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    expect(await mutex.run('b', async () => 'done')).toBe('done');
    release();
    await held;
  });
});
