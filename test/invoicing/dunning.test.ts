import { describe, expect, test } from 'vitest';
import { nextDunning, nextRetry } from '../../domain/invoicing/dunning.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { addMillis } from '../../domain/kernel/time.ts';
import { expectBalances, finalOf, given, goodwill, history, pay, spec, voided, writeOff } from './support.ts';

const DAY_MS = 86_400_000;
const dueAt = '2026-05-01T00:00:00.000Z';
const day = (days: number) => addMillis(dueAt, days * DAY_MS);
const STEPS = [
  ['past_due', 0],
  ['grace', 7],
  ['restricted', 14],
  ['suspended', 21],
  ['cancelled', 45],
] as const;

const advance = (step: (typeof STEPS)[number][0], now: string) =>
  ({ type: 'advanceDunning', step, now }) as const;
const failure = (hard = false, now = day(1)) =>
  ({ type: 'recordPaymentFailure', now, reason: 'card declined', hard }) as const;
const request = (attempt: number, now = day(1)) => ({ type: 'requestPayment', attempt, now }) as const;
const state = (events: readonly InvoiceEvent[]) =>
  finalOf(
    spec
      .given(...events)
      .when({ type: 'releaseRevenue', through: '2026-04-01T00:00:00.000Z' })
      .state(),
  );

describe('the schedule of dunning', () => {
  test('goes by the days after the due date, step by step', () => {
    let current = given();
    for (const [step, days] of STEPS) {
      const outcome = current.when(advance(step, day(days)));
      expect(outcome.events()).toMatchObject([{ type: 'dunning.advanced', data: { step } }]);
      expect(outcome.state()).toMatchObject({ status: 'past_due', dunning: step });
      current = current.given(...outcome.events());
    }
    expectBalances(history(undefined, [advance('past_due', dueAt)]), {
      ...{ '1200': '322.92', '2100': '-299.00', '2300': '-23.92' },
    });
  });

  test('names each next step and when it is due', () => {
    const events: InvoiceEvent[] = [...history()];
    for (const [step, days] of STEPS) {
      expect(nextDunning(state(events))).toEqual({ step, at: day(days) });
      events.push(
        ...spec
          .given(...events)
          .when(advance(step, day(days)))
          .events(),
      );
    }
    expect(nextDunning(state(events))).toBeUndefined();
  });

  test('does not begin before the invoice is due, and never goes back', () => {
    given()
      .when(advance('past_due', addMillis(dueAt, -1)))
      .thenRefused('not-due');
    given(undefined, [advance('grace', day(7))])
      .when(advance('past_due', day(8)))
      .thenNothing();
  });

  test.each([
    ['paid', pay('322.92')],
    ['credited', goodwill('322.92')],
    ['void', voided()],
    ['written off', writeOff()],
  ] as const)('ends when the invoice is %s', (_name, ending) => {
    given(undefined, [ending]).when(advance('past_due', dueAt)).thenRefused('not-due');
    expect(nextDunning(state(history(undefined, [ending])))).toBeUndefined();
    expect(nextRetry(state(history(undefined, [ending])))).toBeUndefined();
  });

  test('goes on when it is paid in part, and the rest is what ends it', () => {
    const late = [advance('past_due', dueAt), pay('322.91', day(2))];
    expect(state(history(undefined, late))).toMatchObject({ status: 'past_due' });
    expect(state(history(undefined, [...late, pay('0.01', day(3))]))).toMatchObject({ status: 'paid' });
  });
});

describe('collecting', () => {
  test('is tried on days 1, 3, 7, 14 and 21, and no more', () => {
    const events: InvoiceEvent[] = [...history()];
    for (const [index, days] of [1, 3, 7, 14, 21].entries()) {
      expect(nextRetry(state(events))).toEqual({ attempt: index + 1, at: day(days) });
      events.push(
        ...spec
          .given(...events)
          .when(request(index + 1, day(days)))
          .events(),
      );
    }
    expect(nextRetry(state(events))).toBeUndefined();
    spec
      .given(...events)
      .when(request(5))
      .thenNothing();
  });

  test('asks for what is owed then', () => {
    expect(
      given(undefined, [pay('100.00')])
        .when(request(1))
        .events()[0]?.data,
    ).toMatchObject({
      attempt: 1,
      amount: '222.92',
    });
    given(undefined, [pay('322.92')])
      .when(request(1))
      .thenNothing();
  });

  test('that fails moves nothing (DUN-1), and is counted', () => {
    const twice = history(undefined, [failure(), failure()]);
    expect(twice.slice(-2)).toMatchObject([{ data: { attempt: 1 } }, { data: { attempt: 2, hard: false } }]);
    expectBalances(twice.slice(-2), {});
    expect(nextRetry(state(twice))).toMatchObject({ attempt: 1 });
  });

  test('ends with a hard decline, while dunning goes on', () => {
    const declined = history(undefined, [request(1), failure(true)]);
    expect(nextRetry(state(declined))).toBeUndefined();
    expect(nextDunning(state(declined))).toMatchObject({ step: 'past_due' });
    given(undefined, [failure(true)])
      .when(request(1))
      .thenNothing();
  });

  test('cannot fail where nothing is owed', () => {
    for (const ending of [pay('322.92'), voided(), writeOff()]) {
      given(undefined, [ending]).when(failure()).thenRefused('invoice-already-paid', 'invoiceId');
    }
  });
});

