import { describe, expect, test } from 'vitest';
import { type DomainEvent, eventDefinitions } from '../../domain/events.ts';
import type { PaymentMethod } from '../../domain/invoicing/decider.ts';
import type { RatingEvent } from '../../domain/metering/events.ts';
import { isMemo, postingFor } from '../../ledger/posting/index.ts';
import { accrue, bill, GOLDEN, total } from '../metering/support.ts';
import { eventFixtures } from '../support/event-fixtures.ts';
import { changeTier, invoiced, subscribed, subscriptionLine } from '../support/events.ts';
import { assertMatchesTemplate, shapeOf, totalsOf } from '../support/templates.ts';
import { chargeLine, creditLine, entryOf, finalized, rated, usageLine } from './posting-support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const year = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const noon = '2026-03-10T12:00:00.000Z';

const annual = (from: string, to: string) =>
  chargeLine({ tier: 'growth', billingCycle: 'annual', from, to, amount: '2870.40' });
const growth = { customerId: 'acme', invoiceId: 'inv-1', at: april.from };
const month = [subscriptionLine('299.00', april)];
const released = (line: ReturnType<typeof annual>, from: string, through: string) =>
  invoiced({ ...growth, at: from }, [line], [{ type: 'releaseRevenue', through }]).at(-1);
const receipt = { type: 'recordInvoicePayment', now: noon, paymentId: 'p1', currency: 'USD' } as const;
const paid = (amount: string, method: PaymentMethod) =>
  invoiced(growth, month, [{ ...receipt, amount, method }]).at(-1);
const billedLines = (events: readonly RatingEvent[]) =>
  events.flatMap((event) => (event.type === 'usage.billed' ? event.data.lines : []));

function upgraded(): DomainEvent {
  const [, change] = subscribed('acme', { now: april.from, tier: 'growth' }, [changeTier(half, 'pro')]);
  if (change?.type !== 'subscription.changed') return expect.unreachable('an upgrade');
  const { charge, credit } = change.data;
  if (charge === null || credit === null) return expect.unreachable('an upgrade moves money');
  return finalized([chargeLine(charge), creditLine(credit)], { kind: 'change', at: half });
}

describe('subscriptions', () => {
  test('SUB-1: the monthly Growth invoice', () => {
    const entry = entryOf(finalized(month, { kind: 'signup' }));
    assertMatchesTemplate(entry, 'SUB-1');
    expect(entry).toMatchObject({
      template: 'SUB-1@1',
      effectiveAt: april.from,
      description: 'Invoice inv-1',
    });
  });

  test('SUB-2: the first day of its release', () => {
    const entry = entryOf(
      released(subscriptionLine('299.00', april), april.from, '2026-04-02T00:00:00.000Z'),
    );
    assertMatchesTemplate(entry, 'SUB-2');
    expect(entry).toMatchObject({ template: 'SUB-2@1', effectiveAt: '2026-04-01T23:59:59.999Z' });
  });

  test('SUB-3: the card pays it, gross', () => {
    const entry = entryOf(paid('322.92', 'card'));
    assertMatchesTemplate(entry, 'SUB-3');
    expect(entry.template).toBe('SUB-3@1');
    expect(shapeOf(entryOf(paid('322.92', 'ach')))).toEqual(['Cr 1200', 'Dr 1130']);
  });

  test('SUB-6: the annual invoice, without tax', () => {
    const entry = entryOf(finalized([annual(year.from, year.to)], { taxRate: '0' }));
    assertMatchesTemplate(entry, 'SUB-6');
    expect(entry.template).toBe('SUB-6@1');
  });

  test('SUB-7: the release of a month of 31 days of 365', () => {
    const entry = entryOf(released(annual(year.from, year.to), year.from, '2026-02-01T00:00:00.000Z'));
    assertMatchesTemplate(entry, 'SUB-7');
  });

  test('SUB-9: the upgrade from Growth to Pro at half period', () => {
    const entry = entryOf(upgraded());
    assertMatchesTemplate(entry, 'SUB-9');
    expect(entry).toMatchObject({ template: 'SUB-9@1', effectiveAt: half });
  });

  test('what was released too far goes back', () => {
    const events = invoiced(growth, month, [
      { type: 'releaseRevenue', through: '2026-04-20T00:00:00.000Z' },
      { type: 'handOverSchedule', at: half, toInvoiceId: 'inv-2' },
    ]);
    expect(totalsOf(entryOf(events[2]).postings)).toEqual({ 'Cr 2100': '39.87', 'Dr 4010': '39.87' });
  });

  test('INV-1: next month in advance and 1,625.00 of usage in arrears, in one entry', () => {
    const usage = billedLines(rated([accrue(noon, GOLDEN), bill(april.from)]));
    const entry = entryOf(finalized([...month, ...usage.map((line) => usageLine(line))]));
    assertMatchesTemplate(entry, 'INV-1');
    expect(entry.template).toBe('INV-1@1');
  });
});

