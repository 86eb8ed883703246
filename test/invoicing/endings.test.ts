import { describe, expect, test } from 'vitest';
import type { DraftLine, InvoiceCommand } from '../../domain/invoicing/decider.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  april,
  cancelled,
  credit,
  expectBalances,
  finalOf,
  given,
  goodwill,
  half,
  handOver,
  history,
  pay,
  release,
  restOf,
  spec,
  usageLine,
  voided,
  writeOff,
} from './support.ts';

const deferral = (amount = '399.50', at = half) =>
  ({ type: 'deferProration', at, replacement: restOf(amount, at, 'pro') }) as const;

describe('a void', () => {
  test('takes back what is deferred, earned and taxed (SUB-16)', () => {
    const outcome = given(undefined, [release(half)]).when(voided());
    expect(outcome.events()[0]?.data).toMatchObject({
      schedules: [{ lineId: '1', deferred: '149.50', released: '149.50' }],
      ...{ tax: '23.92', total: '322.92' },
    });
    expect(outcome.state()).toMatchObject({ status: 'void' });
    expectBalances(history(undefined, [release(half), voided()]), {});
    given(undefined, [release(half), voided()])
      .when(release(april.to))
      .thenNothing();
  });

  test('gives usage, its rounding and promotional credit back', () => {
    const promotion: DraftLine = { kind: 'promotion', description: 'Promotional credit', amount: '-4.00' };
    const lines = [subscriptionLine('299.00', april), usageLine('10.00', '10.004'), promotion];
    const events = history(lines, [voided()]);
    expect(events.at(-1)?.data).toMatchObject({
      usage: [{ meter: 'api.called', month: '2026-03', accrued: '10.004', amount: '10.00' }],
      promotions: '4.00',
    });
    expectBalances(events, {});
  });

  test('asked for again changes nothing, and nothing is owed', () => {
    given(undefined, [voided()]).when(voided()).thenNothing();
    given(undefined, [voided()]).when(pay('1.00')).thenRefused('invoice-void');
    given(undefined, [voided()]).when(writeOff()).thenRefused('invoice-void');
  });

  test.each<[string, readonly InvoiceCommand[]]>([
    ['paid', [pay('322.92')]],
    ['paid in part', [pay('0.01')]],
    ['credited', [goodwill('10.00')]],
    ['written off', [writeOff()]],
    ['handed over', [handOver(half)]],
    ['frozen', [{ type: 'freezeSchedules', at: half }]],
    ['changed for the next invoice', [deferral()]],
    ['changed at its first instant', [deferral('799.00', april.from)]],
  ])('of an invoice that is %s is refused', (_name, later) => {
    given(undefined, later)
      .when(voided('2026-04-20T00:00:00.000Z'))
      .thenRefused('invoice-not-voidable', 'invoiceId');
  });

  test('of an invoice that took over service of another is refused', () => {
    const change = { description: 'Change', forInvoiceId: 'inv-0', amount: '250.00' };
    for (const line of [credit('-149.50'), { kind: 'proration', ...change } as const]) {
      given([subscriptionLine('399.50', april), line])
        .when(voided())
        .thenRefused('invoice-not-voidable');
    }
  });

  /** Usage goes onto the next invoice, which reaches two months back: older usage had stayed unbilled for good. */
  test('of usage that the next invoice does not reach is refused', () => {
    const lines = [usageLine('10.00')];
    expect(given(lines).when(voided('2026-05-31T00:00:00.000Z')).state()).toMatchObject({ status: 'void' });
    given(lines).when(voided('2026-06-01T00:00:00.000Z')).thenRefused('invoice-not-voidable');
  });
});

describe('a write-off', () => {
  const twoThirds = '2026-04-21T00:00:00.000Z';

  test('credits what is not delivered (DUN-5) and gives up the rest with its tax (DUN-3)', () => {
    const outcome = given().when(writeOff(twoThirds));
    expect(outcome.events().map(({ type }) => type)).toEqual([
      'revenue.released',
      'credit_note.issued',
      'invoice.written_off',
    ]);
    expect(outcome.events()[1]?.data).toMatchObject({ net: '99.67', tax: '7.97', toReceivable: '107.64' });
    expect(outcome.events()[2]?.data).toMatchObject({ net: '199.33', tax: '15.95', total: '215.28' });
    expect(outcome.state()).toMatchObject({ status: 'uncollectible', writtenOff: '215.28' });
    expectBalances(history(undefined, [writeOff(twoThirds)]), { '1205': '199.33', '4010': '-199.33' });
  });

  test('of what is delivered gives up all of it', () => {
    const events = given(undefined, [release(april.to)])
      .when(writeOff(april.to))
      .events();
    expect(events).toMatchObject([{ type: 'invoice.written_off', data: { net: '299.00', tax: '23.92' } }]);
  });

  /** It had credited all that was not delivered, so that who paid in part was left with credit and no service. */
  test('of what is paid in part gives up what is owed, no more, and the rest goes on', () => {
    const later = [pay('300.00'), writeOff(twoThirds)];
    const state = finalOf(given(undefined, later).when(release(april.to)).state());
    expect(state).toMatchObject({ status: 'paid', credited: '22.92', writtenOff: '0.00' });
    const events = history(undefined, later);
    expectBalances(
      [
        ...events,
        ...spec
          .given(...events)
          .when(release(april.to))
          .events(),
      ],
      {
        ...{ '1110': '300.00', '2300': '-22.22', '4010': '-277.78' },
      },
    );
    const deep = given(undefined, [pay('100.00')]).when(writeOff(twoThirds));
    expect(
      deep
        .events()
        .slice(1)
        .map(({ data }) => 'total' in data && data.total),
    ).toEqual(['107.64', '115.28']);
  });

  test('is made once, and not of what is paid or void', () => {
    given(undefined, [writeOff()]).when(writeOff()).thenNothing();
    given(undefined, [pay('322.92')])
      .when(writeOff())
      .thenRefused('invoice-already-paid', 'invoiceId');
    given(undefined, [voided()]).when(writeOff()).thenRefused('invoice-void', 'invoiceId');
  });
});

