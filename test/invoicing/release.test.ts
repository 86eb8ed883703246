import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InvoiceCommand } from '../../domain/invoicing/decider.ts';
import type { FinalInvoice } from '../../domain/invoicing/state.ts';
import { addMillis, fromMillis, monthEnd, monthOf, toMillis } from '../../domain/kernel/time.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  april,
  byMonth,
  cents,
  given,
  handOver,
  history,
  release,
  releasesOf,
  spec,
  sumOf,
  year,
} from './support.ts';

const DAY_MS = 86_400_000;
const annual = [subscriptionLine('2870.40', year)];
const days = (from: string, to: string) =>
  Array.from({ length: (toMillis(to) - toMillis(from)) / DAY_MS }, (_, day) =>
    addMillis(from, (day + 1) * DAY_MS),
  );

describe('a release', () => {
  test('of a month by days: 9.97, 9.96, 9.97 (SUB-2), and nothing is left', () => {
    const events = history(undefined, days(april.from, april.to).map(release));
    const amounts = releasesOf(events).map(({ data }) => data.lines[0]?.amount);
    expect(amounts).toHaveLength(30);
    expect(amounts.slice(0, 6)).toEqual(['9.97', '9.96', '9.97', '9.97', '9.96', '9.97']);
    expect(byMonth(events)).toEqual({ '2026-04': 29_900n });
    spec
      .given(...events)
      .when(release('2027-01-01T00:00:00.000Z'))
      .thenNothing();
  });

  test('belongs to the last instant before its end and names where it goes', () => {
    given()
      .when(release('2026-04-02T00:00:00.000Z'))
      .thenEvents({
        type: 'revenue.released',
        data: {
          invoiceId: 'inv-1',
          customerId: 'acme',
          cause: 'time',
          currency: 'USD',
          through: '2026-04-02T00:00:00.000Z',
          servicePeriod: '2026-04',
          lines: [{ lineId: '1', amount: '9.97', deferredAccount: '2100', revenueAccount: '4010' }],
        },
        effectiveAt: '2026-04-01T23:59:59.999Z',
      });
  });

  test('of a year comes in one event for each month (SUB-7: 243.79 for January)', () => {
    const events = given(annual).when(release('2026-03-15T00:00:00.000Z')).events();
    expect(
      releasesOf(events).map(({ effectiveAt, data }) => [effectiveAt, data.servicePeriod, data.through]),
    ).toEqual([
      ['2026-01-31T23:59:59.999Z', '2026-01', '2026-02-01T00:00:00.000Z'],
      ['2026-02-28T23:59:59.999Z', '2026-02', '2026-03-01T00:00:00.000Z'],
      ['2026-03-14T23:59:59.999Z', '2026-03', '2026-03-15T00:00:00.000Z'],
    ]);
    expect(byMonth(events)).toEqual({ '2026-01': 24_379n, '2026-02': 22_019n, '2026-03': 11_010n });
  });

  test('that comes late, or beyond the end, closes to zero', () => {
    const events = given(annual).when(release('2031-01-01T00:00:00.000Z')).events();
    expect(events).toHaveLength(12);
    expect(Object.values(byMonth(events)).reduce((sum, month) => sum + month, 0n)).toBe(287_040n);
    expect(given(annual).when(release('2031-01-01T00:00:00.000Z')).state()).toMatchObject({
      schedules: [{ released: '2870.40' }],
    });
  });

  test('twice, or before the service begins, is nothing', () => {
    given(undefined, [release('2026-04-10T00:00:00.000Z')])
      .when(release('2026-04-10T00:00:00.000Z'))
      .thenNothing();
    given(undefined, [release('2026-04-10T00:00:00.000Z')])
      .when(release('2026-04-05T00:00:00.000Z'))
      .thenNothing();
    given().when(release(april.from)).thenNothing();
    given().when(release('2026-01-01T00:00:00.000Z')).thenNothing();
  });

  test('never takes back one line because another has not begun to earn', () => {
    const slow = subscriptionLine('0.01', { from: '2026-04-15T00:00:00.000Z', to: year.to });
    given([subscriptionLine('299.00', april), slow], [release('2026-04-25T00:00:00.000Z')])
      .when(release('2026-04-20T00:00:00.000Z'))
      .thenNothing();
  });
});

