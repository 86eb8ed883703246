import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { handOver as handOverFrom } from '../../domain/invoicing/release.ts';
import type { FinalInvoice } from '../../domain/invoicing/state.ts';
import { addMillis, fromMillis, toMillis } from '../../domain/kernel/time.ts';
import { changeTier, invoiced, subscribed, subscriptionLine } from '../support/events.ts';
import { april, byMonth, cents, given, handOver, release, releasesOf, spec, sumOf } from './support.ts';

const half = '2026-04-16T00:00:00.000Z';

const handedOver = (remainder: string, at = half): InvoiceEvent => ({
  type: 'schedule.handed_over',
  data: { invoiceId: 'inv-1', customerId: 'acme', lineId: '1', toInvoiceId: 'inv-2', remainder },
  effectiveAt: at,
});

const released = (amount: string, effectiveAt: string): InvoiceEvent => ({
  type: 'revenue.released',
  data: {
    invoiceId: 'inv-1',
    customerId: 'acme',
    cause: 'time',
    currency: 'USD',
    through: half,
    servicePeriod: effectiveAt.slice(0, 7),
    lines: [{ lineId: '1', amount, deferredAccount: '2100', revenueAccount: '4010' }],
  },
  effectiveAt,
});

describe('a hand-over', () => {
  test('releases what is earned first, in the same append (SUB-9)', () => {
    given()
      .when(handOver(half))
      .thenEvents(released('149.50', '2026-04-15T23:59:59.999Z'), handedOver('149.50'));
    given(undefined, [release('2026-04-10T00:00:00.000Z')])
      .when(handOver(half))
      .thenEvents(released('59.80', '2026-04-15T23:59:59.999Z'), handedOver('149.50'));
  });

  test('at the instant the service begins hands over all of it', () => {
    given().when(handOver(april.from)).thenEvents(handedOver('299.00', april.from));
  });

  /** The change was decided before a close that reached the schedule before the hand-over did. */
  test('that comes after a later close takes back what was released beyond it', () => {
    given(undefined, [release('2026-04-20T00:00:00.000Z')])
      .when(handOver(half))
      .thenEvents(released('-39.87', '2026-04-19T23:59:59.999Z'), handedOver('149.50'));
  });

  test('takes it back from the month it was released in', () => {
    const from = '2026-03-01T00:00:00.000Z';
    const term = [subscriptionLine('2870.40', { from, to: '2027-03-01T00:00:00.000Z' })];
    const events = given(term, [release('2026-06-10T00:00:00.000Z')])
      .when(handOver(half))
      .events();
    const net = given(term).when(handOver(half)).events();
    expect(byMonth(events)).toMatchObject({ '2026-04': -11_796n, '2026-05': -24_379n, '2026-06': -7_078n });
    expect(events.at(-1)).toEqual(net.at(-1));
  });
});

/**
 * The credit is decided in the subscription's stream, the remainder in the invoice's: they name the same amount
 * of money, so they agree to the cent whatever was released before, or after, the change.
 */
test('the remainder is the credit of the subscription, for any instant and any releases', () => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const cases = fc.record({
    signUp: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) }).map(fromMillis),
    billingCycle: fc.constantFrom('monthly' as const, 'annual' as const),
    change: place,
    closes: fc.array(place, { maxLength: 5 }),
  });
  fc.assert(
    fc.property(cases, ({ signUp: now, billingCycle, change, closes }) => {
      const [started] = subscribed('acme', { now, tier: 'growth', billingCycle });
      if (started?.type !== 'subscription.started' || started.data.charge === null) {
        return expect.unreachable('a sign-up with a charge');
      }
      const { from, to, amount, invoiceId } = started.data.charge;
      const span = toMillis(to) - toMillis(from);
      const at = (fraction: number) => addMillis(from, Math.min(span - 1, Math.floor(span * fraction)));
      const [, changed] = subscribed('acme', { now, tier: 'growth', billingCycle }, [
        changeTier(at(change), 'pro'),
      ]);
      if (changed?.type !== 'subscription.changed') return expect.unreachable('an upgrade');

      const line = { ...subscriptionLine(amount, { from, to }), billingCycle };
      const events = invoiced(
        { customerId: 'acme', invoiceId, at: from },
        [line],
        closes.map((close) => release(at(close))),
      );
      const decided = spec
        .given(...events)
        .when(handOver(at(change)))
        .events();
      const invoice = spec
        .given(...events)
        .when(release(from))
        .state() as FinalInvoice;
      expect(changed.data.credit).toEqual({
        invoiceId,
        amount: handOverFrom(invoice, 'inv-2', at(change)).remainder,
      });

      const net = releasesOf([...events, ...decided]).reduce((sum, event) => sum + sumOf(event), 0n);
      expect(net + cents(changed.data.credit?.amount ?? '')).toBe(cents(amount));
      const plain = invoiced({ customerId: 'acme', invoiceId, at: from }, [line], [handOver(at(change))]);
      const nonZero = (of: readonly InvoiceEvent[]) =>
        Object.entries(byMonth(of)).filter(([, sum]) => sum !== 0n);
      expect(nonZero([...events, ...decided]).sort()).toEqual(nonZero(plain).sort());
    }),
    { numRuns: 300 },
  );
});
