import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromMillis, monthInterval, monthOf, toMillis } from '../../domain/kernel/time.ts';
import { earned, prorate, unearned } from '../../domain/subscriptions/proration.ts';
import { type SignUp, subscribed } from '../support/events.ts';
import { cents, change, PAID, share, type Tier } from './support.ts';

const START = Date.UTC(2026, 0, 1);
const END = Date.UTC(2033, 0, 1);
const instant = fc.integer({ min: START, max: END }).map(fromMillis);
const price = fc.integer({ min: 0, max: 5_000_000 }).map((units) => (units / 100).toFixed(2));
/** Places in a month, in order, from nothing to all of it, with many near the ends. */
const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1e-7, 0.5, 0.9999999));
const places = (max: number) =>
  fc.array(place, { minLength: 1, maxLength: max }).map((list) => list.toSorted((a, b) => a - b));
const at = (month: { from: string; to: string }, fraction: number) => {
  const [from, to] = [toMillis(month.from), toMillis(month.to)];
  return fromMillis(Math.min(to - 1, from + Math.floor((to - from) * fraction)));
};
const seconds = (from: string, to: string) => {
  return BigInt(Math.ceil(Date.parse(to) / 1000) - Math.ceil(Date.parse(from) / 1000));
};

describe('a prorated price', () => {
  test('is full price × seconds ÷ seconds of the month, half-even to the cent', () => {
    fc.assert(
      fc.property(instant, price, place, (when, full, fraction) => {
        const month = monthInterval(monthOf(when));
        const from = at(month, fraction);
        const expected = share(cents(full), seconds(from, month.to), seconds(month.from, month.to));
        expect(cents(prorate(full, { from, to: month.to }, month))).toBe(expected);
      }),
    );
  });

  /** Each piece is rounded by itself, so a split is off the whole by at most half a cent for each piece. */
  test('split over a month sums to the price within half a cent for each piece, and is never negative', () => {
    fc.assert(
      fc.property(instant, price, places(8), (when, full, fractions) => {
        const month = monthInterval(monthOf(when));
        const cuts = [month.from, ...fractions.map((fraction) => at(month, fraction)), month.to];
        const pieces = cuts.slice(1).map((to, index) => {
          return cents(prorate(full, { from: cuts[index] ?? month.from, to }, month));
        });
        const difference = pieces.reduce((sum, piece) => sum + piece, 0n) - cents(full);
        expect(pieces.every((piece) => piece >= 0n)).toBe(true);
        expect(2n * (difference < 0n ? -difference : difference)).toBeLessThanOrEqual(BigInt(pieces.length));
      }),
    );
  });
});

describe('what is earned', () => {
  test('and what is not add up to the charge, grow and shrink with time, and never leave it', () => {
    fc.assert(
      fc.property(instant, price, places(6), (when, amount, fractions) => {
        const charge = { amount, ...monthInterval(monthOf(when)) };
        let before = 0n;
        for (const moment of fractions.map((fraction) => at(charge, fraction))) {
          const sofar = cents(earned(amount, charge, moment).toFixed(2));
          expect(sofar + cents(unearned(charge, moment))).toBe(cents(amount));
          expect(sofar).toBeGreaterThanOrEqual(before);
          expect(sofar).toBeLessThanOrEqual(cents(amount));
          before = sofar;
        }
        expect(unearned(charge, charge.to)).toBe('0.00');
        expect(unearned(charge, fromMillis(toMillis(charge.to) + 86_400_000))).toBe('0.00');
        expect(unearned(charge, charge.from)).toBe(amount);
        expect(unearned(charge, fromMillis(toMillis(charge.from) - 86_400_000))).toBe(amount);
      }),
    );
  });
});

/** Upgrades by one tier each, at ascending places between sign-up and the end of its month. */
function upgrades(signUp: SignUp, end: string, fractions: readonly number[]) {
  const from = PAID.map(String).indexOf(signUp.tier);
  const stretch = { from: signUp.now, to: end };
  return fractions.slice(0, PAID.length - 1 - from).map((fraction, index) => {
    const tier = PAID[from + 1 + index] ?? 'enterprise';
    return change(at(stretch, fraction), tier, 'now', `inv-${index + 2}`);
  });
}

/** What is charged and credited in the month of a sign-up, in order. */
function moneyOf(signUp: SignUp, end: string, fractions: readonly number[]) {
  return subscribed('acme', signUp, upgrades(signUp, end, fractions)).flatMap(({ data, effectiveAt }) => {
    const charge = 'charge' in data ? data.charge : null;
    return charge === null
      ? []
      : [{ at: effectiveAt, charge, credit: 'credit' in data ? data.credit : null }];
  });
}

describe('a month with upgrades', () => {
  const signUps = fc.tuple(instant, fc.constantFrom<Tier>('free', ...PAID), places(4));

  test('charges tile the time from the first one to the end of the month', () => {
    fc.assert(
      fc.property(signUps, ([now, tier, fractions]) => {
        const { to: end } = monthInterval(monthOf(now));
        const money = moneyOf({ now, tier }, end, fractions);
        const [first] = money;
        if (first === undefined) return expect.unreachable('every case has a charge');
        const used = money.map(({ at: from }, index) => seconds(from, money[index + 1]?.at ?? end));
        expect(used.reduce((sum, count) => sum + count, 0n)).toBe(seconds(first.at, end));
        for (const { at: from, charge } of money) expect([charge.from, charge.to]).toEqual([from, end]);
      }),
      { numRuns: 300 },
    );
  });

  test('credit + earned = invoiced, nothing is negative, and an upgrade never owes', () => {
    fc.assert(
      fc.property(signUps, ([now, tier, fractions]) => {
        const money = moneyOf({ now, tier }, monthInterval(monthOf(now)).to, fractions);
        for (const [index, { at: moment, charge, credit }] of money.entries()) {
          const before = money[index - 1]?.charge;
          expect(cents(charge.amount)).toBeGreaterThanOrEqual(0n);
          expect(credit?.invoiceId).toBe(before?.invoiceId);
          if (before === undefined || credit === null) continue;
          const sofar = earned(before.amount, before, moment).toFixed(2);
          expect(cents(credit.amount) + cents(sofar)).toBe(cents(before.amount));
          expect(cents(credit.amount)).toBeGreaterThanOrEqual(0n);
          expect(cents(credit.amount)).toBeLessThanOrEqual(cents(charge.amount));
        }
      }),
      { numRuns: 300 },
    );
  });
});
