import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METER_IDS } from '../../domain/catalogue/types.ts';
import { toMicros } from '../../domain/kernel/money.ts';
import type { RatingEvent } from '../../domain/metering/events.ts';
import {
  type RatingCommand,
  type RatingState,
  rateMeter,
  ratingDecider,
} from '../../domain/metering/rating-decider.ts';
import { accrue, bill, spec, total } from './support.ts';

const step = fc.record({
  day: fc.integer({ min: 0, max: 60 }),
  totals: fc.array(
    fc.record({
      meter: fc.constantFrom(...METER_IDS),
      quantity: fc.oneof(fc.bigInt(0n, 3_000n), fc.bigInt(0n, 30_000_000n)),
      included: fc.oneof(fc.constant(0n), fc.bigInt(0n, 2_000_000n)),
    }),
    { maxLength: 4 },
  ),
  overflow: fc.boolean(),
  bills: fc.boolean(),
});

/** Random accruals, some billed at once, each bill for an invoice of its own. Quantities may fall: corrections. */
const commands = fc.array(step, { minLength: 1, maxLength: 10 }).map((steps) =>
  steps
    .toSorted((a, b) => a.day - b.day)
    .flatMap(({ day, totals, overflow, bills }, index): RatingCommand[] => {
      const now = new Date(Date.UTC(2026, 2, 1 + day)).toISOString();
      const distinct = [
        ...new Map(totals.map((of) => [of.meter, total(of.meter, of.quantity, of.included)])).values(),
      ];
      return [accrue(now, distinct, { overflow }), ...(bills ? [bill(now, `inv-${index}`)] : [])];
    }),
);

function run(list: readonly RatingCommand[]): { events: RatingEvent[]; state: RatingState } {
  const events: RatingEvent[] = [];
  for (const command of list)
    events.push(
      ...spec
        .given(...events)
        .when(command)
        .events(),
    );
  return { events, state: events.reduce(ratingDecider.evolve, ratingDecider.initialState) };
}

/** The last figures that a meter was given, rated from scratch. */
function ratedTotals(list: readonly RatingCommand[]): Map<string, bigint> {
  const rated = new Map<string, bigint>();
  for (const command of list) {
    if (command.type !== 'accrueUsage') continue;
    for (const of of command.totals) rated.set(of.meter, rateMeter(of, '2026-03', command.overflow).amount);
  }
  return rated;
}

function sums(events: readonly RatingEvent[]) {
  const [deltas, reserved] = [new Map<string, bigint>(), new Map<string, bigint>()];
  const add = (to: Map<string, bigint>, meter: string, amount: string) =>
    to.set(meter, (to.get(meter) ?? 0n) + toMicros(amount));
  for (const event of events) {
    if (event.type === 'usage.accrued')
      for (const { meter, delta } of event.data.lines) add(deltas, meter, delta);
    else for (const { meter, accrued } of event.data.lines) add(reserved, meter, accrued);
  }
  return { deltas, reserved };
}

describe('over any sequence of totals and bills', () => {
  test('the deltas of a meter sum to its rated total', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const { deltas } = sums(run(list).events);
        for (const [meter, amount] of ratedTotals(list)) expect(deltas.get(meter) ?? 0n).toBe(amount);
      }),
      { numRuns: 300 },
    );
  });

  test('billed + unbilled = accrued: one more bill returns the contract asset to zero, unless it fell below', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const before = sums(run(list).events);
        const { deltas, reserved } = sums(
          run([...list, bill('2026-06-01T00:00:00.000Z', 'inv-last')]).events,
        );
        for (const [meter, amount] of deltas) {
          const unbilled = amount - (before.reserved.get(meter) ?? 0n);
          const rest = amount - (reserved.get(meter) ?? 0n);
          expect(rest).toBe(unbilled > 0n ? 0n : unbilled);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a bill is above zero and within half a cent of what it reserves; asked again, nothing changes', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const { events } = run(list);
        for (const event of events) {
          if (event.type !== 'usage.billed') continue;
          for (const { accrued, billed } of event.data.lines) {
            const off = toMicros(accrued) - toMicros(billed);
            expect(toMicros(accrued)).toBeGreaterThan(0n);
            expect(off <= 5_000n && off >= -5_000n).toBe(true);
            expect(toMicros(billed) % 10_000n).toBe(0n);
          }
        }
        const [last] = list.slice(-1);
        if (last !== undefined)
          spec
            .given(...events)
            .when(last)
            .thenNothing();
      }),
      { numRuns: 300 },
    );
  });
});