describe('any cadence', () => {
  const fraction = fc.double({ min: 0, max: 1.2, noNaN: true });
  const line = fc.record({
    amount: fc.integer({ min: 0, max: 5_000_000 }),
    from: fc.integer({ min: 0, max: 600 * DAY_MS }),
    length: fc.integer({ min: 1, max: 400 * DAY_MS }),
  });
  const lines = fc.array(line, { minLength: 1, maxLength: 3 }).map((list) =>
    list.map(({ amount, from, length }) => {
      const start = toMillis(year.from) + from;
      const stretch = { from: fromMillis(start), to: fromMillis(start + length) };
      return { cents: BigInt(amount), stretch, draft: subscriptionLine((amount / 100).toFixed(2), stretch) };
    }),
  );

  test('gives the same month ends and closes to exactly zero', () => {
    fc.assert(
      fc.property(lines, fc.array(fraction, { maxLength: 12 }), (list, fractions) => {
        const drafts = list.map(({ draft }) => draft);
        const [first, last] = [
          list.map(({ stretch }) => stretch.from).toSorted()[0] ?? '',
          list
            .map(({ stretch }) => stretch.to)
            .toSorted()
            .at(-1) ?? '',
        ];
        const span = toMillis(last) - toMillis(first);
        const irregular = fractions.map((part) =>
          release(fromMillis(toMillis(first) + Math.floor(span * part))),
        );
        const end = release(last);
        const [once, often] = [history(drafts, [end]), history(drafts, [...irregular, end])];
        const nonZero = (months: Record<string, bigint>) =>
          Object.entries(months).filter(([, sum]) => sum !== 0n);
        expect(nonZero(byMonth(often)).sort()).toEqual(nonZero(byMonth(once)).sort());
        const total = list.reduce((sum, { cents: amount }) => sum + amount, 0n);
        for (const events of [once, often]) {
          expect(releasesOf(events).reduce((sum, event) => sum + sumOf(event), 0n)).toBe(total);
          spec
            .given(...events)
            .when(release(addMillis(last, DAY_MS)))
            .thenNothing();
        }
        for (const event of releasesOf(often)) {
          expect(event.data.lines.every(({ amount }) => cents(amount) > 0n)).toBe(true);
          expect(event.data.servicePeriod).toBe(monthOf(event.effectiveAt));
          expect(event.data.through <= monthEnd(event.data.servicePeriod)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a daily close and a monthly one agree at every month end', () => {
    const daily = history(annual, days(year.from, year.to).map(release));
    const monthly = history(annual, [release(year.to)]);
    expect(byMonth(daily)).toEqual(byMonth(monthly));
    expect(releasesOf(monthly)).toHaveLength(12);
  });
});

describe('after a hand-over', () => {
  const half = '2026-04-16T00:00:00.000Z';

  test('nothing more is released here, and nothing is handed over again', () => {
    const gone = given(undefined, [handOver(half)]);
    gone.when(release(april.to)).thenNothing();
    gone.when(handOver(half)).thenNothing();
    expect(given().when(handOver(half)).state()).toMatchObject({
      schedules: [{ released: '149.50', handedOver: true }],
    });
  });

  test('of a schedule that has closed there is no remainder', () => {
    const commands: InvoiceCommand[] = [release(april.to)];
    given(undefined, commands).when(handOver(april.to)).thenNothing();
    const [only] = given().when(handOver(april.to)).events();
    expect(only?.type).toBe('revenue.released');
    expect((given().when(handOver(april.to)).state() as FinalInvoice).schedules[0]?.released).toBe('299.00');
  });
});