describe('a recovery', () => {
  const later = [release(april.to), writeOff(april.to)];

  test('in parts shares the tax, the last one to zero (DUN-4)', () => {
    const amounts = ['100.00', '100.01', '122.91'];
    const events = history(undefined, [
      ...later,
      ...amounts.map((amount) => pay(amount, '2026-06-01T00:00:00.000Z')),
    ]);
    expect(events.slice(-3).map(({ data }) => data)).toMatchObject([
      { net: '92.59', tax: '7.41' },
      { net: '92.60', tax: '7.41' },
      { net: '113.81', tax: '9.10' },
    ]);
    expectBalances(events, { '1110': '322.92', '2300': '-23.92', '4010': '-299.00' });
    given(undefined, [...later, ...amounts.map((amount) => pay(amount))])
      .when(pay('0.01'))
      .thenRefused('invoice-already-paid', 'invoiceId');
  });

  test('of more than was given up is the customer’s credit', () => {
    const [event] = given(undefined, later)
      .when(pay('400.00', half, 'bank_transfer'))
      .events();
    expect(event?.data).toMatchObject({ net: '299.00', tax: '23.92', excess: '77.08' });
    expectBalances(history(undefined, [...later, pay('400.00', half, 'bank_transfer')]), {
      ...{ '1010': '400.00', '2200': '-77.08', '2300': '-23.92', '4010': '-299.00' },
    });
  });
});

describe('a pause of an annual term', () => {
  const term = { from: april.from, to: '2027-04-01T00:00:00.000Z' };
  const line = [subscriptionLine('2870.40', term)];
  const freeze = { type: 'freezeSchedules', at: '2026-07-01T00:00:00.000Z' } as const;
  const to = '2027-07-02T00:00:00.000Z';
  const unfreeze = { type: 'unfreezeSchedules', at: '2026-10-01T00:00:00.000Z', to } as const;

  test('releases up to it, nothing in it, and the rest until the moved end', () => {
    const paused = given(line).when(freeze);
    expect(finalOf(paused.state()).schedules).toMatchObject([{ frozen: true, amount: '2154.77' }]);
    given(line, [freeze]).when(release('2026-10-01T00:00:00.000Z')).thenNothing();
    given(line, [freeze]).when(freeze).events();
    const events = history(line, [freeze, unfreeze, release('2027-01-01T00:00:00.000Z'), release(to)]);
    expectBalances(events, { '1200': '3100.03', '2300': '-229.63', '4010': '-2870.40' });
  });

  test('cancelled earns, credits or refunds the frozen rest', () => {
    const at = '2028-01-01T00:00:00.000Z';
    const settledBy = (later: readonly InvoiceCommand[]) => {
      const events = history(line, later);
      return [
        ...events,
        ...spec
          .given(...events)
          .when(release('2029-01-01T00:00:00.000Z'))
          .events(),
      ];
    };
    expectBalances(settledBy([pay('3100.03'), freeze, cancelled('none', at)]), {
      ...{ '1110': '3100.03', '2300': '-229.63', '4010': '-2870.40' },
    });
    expectBalances(settledBy([pay('3100.03'), freeze, cancelled('unused', at)]), {
      ...{ '1110': '3100.03', '2220': '-2327.15', '2300': '-57.25', '4010': '-715.63' },
    });
    expectBalances(settledBy([freeze, cancelled('none', at)]), {
      ...{ '1200': '772.88', '2300': '-57.25', '4010': '-715.63' },
    });
  });

  test('a goodwill credit in it lowers the frozen rest, which stays frozen', () => {
    const state = finalOf(given(line, [freeze]).when(goodwill('310.00', '2026-08-01T00:00:00.000Z')).state());
    expect(state.schedules).toMatchObject([{ frozen: true, amount: '1939.29', to: term.to }]);
  });
});

describe('a change kept for the next invoice (SUB-18)', () => {
  test('defers the dearer service here and leaves the difference unbilled', () => {
    expectBalances(history(undefined, [deferral()]), {
      ...{ '1200': '322.92', '1210': '250.00', '2100': '-399.50', '2300': '-23.92', '4010': '-149.50' },
    });
    const events = history(undefined, [deferral(), release(april.to)]);
    expectBalances(events, { '1200': '322.92', '1210': '250.00', '2300': '-23.92', '4010': '-549.00' });
  });

  test('twice, and then handed over', () => {
    const second = deferral('1399.53', '2026-04-20T00:00:00.000Z');
    const state = finalOf(given(undefined, [deferral()]).when(second).state());
    expect(state.schedules).toMatchObject([
      { lineId: '1' },
      { lineId: '2', amount: '0.00' },
      { lineId: '3' },
    ]);
    const events = given(undefined, [deferral(), second]).when(handOver('2026-04-25T00:00:00.000Z')).events();
    expect(events.at(-1)?.data).toMatchObject({ lineId: '3' });
  });
});