describe('usage', () => {
  const late = '2026-06-12T08:00:00.000Z';
  const calls = (quantity: bigint) => [total('api.called', quantity)];
  const mails = (quantity: bigint) => [total('email.sent', quantity)];

  test('USE-1: an accrual', () => {
    // No list price comes to the sixth decimal: the worked delta goes in as an event.
    const line = { meter: 'api.called', quantity: '1', included: '0', billable: '1', amount: '54.166667' };
    const usage = { customerId: 'acme', month: '2026-03', currency: 'USD', countedThrough: 1, late: false };
    const lines = [{ ...line, delta: '54.166667' }];
    const entry = entryOf({ type: 'usage.accrued', data: { ...usage, lines }, effectiveAt: noon });
    assertMatchesTemplate(entry, 'USE-1');
    expect(entry.template).toBe('USE-1@1');
    const golden = entryOf(rated([accrue(noon, GOLDEN)])[0]);
    expect(totalsOf(golden.postings)).toEqual({ 'Cr 4020': '1625.00', 'Dr 1210': '1625.00' });
  });

  test('USE-2: its invoice', () => {
    const usage = billedLines(rated([accrue(noon, GOLDEN), bill(april.from)]));
    const entry = entryOf(finalized(usage.map((line) => usageLine(line))));
    assertMatchesTemplate(entry, 'USE-2');
    expect(entry.template).toBe('USE-2@1');
  });

  test('USE-3: the residual of each line is a posting of its own', () => {
    const events = rated([accrue(noon, [total('event.tracked', 1_000_400n)]), bill(april.from)]);
    const lines = billedLines(events).map((line) => usageLine(line));
    assertMatchesTemplate(entryOf(finalized(lines, { taxRate: '0' })), 'USE-3');
  });

  test('a line that is rounded up owes the residual the other way', () => {
    const events = rated([accrue(noon, [total('event.tracked', 1_000_600n)]), bill(april.from)]);
    const lines = billedLines(events).map((line) => usageLine(line));
    expect(totalsOf(entryOf(finalized(lines, { taxRate: '0' })).postings)).toEqual({
      'Cr 1210': '10.006',
      'Cr 4990': '0.004',
      'Dr 1200': '10.01',
    });
  });

  test('a line that rounds to 0.00 still posts its residual', () => {
    const events = rated([accrue(noon, [total('event.tracked', 400n)]), bill(april.from)]);
    const lines = billedLines(events).map((line) => usageLine(line));
    expect(totalsOf(entryOf(finalized(lines)).postings)).toEqual({ 'Cr 1210': '0.004', 'Dr 4990': '0.004' });
  });

  test('USE-4: a late fact, when it was received, in its own service month', () => {
    const events = rated([
      accrue(april.from, calls(10_000n)),
      bill(april.from),
      accrue(late, calls(130_000n), { invoiceFinal: true }),
    ]);
    const entry = entryOf(events.at(-1));
    assertMatchesTemplate(entry, 'USE-4');
    expect(entry).toMatchObject({ template: 'USE-4@1', effectiveAt: late });
    expect(entry.postings.map(({ servicePeriod }) => servicePeriod)).toEqual(['2026-03', '2026-03']);
  });

  test('USE-10: what usage leaves of a commitment, when the month is over', () => {
    const nothing = { totals: [], invoiceFinal: false, overflow: true, commitment: 50_000_000n };
    const march = { customerId: 'acme', month: '2026-03', currency: 'USD', countedThrough: 1 };
    const accrual = { type: 'accrueUsage', ...march, ...nothing } as const;
    expect(rated([{ ...accrual, now: '2026-03-31T23:59:59.999Z' }])).toEqual([]);
    const entry = entryOf(rated([{ ...accrual, now: april.from }])[0]);
    assertMatchesTemplate(entry, 'USE-10');
    expect(entry).toMatchObject({ template: 'USE-10@1', effectiveAt: '2026-03-31T23:59:59.999Z' });
  });

  test.each([
    ['before', []],
    ['after', [bill(april.from)]],
  ])('USE-11: the 1,000,001st e-mail, %s the invoice', (_when, bills) => {
    const events = rated([accrue(april.from, mails(1_000_000n)), ...bills, accrue(late, mails(1_000_001n))]);
    const entry = entryOf(events.at(-1));
    assertMatchesTemplate(entry, 'USE-11');
    expect(entry.template).toBe('USE-11@1');
  });
});

describe('receipts', () => {
  test('RCV-1: a bank transfer', () => {
    const entry = entryOf(paid('322.92', 'bank_transfer'));
    assertMatchesTemplate(entry, 'RCV-1');
    expect(entry.template).toBe('RCV-1@1');
    expect(totalsOf(entryOf(paid('100.00', 'bank_transfer')).postings)).toEqual({
      'Cr 1200': '100.00',
      'Dr 1010': '100.00',
    });
  });

  test('RCV-2: what exceeds the invoice is owed to the customer', () => {
    const entry = entryOf(paid('347.03', 'card'));
    assertMatchesTemplate(entry, 'RCV-2');
    expect(entry.template).toBe('RCV-2@1');
  });
});