describe('the customer’s own funds', () => {
  const apply = (wallet: string, credit: string) =>
    ({
      type: 'applyFunds',
      effectiveAt: '2026-04-01T00:00:00.000Z',
      fundsId: 'f-1',
      wallet,
      credit,
    }) as const;

  test('settle what is owed, the wallet first (USE-7), then credit (SUB-11)', () => {
    const [event] = given().when(apply('100.00', '50.00')).events();
    expect(event?.data).toMatchObject({ wallet: '100.00', credit: '50.00', walletReturned: '0.00' });
    expectBalances(history(undefined, [apply('100.00', '222.92')]).slice(-1), {
      ...{ '1200': '-322.92', '2200': '222.92', '2210': '100.00' },
    });
    expect(given().when(apply('100.00', '222.92')).state()).toMatchObject({
      status: 'paid',
      refundable: '0.00',
    });
  });

  test('beyond what is still owed go back', () => {
    expect(
      given(undefined, [pay('300.00')])
        .when(apply('20.00', '20.00'))
        .events()[0]?.data,
    ).toMatchObject({
      ...{ wallet: '20.00', credit: '2.92', walletReturned: '0.00', creditReturned: '17.08' },
    });
    for (const ending of [pay('322.92'), voided(), writeOff()]) {
      expect(given(undefined, [ending]).when(apply('20.00', '20.00')).events()[0]?.data).toMatchObject({
        ...{ wallet: '0.00', credit: '0.00', walletReturned: '20.00', creditReturned: '20.00' },
      });
    }
  });
});

describe('a draft', () => {
  const header = { invoiceId: 'inv-1', customerId: 'acme', kind: 'monthly', period: '2026-03' } as const;
  const terms = { currency: 'USD', taxRate: '0.08' };
  const now = '2026-04-01T00:00:00.000Z';
  const draft = {
    type: 'draftInvoice',
    now,
    taxInclusive: false,
    finalizesAt: '2026-04-02T00:00:00.000Z',
    ...header,
    ...terms,
  } as const;
  const drafted = spec.given(...spec.when(draft).events());

  test('is made once and moves no money; what is done to invoices waits', () => {
    expectBalances(spec.when(draft).events() as InvoiceEvent[], {});
    drafted.when(draft).thenNothing();
    for (const command of [
      pay('1.00'),
      voided(),
      goodwill('1.00'),
      writeOff(),
      advance('past_due', day(1)),
    ]) {
      drafted.when(command).thenRefused('invoice-not-final', 'invoiceId');
    }
  });

  test('becomes final, once', () => {
    const lines = history().flatMap((event) => (event.type === 'invoice.finalized' ? event.data.lines : []));
    const final = { type: 'finalizeInvoice', effectiveAt: now, ...header, ...terms, lines } as const;
    expect(drafted.when(final).state()).toMatchObject({ status: 'finalized' });
    drafted
      .given(...drafted.when(final).events())
      .when(final)
      .thenRefused('invoice-exists', 'invoiceId');
    drafted.when({ ...final, lines: [] }).thenRefused('nothing-to-bill');
  });

  test('for which there is nothing to bill is discarded, once; what comes after all makes an invoice', () => {
    const discard = { type: 'discardDraft', at: day(1) } as const;
    const discarded = drafted.when(discard);
    discarded.thenEvents({
      type: 'invoice.draft_discarded',
      data: { invoiceId: 'inv-1', customerId: 'acme' },
      effectiveAt: day(1),
    });
    const gone = drafted.given(...discarded.events());
    gone.when(discard).thenNothing();
    gone.when(pay('1.00')).thenRefused('invoice-not-found', 'invoiceId');
    const lines = history().flatMap((event) => (event.type === 'invoice.finalized' ? event.data.lines : []));
    const final = { type: 'finalizeInvoice', effectiveAt: now, ...header, ...terms, lines } as const;
    expect(gone.when(final).state()).toMatchObject({ status: 'finalized' });
    given().when(discard).thenNothing();
  });
});
