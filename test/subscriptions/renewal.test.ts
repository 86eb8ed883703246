import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import { subscribed } from '../support/events.ts';
import { change, charge, given, PAID, renew, spec, terms } from './support.ts';

/** The same moment `years` later, on calendar numbers: 29 February becomes the 28th in common years. */
function yearsLater(anchor: string, years: number): string {
  const year = Number(anchor.slice(0, 4)) + years;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const rest = anchor.slice(4);
  return `${year}${leap ? rest : rest.replace('-02-29T', '-02-28T')}`;
}

/** Renews as often as asked, each time at the end of the charge before; every charge, the first included. */
function chargesOf(signUp: Parameters<typeof subscribed>[1], renewals: number) {
  const history = [...subscribed('acme', signUp)];
  const charges = [];
  for (let round = 0; round <= renewals; round += 1) {
    const [last] = history.slice(-1);
    if (last === undefined || !('charge' in last.data) || last.data.charge === null) {
      return expect.unreachable('a renewal without a charge');
    }
    charges.push(last.data.charge);
    history.push(
      ...spec
        .given(...history)
        .when(renew(last.data.charge.to, `inv-${round + 2}`))
        .events(),
    );
  }
  return charges;
}

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const growth = given({ now: '2026-04-16T00:00:00.000Z', tier: 'growth' });

describe('a monthly renewal', () => {
  test('bills the full calendar month that begins where the last charge ends', () => {
    const stretch = { from: april.to, to: '2026-06-01T00:00:00.000Z', amount: '299.00' };
    const data = {
      ...terms('growth'),
      charge: charge('growth', { invoiceId: 'inv-next', kind: 'renewal', ...stretch }),
    };
    const renewed = { type: 'subscription.renewed' as const, data, effectiveAt: april.to };
    growth.when(renew(april.to)).thenEvents(renewed);
    growth.when(renew('2026-09-01T00:00:00.000Z')).thenEvents(renewed);
  });

  test('comes once, and not before its time', () => {
    growth.when(renew('2026-04-30T23:59:59.999Z')).thenNothing();
    given({ now: april.from, tier: 'growth' }, renew(april.to)).when(renew(april.to)).thenNothing();
    given({ now: april.from, tier: 'free' }).when(renew(april.to)).thenNothing();
  });

  test('keeps the price of the tier that an upgrade left', () => {
    const upgraded = given({ now: april.from, tier: 'growth' }, change('2026-04-16T00:00:00.000Z', 'pro'));
    expect(upgraded.when(renew(april.to)).state()).toMatchObject({
      tier: 'pro',
      charge: { from: april.to, amount: '799.00' },
    });
  });

  test.each(['2026-01-29', '2026-01-30', '2026-01-31', '2028-02-29'])(
    'signed up on %s: calendar months',
    (day) => {
      const charges = chargesOf({ now: `${day}T08:00:00.000Z`, tier: 'growth' }, 14);
      const firsts = charges.slice(1).map(({ from }) => from.slice(7));
      expect(new Set(firsts)).toEqual(new Set(['-01T00:00:00.000Z']));
      expect(charges.slice(1).every(({ amount }) => amount === '299.00')).toBe(true);
    },
  );

  test('months tile the time line from any sign-up on', () => {
    const instant = fc.date({
      min: new Date('2026-01-01'),
      max: new Date('2040-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.constantFrom(...PAID), (at, tier) => {
        const now = at.toISOString();
        const charges = chargesOf({ now, tier }, 24);
        expect(charges[0]?.from).toBe(now);
        for (const [index, { from, to }] of charges.entries()) {
          expect(from < to).toBe(true);
          if (index > 0) expect(from).toBe(charges[index - 1]?.to);
          const end = new Date(to);
          expect(to).toBe(new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth(), 1)).toISOString());
          const gap =
            (end.getUTCFullYear() - at.getUTCFullYear()) * 12 + end.getUTCMonth() - at.getUTCMonth();
          expect(gap).toBe(index + 1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('an annual renewal', () => {
  test('29 February clamps to the 28th and comes back', () => {
    const charges = chargesOf({ now: '2028-02-29T10:00:00.000Z', tier: 'growth', billingCycle: 'annual' }, 5);
    expect(charges.map(({ to }) => to.slice(0, 10))).toEqual([
      '2029-02-28',
      '2030-02-28',
      '2031-02-28',
      '2032-02-29',
      '2033-02-28',
      '2034-02-28',
    ]);
    expect(charges.every(({ amount }) => amount === '2870.40')).toBe(true);
  });

  test.each(['2026-01-29', '2026-01-30', '2026-03-31', '2026-12-31'])(
    'an anchor on %s never drifts',
    (day) => {
      const charges = chargesOf({ now: `${day}T23:59:59.000Z`, tier: 'pro', billingCycle: 'annual' }, 6);
      expect(charges.map(({ to }) => to.slice(4))).toEqual(
        charges.map(() => `${day.slice(4)}T23:59:59.000Z`),
      );
    },
  );

  test('terms tile 30 years from any anchor on', () => {
    const instant = fc.date({
      min: new Date('2026-01-01'),
      max: new Date('2050-01-01'),
      noInvalidDate: true,
    });
    const leapDay = fc.integer({ min: 0, max: 86_399_999 }).map((ms) => new Date(Date.UTC(2028, 1, 29) + ms));
    fc.assert(
      fc.property(fc.oneof(instant, leapDay), (at) => {
        const now = at.toISOString();
        const charges = chargesOf({ now, tier: 'growth', billingCycle: 'annual' }, 29);
        expect(charges.map(({ from }) => from)).toEqual(charges.map((_, year) => yearsLater(now, year)));
        expect(charges.map(({ to }) => to)).toEqual(charges.map((_, year) => yearsLater(now, year + 1)));
      }),
      { numRuns: 60 },
    );
  });

  test('after an upgrade within a clamped term comes back to the anchor', () => {
    const at = { now: '2028-02-29T10:00:00.000Z', tier: 'growth', billingCycle: 'annual' } as const;
    const terms = [renew('2029-02-28T10:00:00.000Z'), renew('2030-02-28T10:00:00.000Z')];
    const third = [renew('2031-02-28T10:00:00.000Z'), change('2031-06-01T00:00:00.000Z', 'pro')];
    const state = given(at, ...terms, ...third)
      .when(renew('2032-02-29T10:00:00.000Z'))
      .state();
    expect((state as OpenSubscription).charge).toMatchObject({
      from: '2032-02-29T10:00:00.000Z',
      to: '2033-02-28T10:00:00.000Z',
      amount: '7670.40',
    });
  });
});
