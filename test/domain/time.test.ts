import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMillis,
  addMonths,
  anniversary,
  canonicalInstant,
  dayOf,
  fromMillis,
  intersect,
  isMonth,
  monthInterval,
  monthOf,
  monthStart,
  monthsFromTo,
  secondsOf,
  toMillis,
} from '../../domain/kernel/time.ts';

const millis = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });

describe('instants', () => {
  test('one canonical form for every way to write the same instant', () => {
    for (const value of [
      '2026-01-31T23:59:59Z',
      '2026-02-01T00:59:59+01:00',
      '2026-01-31T18:59:59.000-05:00',
    ]) {
      expect(canonicalInstant(value)).toBe('2026-01-31T23:59:59.000Z');
    }
    expect(canonicalInstant('2026-01-01T00:00:00.123456Z')).toBe('2026-01-01T00:00:00.123Z');
  });

  test.each(['', '2026-01-31', '2026-02-30T00:00:00Z', '2026-01-31T00:00:00', 'now', '2026-01-31T25:00:00Z'])(
    'refuses %j',
    (value) => {
      expect(() => canonicalInstant(value)).toThrow(RangeError);
    },
  );

  test('order as text, count as time', () => {
    fc.assert(
      fc.property(millis, millis, (a, b) => {
        expect(toMillis(fromMillis(a))).toBe(a);
        expect(fromMillis(a) < fromMillis(b)).toBe(a < b);
        expect(toMillis(addMillis(fromMillis(a), b - a))).toBe(b);
        const seconds = secondsOf({ from: fromMillis(a), to: fromMillis(b) });
        expect(Math.abs(seconds - (b - a) / 1000)).toBeLessThan(1);
      }),
    );
  });
});

describe('months', () => {
  test('every instant lies in its own month, half-open', () => {
    fc.assert(
      fc.property(millis, (at) => {
        const instant = fromMillis(at);
        const { from, to } = monthInterval(monthOf(instant));
        expect(from <= instant && instant < to).toBe(true);
        expect(monthOf(to)).toBe(addMonths(monthOf(instant), 1));
        expect(dayOf(instant)).toBe(new Date(at).toISOString().slice(0, 10));
      }),
    );
  });

  test('lengths, leap years among them', () => {
    const days = (month: string) => secondsOf(monthInterval(month)) / 86_400;
    expect(['2026-01', '2026-02', '2028-02', '2100-02', '2026-04'].map(days)).toEqual([31, 28, 29, 28, 30]);
  });

  test('addMonths crosses years both ways and takes itself back', () => {
    expect(addMonths('2026-12', 1)).toBe('2027-01');
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    fc.assert(
      fc.property(millis, fc.integer({ min: -500, max: 500 }), (at, count) => {
        const month = monthOf(fromMillis(at));
        expect(addMonths(addMonths(month, count), -count)).toBe(month);
      }),
    );
  });

  test('monthsFromTo names both ends', () => {
    expect(monthsFromTo('2025-11', '2026-02')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
    expect(monthsFromTo('2026-02', '2026-02')).toEqual(['2026-02']);
    expect(monthsFromTo('2026-03', '2026-02')).toEqual([]);
  });

  test('isMonth takes nothing else', () => {
    expect(isMonth('2026-12')).toBe(true);
    for (const value of ['2026-13', '2026-00', '2026-1', '2026-01-01', '26-01', ''])
      expect(isMonth(value)).toBe(false);
    expect(() => monthStart('2026-13')).toThrow(RangeError);
  });
});

describe('anniversaries', () => {
  test('keep the time of day; 29 February clamps and comes back', () => {
    const anchor = '2028-02-29T10:11:12.345Z';
    expect(anniversary(anchor, 1)).toBe('2029-02-28T10:11:12.345Z');
    expect(anniversary(anchor, 4)).toBe('2032-02-29T10:11:12.345Z');
    expect(anniversary('2026-12-31T23:59:59.999Z', 1)).toBe('2027-12-31T23:59:59.999Z');
    expect(anniversary(anchor, 0)).toBe(anchor);
  });
});

describe('intersect', () => {
  test('is the common part, undefined where intervals only touch', () => {
    const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    expect(intersect({ from: at(1), to: at(5) }, { from: at(3), to: at(9) })).toEqual({
      from: at(3),
      to: at(5),
    });
    expect(intersect({ from: at(1), to: at(9) }, { from: at(3), to: at(5) })).toEqual({
      from: at(3),
      to: at(5),
    });
    expect(intersect({ from: at(1), to: at(3) }, { from: at(3), to: at(5) })).toBeUndefined();
    expect(intersect({ from: at(4), to: at(4) }, { from: at(3), to: at(5) })).toBeUndefined();
  });
});
