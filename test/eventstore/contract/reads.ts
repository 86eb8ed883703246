import { describe, expect, it } from 'vitest';
import type { ContractContext } from '../contract.ts';
import {
  appendEach,
  appendOf,
  canonical,
  freshStream,
  idsOf,
  isRising,
  newEvent,
  newEvents,
  readOwn,
  taken,
} from './support.ts';

const ODD_NAMES = ['usage-c_1.{2026-11}', 'q\'uote"d', 'back\\slash', '%25/?#&=+', '~!@#$%^&*()[]|;:,<>`'];

const ODD_DATA = JSON.parse(`{
  "text": "Grüße, 数字, 🧾, \\u2028, \\"quoted\\", tab\\t, new\\nline, 'single'",
  "": "empty key", "__proto__": {"polluted": true}, "constructor": "x", "a.b": [[], {}, [null]],
  "huge": 1e308, "tiny": 5e-324, "long": 9007199254740991, "negative": -1.5, "yes": true, "nothing": null,
  "deep": {"a": {"b": {"c": {"d": [1, [2, [3, {"e": "f"}]]]}}}}
}`) as object;

export function readContract(context: ContractContext): void {
  const store = () => context.store();

  describe('streams', () => {
    it('that are missing are empty', async () => {
      expect(await store().readStream(freshStream())).toEqual([]);
      expect(await store().readStream(freshStream(), 5)).toEqual([]);
    });

    it('are read from a revision on, oldest first', async () => {
      const stream = freshStream();
      const events = newEvents(5);
      await store().append(appendOf(stream, 'none', events));
      expect(idsOf(await store().readStream(stream))).toEqual(idsOf(events));
      expect(idsOf(await store().readStream(stream, 3))).toEqual(idsOf(events.slice(3)));
      expect(await store().readStream(stream, 5)).toEqual([]);
    });

    it('are read in pages: at most as many events as asked for, from a revision on', async () => {
      const stream = freshStream();
      const events = newEvents(5);
      await store().append(appendOf(stream, 'none', events));
      const page = async (from: number, limit: number) =>
        idsOf(await store().readStream(stream, from, limit));
      expect(await page(0, 2)).toEqual(idsOf(events.slice(0, 2)));
      expect(await page(2, 2)).toEqual(idsOf(events.slice(2, 4)));
      expect(await page(4, 2)).toEqual(idsOf(events.slice(4)));
      expect(await page(0, 5)).toEqual(idsOf(events));
      expect(await page(0, 10_000)).toEqual(idsOf(events));
      expect(await page(5, 2)).toEqual([]);
      expect(await page(0, 0)).toEqual([]);
      expect(await store().readStream(freshStream(), 0, 2)).toEqual([]);
    });

    it('give back what was appended', async () => {
      const stream = freshStream();
      const event = newEvent({ n: '1.000000' }, { schemaVersion: 3, type: 'contract.other_type-2' });
      const entry = {
        template: 'SUB-1@1',
        currency: 'USD',
        effectiveAt: event.metadata.effectiveAt,
        description: 'Löwe & Söhne',
        postings: [
          { account: '1200', side: 'Dr' as const, amount: '10.00', customerId: 'c_1', revenueStream: 1 },
          { account: '2100', side: 'Cr' as const, amount: '10.00', servicePeriod: '2026-01' },
        ],
      };
      const sent = { ...event, metadata: { ...event.metadata, customerId: 'c_1', entry } };
      const before = Date.now();
      const { position } = taken(await store().append(appendOf(stream, 'none', [sent])));
      const [read, ...rest] = await store().readStream(stream);
      expect(rest).toEqual([]);
      expect(read).toEqual({ ...sent, stream, revision: 0, position, storedAt: read?.storedAt });
      expect(Math.abs(Date.parse(read?.storedAt ?? '') - before)).toBeLessThan(60_000);
    });

    it('keep every JSON value', async () => {
      const stream = freshStream();
      const data = Object.assign(structuredClone(ODD_DATA), { zero: -0 });
      await store().append(appendOf(stream, 'none', [newEvent(ODD_DATA), newEvent(data)]));
      const [odd, zero] = await store().readStream(stream);
      expect(canonical(odd?.data)).toBe(canonical(ODD_DATA));
      expect(zero?.data).toMatchObject({ zero: 0 });
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('may have any printable ASCII in their names, and are told apart by each character', async () => {
      const names = ODD_NAMES.map((name) => `${freshStream()}-${name}`);
      const twins = names.map((name) => `${name}X`);
      const appends = [...names, ...twins].map((name) => appendOf(name, 'none', newEvents(1)));
      for (const result of await store().appendMany(appends)) taken(result);
      for (const append of appends) {
        const read = await store().readStream(append.stream);
        expect(idsOf(read)).toEqual(idsOf(append.events));
        expect(read[0]?.stream).toBe(append.stream);
      }
      const long = `${freshStream()}-`.padEnd(255, 'x');
      taken(await store().append(appendOf(long, 'none', newEvents(1))));
      expect(await store().readStream(long)).toHaveLength(1);
    });
  });

  describe('single events', () => {
    it('are read by their place; what does not exist is left out', async () => {
      const [a, b] = [freshStream(), freshStream()];
      const [inA, inB] = [newEvents(6), newEvents(2)];
      await store().append(appendOf(a, 'none', inA));
      await store().append(appendOf(b, 'none', inB));
      const read = await store().readEvents([
        { stream: b, revision: 1 },
        { stream: a, revision: 4 },
        { stream: a, revision: 0 },
        { stream: a, revision: 5 },
        { stream: a, revision: 6 },
        { stream: freshStream(), revision: 0 },
      ]);
      const expected = [inA[0], inA[4], inA[5], inB[1]].map((event) => event?.id);
      expect(idsOf(read)).toEqual(expected);
      expect(await store().readEvents([])).toEqual([]);
    });
  });

  describe('the whole log', () => {
    it('has strictly rising positions and keeps the order of appends', async () => {
      const head = await store().head();
      const [a, b] = [freshStream(), freshStream()];
      const events = newEvents(12);
      for (const [index, event] of events.entries()) {
        taken(await store().append(appendOf(index % 3 === 0 ? a : b, 'any', [event])));
      }
      const own = await readOwn(store(), head, new Set([a, b]), 5);
      expect(idsOf(own)).toEqual(idsOf(events));
      expect(isRising([head, ...own.map((event) => event.position)])).toBe(true);
      if (context.options.dense === true) {
        expect(own.map((event) => event.position)).toEqual(own.map((_, index) => head + 1 + index));
      }
    });

    it('is read after a position: without the event there, and with the very next one', async () => {
      const stream = freshStream();
      const streams = new Set([stream]);
      const events = newEvents(5);
      const results = await appendEach(store(), stream, events);
      for (const [index, { position }] of results.entries()) {
        const following = await readOwn(store(), position, streams, 2);
        expect(idsOf(following)).toEqual(idsOf(events.slice(index + 1)));
        const [next] = await store().readAll(position, 1);
        if (index + 1 < events.length) expect(next?.position).toBeGreaterThan(position);
      }
    });

    it('gives at most the limit, and nothing after the head', async () => {
      const before = await store().head();
      await store().append(appendOf(freshStream(), 'none', newEvents(7)));
      for (const limit of [1, 2, 6]) expect(await store().readAll(before, limit)).toHaveLength(limit);
      expect(await store().readAll(before, 0)).toEqual([]);
      expect((await store().readAll(before, 1_000)).length).toBeGreaterThanOrEqual(7);
    });

    it('has each event with the position that its append was given', async () => {
      const [a, b] = [freshStream(), freshStream()];
      const head = await store().head();
      const first = taken(await store().append(appendOf(a, 'none', newEvents(3))));
      const second = taken(await store().append(appendOf(b, 'none', newEvents(1))));
      const own = await readOwn(store(), head, new Set([a, b]));
      expect(own.find((event) => event.stream === a && event.revision === 2)?.position).toBe(first.position);
      expect(own.find((event) => event.stream === b)?.position).toBe(second.position);
      for (const stream of [a, b]) {
        expect(await store().readStream(stream)).toEqual(own.filter((event) => event.stream === stream));
      }
      expect(await store().head()).toBeGreaterThanOrEqual(second.position);
    });

    it('shows nothing of what the server keeps for itself', async () => {
      const head = await store().head();
      for (let round = 0; round < 5; round += 1) {
        await store().append(appendOf(freshStream(), 'none', newEvents(20)));
      }
      const read = await store().readAll(head, 1_000);
      expect(read.length).toBeGreaterThanOrEqual(100);
      expect(read.filter((event) => event.type.startsWith('$') || event.stream.startsWith('$'))).toEqual([]);
      expect(await store().head()).toBe((await store().readAll(head, 10_000)).at(-1)?.position);
    });
  });
}
