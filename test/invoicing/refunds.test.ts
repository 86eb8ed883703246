import { describe, expect, test } from 'vitest';
import type { InvoiceCommand } from '../../domain/invoicing/decider.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  april,
  cancelled,
  credit,
  creditUnused,
  expectBalances,
  finalOf,
  given,
  goodwill,
  half,
  handOver,
  history,
  pay,
  refund,
  release,
  settle,
  spec,
  voided,
  year,
} from './support.ts';

const paid = [pay('322.92')];

/** All entries of a history and of what a command makes of it, through the release of the last month. */
function books(later: readonly InvoiceCommand[], lines?: Parameters<typeof history>[0], end = april.to) {
  const events = [...history(lines, later)];
  return [
    ...events,
    ...spec
      .given(...events)
      .when(release(end))
      .events(),
  ];
}

describe('a refund', () => {
  test('with what is not delivered takes that out of the schedule (REF-1)', () => {
    const outcome = given(undefined, paid).when(refund('322.92', '149.50'));
    expect(outcome.events().at(-1)).toMatchObject({
      type: 'refund.created',
      data: {
        undelivered: [{ lineId: '1', amount: '149.50', deferredAccount: '2100' }],
        ...{ delivered: '149.50', tax: '23.92', total: '322.92', method: 'card' },
      },
    });
    expectBalances(books([...paid, refund('322.92', '149.50')]), {
      ...{ '1110': '322.92', '2220': '-322.92', '4010': '-149.50', '4900': '149.50' },
    });
  });

  test('without it leaves the schedule alone', () => {
    const state = finalOf(given(undefined, paid).when(refund('108.00')).state());
    expect(state).toMatchObject({ status: 'paid', refundable: '214.92', schedules: [{ amount: '299.00' }] });
    expectBalances(books([...paid, refund('108.00')]), {
      ...{ '1110': '322.92', '2220': '-108.00', '2300': '-15.92', '4010': '-299.00', '4900': '100.00' },
    });
  });

  test('twice shares the tax, the last one to zero', () => {
    const twice = [...paid, refund('100.01'), refund('222.91', '0.00', half, 'card', 'ref-2')];
    expect(finalOf(given(undefined, twice).when(release(april.to)).state())).toMatchObject({
      reversedNet: '299.00',
      reversedTax: '23.92',
      refundable: '0.00',
    });
  });

  test('is at most what came as money and is not given back', () => {
    given().when(refund('1.00')).thenRefused('refund-exceeds-paid', 'amount');
    given(undefined, paid).when(refund('322.93')).thenRefused('refund-exceeds-paid');
    given(undefined, [pay('100.00')])
      .when(refund('100.01'))
      .thenRefused('refund-exceeds-paid');
    given(undefined, [...paid, goodwill('322.92')])
      .when(refund('0.01'))
      .thenRefused('refund-exceeds-paid');
    given(undefined, [...paid, handOver(half)])
      .when(refund('161.47'))
      .thenRefused('refund-exceeds-paid');
  });

  test('of more that is not delivered than there is, or than it gives back, is refused', () => {
    given(undefined, paid).when(refund('322.92', '149.51')).thenRefused('invalid-amount', 'undelivered');
    given(undefined, paid).when(refund('10.80', '10.01')).thenRefused('invalid-amount', 'undelivered');
    given(undefined, paid).when(refund('10.80', '-1.00')).thenRefused('invalid-amount', 'undelivered');
    given(undefined, paid).when(refund('10.80', '1.001')).thenRefused('invalid-amount', 'undelivered');
  });

  test('on what is void, in another currency or of nothing is refused', () => {
    given(undefined, [voided()]).when(refund('1.00')).thenRefused('invoice-void');
    given(undefined, paid).when(refund('0.00')).thenRefused('invalid-amount', 'amount');
    given(undefined, paid)
      .when({ ...refund('1.00'), currency: 'EUR' })
      .thenRefused('currency-mismatch');
  });
});

describe('a refund that was approved', () => {
  const approved = [...paid, refund('108.00')];
  const left = (later: readonly InvoiceCommand[]) =>
    given(undefined, [...approved, ...later])
      .when(release(half))
      .state();

  test('leaves (REF-2), once', () => {
    expectBalances(history(undefined, [...approved, settle('settled')]), {
      ...{
        '1100': '-108.00',
        '1110': '322.92',
        '2100': '-149.50',
        '2300': '-15.92',
        '4010': '-149.50',
        '4900': '100.00',
      },
    });
    given(undefined, [...approved, settle('settled')])
      .when(settle('settled'))
      .thenRefused('refund-settled', 'refundId');
    given(undefined, approved).when(settle('settled', 'ref-9')).thenRefused('refund-not-found', 'refundId');
  });

  test('that never left moves nothing when it fails, and is still owed', () => {
    const [failed] = given(undefined, approved).when(settle('failed')).events();
    expect(failed).toMatchObject({ type: 'refund.failed', data: { hadSettled: false } });
    expectBalances(history(undefined, [...approved, settle('failed')]), {
      ...{
        '1110': '322.92',
        '2100': '-149.50',
        '2220': '-108.00',
        '2300': '-15.92',
        '4010': '-149.50',
        '4900': '100.00',
      },
    });
    given(undefined, [...approved, settle('failed')])
      .when(settle('failed'))
      .thenNothing();
  });

  test('that comes back (REF-5) is owed again, and leaves again', () => {
    const again = [settle('settled'), settle('failed'), settle('settled')];
    expect(finalOf(left(again))).toMatchObject({ refunds: [{ status: 'settled' }] });
    expectBalances(history(undefined, [...approved, ...again]), {
      ...{
        '1100': '-108.00',
        '1110': '322.92',
        '2100': '-149.50',
        '2300': '-15.92',
        '4010': '-149.50',
        '4900': '100.00',
      },
    });
    expect(finalOf(left(again.slice(0, 2)))).toMatchObject({ refunds: [{ status: 'failed' }] });
  });

  test('leaves from where money of its method is', () => {
    for (const [method, account] of [
      ['card', '1100'],
      ['ach', '1130'],
      ['bank_transfer', '1010'],
    ] as const) {
      const events = history(undefined, [
        pay('322.92'),
        refund('108.00', '0.00', half, method),
        settle('settled'),
      ]);
      expectBalances(events.slice(-1), { [account]: '-108.00', '2220': '108.00' });
    }
  });
});

