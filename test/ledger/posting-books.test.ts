import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import { invoiceDecider } from '../../domain/invoicing/decider.ts';
import { decimal, fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { addMillis, fromMillis, monthEnd, monthOf, toMillis } from '../../domain/kernel/time.ts';
import { accrue, bill, total } from '../metering/support.ts';
import { type Changed, PAID } from '../subscriptions/support.ts';
import { changeTier, decided, invoiced, payment, subscribed } from '../support/events.ts';
import { balancesOf, chargeLine, creditLine, finalized, rated, usageLine } from './posting-support.ts';

const sum = (amounts: readonly string[]) =>
  fromMicros(amounts.reduce((micros, amount) => micros + toMicros(amount), 0n));
const negative = (amount: string) => fromMicros(-toMicros(amount));
const withoutZeros = (balances: Record<string, string>) =>
  Object.fromEntries(Object.entries(balances).filter(([, amount]) => amount !== '0.00'));
const place = fc.double({ min: 0, max: 1, noNaN: true });

/** Sign-up and one upgrade in the month, invoices and hand-over, everything released to the end of the month. */
function monthWithUpgrade(now: string, tier: string, fraction: number, closes: readonly number[]) {
  const end = monthEnd(monthOf(now));
  const span = toMillis(end) - toMillis(now);
  const at = (part: number) => addMillis(now, Math.min(span - 1, Math.floor(span * part)));
  const next = PAID[PAID.map(String).indexOf(tier) + 1] ?? expect.unreachable('a tier above');
  const [started, changed] = subscribed('acme', { now, tier }, [changeTier(at(fraction), next)]);
  const first = started?.type === 'subscription.started' ? started.data.charge : null;
  const { charge, credit } = (changed as Changed).data;
  if (first === null || charge === null || credit === null) return expect.unreachable('charges');
  const old = invoiced(
    { customerId: 'acme', invoiceId: first.invoiceId, at: now },
    [chargeLine(first)],
    [
      ...closes.map((close) => ({ type: 'releaseRevenue', through: at(close) }) as const),
      { type: 'handOverSchedule', at: at(fraction), toInvoiceId: charge.invoiceId },
      { type: 'releaseRevenue', through: end },
    ],
  );
  const header = { invoiceId: charge.invoiceId, customerId: 'acme', kind: 'change', period: null } as const;
  const lines = [chargeLine(charge), creditLine(credit)];
  const fresh = decided(invoiceDecider, [
    {
      type: 'finalizeInvoice',
      effectiveAt: at(fraction),
      ...header,
      currency: 'USD',
      taxRate: '0.08',
      lines,
    },
    { type: 'releaseRevenue', through: end },
  ]);
  const invoices = [old[0], fresh[0]].flatMap((event) =>
    event?.type === 'invoice.finalized' ? [event.data] : [],
  );
  return { events: [...old, ...fresh], invoices };
}

describe('the books', () => {
  test('of a month with an upgrade: all that was invoiced net is earned, nothing stays deferred', () => {
    const now = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) }).map(fromMillis);
    const cases = [
      now,
      fc.constantFrom('starter', 'growth', 'pro'),
      place,
      fc.array(place, { maxLength: 4 }),
    ] as const;
    fc.assert(
      fc.property(...cases, (signUp, tier, fraction, closes) => {
        const { events, invoices } = monthWithUpgrade(signUp, tier, fraction, closes);
        expect(balancesOf(events)).toEqual(
          withoutZeros({
            '1200': sum(invoices.map((invoice) => invoice.total)),
            '2300': negative(sum(invoices.map(({ tax }) => tax))),
            '4010': negative(sum(invoices.map(({ subtotal }) => subtotal))),
          }),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('of a paid invoice: the receivable closes, what is too much is the customer’s', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });
    const from = '2026-04-01T00:00:00.000Z';
    const line = { tier: 'growth', billingCycle: 'monthly', from, to: '2026-05-01T00:00:00.000Z' } as const;
    fc.assert(
      fc.property(amounts, (list) => {
        let open = 32_292;
        const accepted = list.filter((units) => {
          const before = open;
          open -= Math.min(open, units);
          return before > 0;
        });
        const payments = accepted.map((units, index) => payment(from, (units / 100).toFixed(2), `p${index}`));
        const events = invoiced(
          { customerId: 'acme', invoiceId: 'inv-1', at: from },
          [chargeLine({ ...line, amount: '299.00' })],
          payments,
        );
        const came = accepted.reduce((units, more) => units + more, 0);
        expect(balancesOf(events)).toEqual(
          withoutZeros({
            '1110': (came / 100).toFixed(2),
            '1200': (open / 100).toFixed(2),
            '2100': '-299.00',
            '2200': ((32_292 - open - came) / 100).toFixed(2),
            '2300': '-23.92',
          }),
        );
      }),
    );
  });

  test('of usage: 4020 is what is rated, 1210 returns to zero, 4990 is the rounding', () => {
    const quantities = fc.array(fc.integer({ min: 0, max: 3_000_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(quantities, quantities, (tracked, sent) => {
        const commands = tracked.map((events, index) =>
          accrue(`2026-03-${10 + index}T00:00:00.000Z`, [
            total('event.tracked', BigInt(events)),
            total('sms.sent', BigInt(sent[index] ?? 0)),
          ]),
        );
        const ratings = rated([...commands, bill('2026-04-01T00:00:00.000Z')]);
        const billed = ratings.flatMap((event) => (event.type === 'usage.billed' ? event.data.lines : []));
        const books: DomainEvent[] = [...ratings];
        if (billed.length > 0)
          books.push(
            finalized(
              billed.map((line) => usageLine(line)),
              { taxRate: '0' },
            ),
          );
        const micros = toMicros(
          decimal('0.00001')
            .times(tracked.at(-1) ?? 0)
            .plus(decimal('0.012').times(sent[tracked.length - 1] ?? 0)),
        );
        const cents = billed.reduce((to, line) => to + toMicros(line.billed), 0n);
        expect(balancesOf(books)).toEqual(
          withoutZeros({
            '1200': fromMicros(cents),
            '4020': fromMicros(-micros),
            '4990': fromMicros(micros - cents),
          }),
        );
      }),
      { numRuns: 200 },
    );
  });
});
