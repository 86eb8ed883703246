import { describe, expect, it } from 'vitest';
import type { ContractContext } from '../contract.ts';
import { Collector } from './collector.ts';
import { appendEach, appendOf, freshStream, idsOf, isRising, newEvents, taken } from './support.ts';

export function subscriptionContract(context: ContractContext): void {
  const store = () => context.store();

  describe('subscriptions', () => {
    it('deliver what was there, say so once, then deliver what comes', async () => {
      const stream = freshStream();
      const after = await store().head();
      const early = newEvents(250);
      await store().append(appendOf(stream, 'none', early));
      const collector = new Collector(store(), after, { batchSize: 40, streams: new Set([stream]) });
      await collector.until(() => collector.caughtUp);
      expect(collector.caughtUpAt[0]).toBe(early.length);
      const late = newEvents(5);
      await appendEach(store(), stream, late);
      await collector.untilSeen(late);
      await collector.stop();
      expect(idsOf(collector.events)).toEqual(idsOf([...early, ...late]));
      expect(collector.caughtUpAt).toEqual([early.length]);
      expect(Math.max(...collector.batchSizes)).toBeLessThanOrEqual(40);
    });

    it('start after the position: without the event there, and with the very next one', async () => {
      const stream = freshStream();
      const events = newEvents(4);
      const results = await appendEach(store(), stream, events);
      for (const [index, { position }] of results.entries()) {
        const collector = new Collector(store(), position, { streams: new Set([stream]) });
        await collector.until(() => collector.caughtUp);
        await collector.stop();
        expect(idsOf(collector.events)).toEqual(idsOf(events.slice(index + 1)));
      }
    });

    it('at the head are caught up at once', async () => {
      const collector = new Collector(store(), await store().head());
      await collector.until(() => collector.caughtUp);
      await collector.stop();
    });

    it('see every event once and in order while many append', async () => {
      const streams = Array.from({ length: 8 }, () => freshStream());
      const after = await store().head();
      const events = new Map(streams.map((stream) => [stream, newEvents(60)]));
      const options = { streams: new Set(streams) };
      const early = new Collector(store(), after, { ...options, batchSize: 7 });
      const writing = streams.map((stream) => appendEach(store(), stream, events.get(stream) ?? []));
      await early.until(() => early.events.length > 20);
      const late = new Collector(store(), after, options);
      await Promise.all(writing);
      for (const collector of [early, late]) {
        await collector.untilSeen([...events.values()].flat());
        await collector.stop();
        expect(collector.events).toHaveLength(8 * 60);
        expect(isRising(collector.events.map((event) => event.position))).toBe(true);
        for (const stream of streams) {
          const own = collector.events.filter((event) => event.stream === stream);
          expect(idsOf(own)).toEqual(idsOf(events.get(stream) ?? []));
        }
        expect(collector.caughtUpAt).toHaveLength(1);
      }
    });

    it('wait for a slow consumer and lose nothing', async () => {
      const stream = freshStream();
      const after = await store().head();
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const collector = new Collector(store(), after, {
        batchSize: 10,
        streams: new Set([stream]),
        handle: ({ kind }) => (kind === 'events' ? gate : undefined),
      });
      const events = newEvents(3_000);
      for (let start = 0; start < events.length; start += 500) {
        taken(await store().append(appendOf(stream, 'any', events.slice(start, start + 500))));
      }
      await collector.until(() => collector.events.length > 0);
      expect(collector.events.length).toBeLessThanOrEqual(10);
      release();
      await collector.untilSeen(events);
      await collector.stop();
      expect(idsOf(collector.events)).toEqual(idsOf(events));
    });

    it('resume after the last event that was handled', async () => {
      const stream = freshStream();
      const streams = new Set([stream]);
      const after = await store().head();
      const events = newEvents(30);
      await store().append(appendOf(stream, 'none', events));
      const first = new Collector(store(), after, { batchSize: 4, streams });
      await first.until(() => first.events.length >= 12);
      await first.stop();
      const handled = first.events.slice(0, 9);
      const second = new Collector(store(), handled.at(-1)?.position ?? -1, { streams });
      await second.until(() => second.caughtUp);
      await second.stop();
      expect(idsOf([...handled, ...second.events])).toEqual(idsOf(events));
    });

    it('end by their signal: before the start, while idle, and in the middle of a batch', async () => {
      const after = await store().head();
      await store().append(appendOf(freshStream(), 'none', newEvents(10)));
      const kinds: string[] = [];
      for await (const { kind } of store().subscribe({ after, signal: AbortSignal.abort() }))
        kinds.push(kind);
      expect(kinds).toEqual([]);
      const idle = new Collector(store(), after);
      await idle.until(() => idle.caughtUp);
      await idle.stop();
      const abort = new AbortController();
      for await (const { kind } of store().subscribe({ after, batchSize: 2, signal: abort.signal })) {
        kinds.push(kind);
        abort.abort();
      }
      expect(kinds).toEqual(['events']);
    });

    it('may be left by their consumer, and the store goes on', async () => {
      const after = await store().head();
      await store().append(appendOf(freshStream(), 'none', newEvents(10)));
      const { signal } = new AbortController();
      for await (const message of store().subscribe({ after, batchSize: 3, signal })) {
        expect(message.kind).toBe('events');
        break;
      }
      taken(await store().append(appendOf(freshStream(), 'none', newEvents(1))));
    });
  });
}
