import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromMillis } from '../../domain/kernel/time.ts';
import type { OpenSubscription, TierSegment } from '../../domain/subscriptions/state.ts';
import { countsAt, stretchesOf } from '../../domain/subscriptions/stretches.ts';
import { change, convert, given, renew } from './support.ts';

const segmentsOf = (state: unknown) => (state as OpenSubscription).segments;

const plan = { catalogueVersion: '2026-01', contract: null };

describe('stretches of time on a tier', () => {
  const trial = { now: '2026-03-25T12:00:00.000Z', tier: 'growth', trialDays: 14 };
  const ends = '2026-04-08T12:00:00.000Z';

  test('follow the subscription; a trial does not count', () => {
    const at = '2026-04-20T00:00:00.000Z';
    const state = given(trial, convert(ends)).when(change(at, 'pro')).state();
    const stretches = stretchesOf(segmentsOf(state));
    expect(stretches).toEqual([
      { tier: 'growth', from: trial.now, to: ends, counts: false, ...plan },
      { tier: 'growth', from: ends, to: at, counts: true, ...plan },
      { tier: 'pro', from: at, to: null, counts: true, ...plan },
    ]);
    const instants = ['2026-03-25T11:59:59.999Z', trial.now, '2026-04-08T11:59:59.999Z', ends, at];
    expect(instants.map((instant) => countsAt(stretches, instant))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(countsAt([], at)).toBe(false);
  });

  test('a change and a conversion at one instant leave one stretch', () => {
    const scheduled = given(trial, change('2026-04-01T00:00:00.000Z', 'starter'));
    expect(stretchesOf(segmentsOf(scheduled.when(convert(ends)).state()))).toEqual([
      { tier: 'growth', from: trial.now, to: ends, counts: false, ...plan },
      { tier: 'starter', from: ends, to: null, counts: true, ...plan },
    ]);
  });

  test('a renewal makes no new one', () => {
    const month = given({ now: '2026-04-01T00:00:00.000Z', tier: 'growth' });
    expect(segmentsOf(month.when(renew('2026-05-01T00:00:00.000Z')).state())).toHaveLength(1);
  });

  test('are in order and without gap or overlap, and at every instant the last word of the log holds', () => {
    const segment = fc.record({
      tier: fc.constantFrom('free', 'growth', 'pro'),
      from: fc.integer({ min: 0, max: 30 }).map((day) => fromMillis(Date.UTC(2026, 3, 1 + day))),
      counts: fc.boolean(),
      catalogueVersion: fc.constant('2026-01'),
      contract: fc.constant(null),
    });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments: TierSegment[]) => {
        const stretches = stretchesOf(segments);
        expect(stretches.at(-1)?.to).toBeNull();
        for (const [index, { from, to }] of stretches.entries()) {
          const next = stretches[index + 1];
          if (next === undefined) break;
          expect(to).toBe(next.from);
          expect(from < next.from).toBe(true);
        }
        for (let day = 0; day <= 31; day += 1) {
          const at = fromMillis(Date.UTC(2026, 3, 1 + day, 12));
          const word = segments.findLast(({ from }) => from <= at);
          expect(countsAt(stretches, at)).toBe(word?.counts ?? false);
        }
      }),
    );
  });
});
