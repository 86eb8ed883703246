import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toMicros } from '../../domain/kernel/money.ts';
import type { RatingEvent } from '../../domain/metering/events.ts';
import { type RatingCommand, ratingDecider } from '../../domain/metering/rating-decider.ts';
import { decided } from '../support/events.ts';
import { accrue, bill, given, total } from './support.ts';

const april = '2026-04-01T00:00:00.000Z';
const may = '2026-05-01T00:00:00.000Z';
const sms = (quantity: bigint) => [total('sms.sent', quantity)];

function credit(...finalInvoices: string[]): RatingCommand {
  const month = { customerId: 'acme', month: '2026-03', currency: 'USD' };
  return { type: 'creditUsage', now: may, ...month, finalInvoices: new Set(finalInvoices) };
}

const credited = (
  invoiceId: string,
  quantity: string,
  accrued: string,
  cents: string,
  meter = 'sms.sent',
): RatingEvent => ({
  type: 'usage.credited',
  data: {
    customerId: 'acme',
    month: '2026-03',
    invoiceId,
    currency: 'USD',
    lines: [{ meter, quantity, included: '0', billable: quantity, accrued, credited: cents }],
  },
  effectiveAt: may,
});

describe('what was billed beyond what is accrued', () => {
  test('is credited on the invoice that billed it', () => {
    given(accrue(april, sms(1_000n)), bill(april), accrue(may, sms(750n)))
      .when(credit('inv-march'))
      .thenEvents(credited('inv-march', '250', '3.00', '3.00'));
  });

  test('nothing is credited twice, nor where nothing is too much', () => {
    const before = [accrue(april, sms(1_000n)), bill(april)];
    given(...before)
      .when(credit('inv-march'))
      .thenNothing();
    given(...before, accrue(may, sms(750n)), credit('inv-march'))
      .when(credit('inv-march'))
      .thenNothing();
  });

  test('waits for an invoice to be final', () => {
    given(accrue(april, sms(1_000n)), bill(april), accrue(may, sms(750n)))
      .when(credit())
      .thenNothing();
  });

  test('goes to the newest invoice first, and none gives back more than it billed', () => {
    const events = given(
      accrue(april, sms(1_000n)),
      bill(april),
      accrue(may, sms(1_500n)),
      bill(may, 'inv-april'),
      accrue(may, sms(250n)),
    );
    events
      .when(credit('inv-march', 'inv-april'))
      .thenEvents(credited('inv-april', '1250', '6.00', '6.00'), credited('inv-march', '0', '9.00', '9.00'));
    events.when(credit('inv-march')).thenEvents(credited('inv-march', '1250', '12.00', '12.00'));
  });

  test('what stays on the line is the rest in cents, so that the last credit closes it to zero', () => {
    // 3 units at 0.012 are 0.036: billed 0.04. Two stay: 0.024, that is 0.02; one: 0.012, that is 0.01.
    given(accrue(april, sms(3n)), bill(april), accrue(may, sms(2n)))
      .when(credit('inv-march'))
      .thenEvents(credited('inv-march', '1', '0.012', '0.02'));
    given(
      accrue(april, sms(3n)),
      bill(april),
      accrue(may, sms(2n)),
      credit('inv-march'),
      accrue(may, sms(0n)),
    )
      .when(credit('inv-march'))
      .thenEvents(credited('inv-march', '2', '0.024', '0.02'));
  });

  test('the 1,000,001st e-mail: one more unit, 199.9994 less', () => {
    const mails = (quantity: bigint) => [total('email.sent', quantity)];
    given(accrue(april, mails(1_000_000n)), bill(april), accrue(may, mails(1_000_001n)))
      .when(credit('inv-march'))
      .thenEvents(credited('inv-march', '-1', '199.9994', '200.00', 'email.sent'));
  });

  test('usage that grows again is billed again', () => {
    const events = given(
      accrue(april, sms(1_000n)),
      bill(april),
      accrue(may, sms(750n)),
      credit('inv-march'),
      accrue(may, sms(800n)),
    );
    const [billed] = events.when(bill(may, 'inv-april')).events();
    expect(billed).toMatchObject({ data: { lines: [{ quantity: '50', accrued: '0.60', billed: '0.60' }] } });
  });
});

describe('over any month', () => {
  const step = fc.record({
    quantity: fc.bigInt(0n, 60n),
    overflow: fc.boolean(),
    next: fc.constantFrom('bill', 'credit', 'nothing'),
    invoice: fc.integer({ min: 0, max: 3 }),
  });
  const all = ['inv-0', 'inv-1', 'inv-2', 'inv-3', 'inv-last'];

  test('accrued = billed less credited, once all is credited and billed; cents follow within half a cent a line', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
        const commands = steps.flatMap(({ quantity, overflow, next, invoice }): RatingCommand[] => [
          accrue(may, [total('sms.sent', quantity), total('email.sent', quantity * 40_000n)], { overflow }),
          ...(next === 'bill' ? [bill(may, `inv-${invoice}`)] : []),
          ...(next === 'credit' ? [credit(...all)] : []),
        ]);
        const events = decided(ratingDecider, [...commands, credit(...all), bill(may, 'inv-last')]);
        const lines = netByLine(events);
        expect(lines.reduce((sum, line) => sum + line.accrued, 0n)).toBe(accruedIn(events));
        for (const line of lines) {
          expect(line.accrued).toBeGreaterThanOrEqual(0n);
          expect(Math.abs(Number(line.accrued - line.cents))).toBeLessThanOrEqual(5_000);
          if (line.accrued === 0n) expect(line.cents).toBe(0n);
        }
      }),
      { numRuns: 400 },
    );
  });
});

function accruedIn(events: readonly RatingEvent[]): bigint {
  const deltas = events.flatMap((event) =>
    event.type === 'usage.accrued' ? event.data.lines.map(({ delta }) => toMicros(delta)) : [],
  );
  return deltas.reduce((sum, delta) => sum + delta, 0n);
}

/** What each invoice bills of each meter after its credits, in micros. */
function netByLine(events: readonly RatingEvent[]): { accrued: bigint; cents: bigint }[] {
  const net = new Map<string, { accrued: bigint; cents: bigint }>();
  for (const event of events) {
    if (event.type === 'usage.accrued') continue;
    const sign = event.type === 'usage.billed' ? 1n : -1n;
    for (const line of event.data.lines) {
      const cents = toMicros('billed' in line ? line.billed : line.credited);
      expect(cents).toBeGreaterThanOrEqual(0n);
      const key = `${event.data.invoiceId} ${line.meter}`;
      const sum = net.get(key) ?? { accrued: 0n, cents: 0n };
      net.set(key, {
        accrued: sum.accrued + sign * toMicros(line.accrued),
        cents: sum.cents + sign * cents,
      });
    }
  }
  return [...net.values()];
}