describe('dimensions', () => {
  test('of an invoice: customer everywhere, stream and service period where there is service', () => {
    const usage = billedLines(rated([accrue(noon, [total('event.tracked', 1_000_400n)]), bill(april.from)]));
    const { postings } = entryOf(finalized([...month, ...usage.map((line) => usageLine(line))]));
    const metered = {
      customerId: 'acme',
      revenueStream: 2,
      meter: 'event.tracked',
      servicePeriod: '2026-03',
    };
    expect(postings).toEqual([
      { account: '1200', side: 'Dr', amount: '333.72', customerId: 'acme' },
      {
        account: '2100',
        side: 'Cr',
        amount: '299.00',
        customerId: 'acme',
        revenueStream: 1,
        servicePeriod: '2026-04',
      },
      { account: '1210', side: 'Cr', amount: '10.004', ...metered },
      { account: '4990', side: 'Dr', amount: '0.004', ...metered },
      { account: '2300', side: 'Cr', amount: '24.72', customerId: 'acme' },
    ]);
  });

  test('of an annual line: no service period until it is released', () => {
    const deferred = { account: '2100', side: 'Cr', amount: '2870.40', customerId: 'acme', revenueStream: 1 };
    expect(entryOf(finalized([annual(year.from, year.to)])).postings).toContainEqual(deferred);
    const { postings } = entryOf(released(annual(year.from, year.to), year.from, '2026-03-01T00:00:00.000Z'));
    expect(postings.map(({ servicePeriod }) => servicePeriod)).toEqual(['2026-02', '2026-02']);
  });

  test('of an accrual: every meter by itself', () => {
    const { postings } = entryOf(rated([accrue(noon, GOLDEN)])[0]);
    const meters = ['event.tracked', 'api.called', 'email.sent', 'audience.activated', 'prediction.scored'];
    expect(new Set(postings.map(({ meter }) => meter))).toEqual(
      new Set([...meters, 'profile.enriched', 'ai.brief_generated', 'model.trained']),
    );
    expect(
      postings.every(({ customerId, revenueStream }) => customerId === 'acme' && revenueStream === 2),
    ).toBe(true);
    expect(postings.filter(({ meter }) => meter === 'api.called').map(({ amount }) => amount)).toEqual([
      '10.00',
      '10.00',
    ]);
  });
});

describe('nothing', () => {
  test('is posted where every amount is zero', () => {
    const unpaid = rated([accrue(noon, GOLDEN, { overflow: false })])[0] ?? expect.unreachable();
    expect(postingFor(unpaid)).toBeUndefined();
    expect(postingFor(finalized([subscriptionLine('0.00', april)]))).toBeUndefined();
  });

  test('of zero is in an entry: an untaxed invoice has no tax posting, a full credit no receivable', () => {
    expect(shapeOf(entryOf(finalized(month, { taxRate: '0' })))).toEqual(['Cr 2100', 'Dr 1200']);
    const even = [subscriptionLine('299.00', april), creditLine({ invoiceId: 'inv-0', amount: '299.00' })];
    expect(totalsOf(entryOf(finalized(even)).postings)).toEqual({ 'Cr 2100': '299.00', 'Dr 2100': '299.00' });
    const nothing = [subscriptionLine('299.00', april), creditLine({ invoiceId: 'inv-0', amount: '0.00' })];
    expect(shapeOf(entryOf(finalized(nothing)))).toEqual(['Cr 2100', 'Cr 2300', 'Dr 1200']);
  });
});

describe('every event type', () => {
  const posted = [
    'credit.refund_failed',
    'credit.refund_requested',
    'credit.refund_settled',
    'credit_note.issued',
    'invoice.finalized',
    'invoice.funds_applied',
    'invoice.payment_received',
    'invoice.payment_recovered',
    'invoice.voided',
    'invoice.written_off',
    'promotion.returned',
    'promotion.used',
    'proration.deferred',
    'provision.posted',
    'refund.created',
    'refund.failed',
    'refund.settled',
    'revenue.released',
    'usage.accrued',
    'wallet.expired',
    'wallet.topped_up',
  ];

  test('is posted or declared a memo', () => {
    const types = Object.keys(eventDefinitions) as DomainEvent['type'][];
    expect(types.filter((type) => !isMemo(type)).sort()).toEqual(posted);
  });

  test.each(eventFixtures)(
    '$file: the rule still makes the entry that the event carries',
    ({ stored, decoded }) => {
      expect(postingFor(decoded)).toEqual(stored.metadata.entry);
      expect(stored.metadata.entry === undefined).toBe(isMemo(decoded.type));
    },
  );
});