describe('a cancellation', () => {
  test('of what is paid earns the rest at once (SUB-14)', () => {
    const outcome = given(undefined, paid).when(cancelled('none'));
    expect(outcome.events().at(-1)?.data).toMatchObject({
      cause: 'cancellation',
      lines: [{ amount: '149.50' }],
    });
    expectBalances(books([...paid, cancelled('none')]), {
      ...{ '1110': '322.92', '2300': '-23.92', '4010': '-299.00' },
    });
  });

  test('of what is paid refunds the rest with its tax, if asked (REF-3)', () => {
    const annual = [subscriptionLine('2870.40', year)];
    const at = '2026-04-01T00:00:00.000Z';
    const outcome = given(annual, [pay('3100.03', at)]).when(cancelled('unused', at));
    expect(outcome.events().at(-1)?.data).toMatchObject({
      undelivered: [{ amount: '2162.63' }],
      ...{ delivered: '0.00', tax: '173.01', total: '2335.64' },
    });
    expectBalances(books([pay('3100.03', at), cancelled('unused', at)], annual, year.to), {
      ...{ '1110': '3100.03', '2220': '-2335.64', '2300': '-56.62', '4010': '-707.77' },
    });
  });

  /** A bank transfer had been sent back to a card. */
  test('refunds by the method of the payment', () => {
    const [, event] = given(undefined, [pay('322.92', half, 'bank_transfer')])
      .when(cancelled('unused'))
      .events();
    expect(event?.data).toMatchObject({ method: 'bank_transfer' });
  });

  test('of what is open credits the rest against it (SUB-15)', () => {
    for (const refunded of ['none', 'unused'] as const) {
      const outcome = given().when(cancelled(refunded));
      expect(outcome.events().at(-1)?.data).toMatchObject({
        ...{ cause: 'cancellation', net: '149.50', tax: '11.96', toReceivable: '161.46', toCredit: '0.00' },
      });
    }
    expectBalances(books([cancelled('none')]), { '1200': '161.46', '2300': '-11.96', '4010': '-149.50' });
  });

  test('of what is paid in part credits what is open, and the rest to the customer', () => {
    expect(
      given(undefined, [pay('300.00')])
        .when(cancelled('none'))
        .events()
        .at(-1)?.data,
    ).toMatchObject({
      toReceivable: '22.92',
      toCredit: '138.54',
    });
  });

  test('of what credit or wallet paid gives it back to them', () => {
    const funds = { fundsId: 'f-1', wallet: '0.00', credit: '322.92' };
    const applied = { type: 'applyFunds', effectiveAt: april.from, ...funds } as const;
    expect(given(undefined, [applied]).when(cancelled('unused')).events().at(-1)?.data).toMatchObject({
      toCredit: '161.46',
    });
  });

  /** All of it had gone to the customer's credit, though money was asked for and money had come. */
  test('refunds as much as came as money, and credits the rest', () => {
    const funds = { fundsId: 'f-1', wallet: '100.00', credit: '122.92' };
    const applied = { type: 'applyFunds', effectiveAt: april.from, ...funds } as const;
    const events = given(undefined, [applied, pay('100.00')])
      .when(cancelled('unused'))
      .events();
    expect(events.map(({ type }) => type)).toEqual([
      'revenue.released',
      'refund.created',
      'credit_note.issued',
    ]);
    expect(events[1]?.data).toMatchObject({ total: '100.00', tax: '7.41', delivered: '0.00' });
    expect(events[2]?.data).toMatchObject({ net: '56.91', tax: '4.55', total: '61.46', toCredit: '61.46' });
    const upgrade = [subscriptionLine('399.50', { from: half, to: april.to }), credit('-149.50')];
    const both = given(upgrade, [pay('270.00')])
      .when(cancelled('unused'))
      .events();
    expect(both.map(({ data }) => 'total' in data && data.total)).toEqual(['270.00', '161.46']);
  });

  test('of what is delivered, void or credited changes nothing', () => {
    for (const refunded of ['none', 'unused'] as const) {
      given(undefined, [...paid, release(april.to)])
        .when(cancelled(refunded, april.to))
        .thenNothing();
      given(undefined, [voided()]).when(cancelled(refunded)).thenNothing();
      given(undefined, [...paid, creditUnused('pause')])
        .when(cancelled(refunded))
        .thenNothing();
    }
  });

  test('after a refund of all of it earns the rest, and gives nothing more', () => {
    const events = given(undefined, [...paid, refund('322.92')])
      .when(cancelled('unused'))
      .events();
    expect(events.map(({ type }) => type)).toEqual(['revenue.released']);
  });
});
