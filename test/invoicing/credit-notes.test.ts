import { describe, expect, test } from 'vitest';
import type { InvoiceCommand } from '../../domain/invoicing/decider.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  april,
  credit as creditLine,
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
  restOf,
  spec,
  usageCredit,
  usageLine,
  voided,
  writeOff,
} from './support.ts';

const notes = (outcome: ReturnType<ReturnType<typeof given>['when']>) =>
  outcome.events().flatMap((event) => (event.type === 'credit_note.issued' ? [event.data] : []));

describe('a goodwill credit note', () => {
  test('after the service is given lowers revenue and what is owed (SUB-13)', () => {
    const [note] = notes(given(undefined, [release(april.to)]).when(goodwill('50.00', april.to)));
    expect(note).toMatchObject({
      cause: 'goodwill',
      lines: [{ kind: 'delivered', amount: '46.30' }],
      ...{ net: '46.30', tax: '3.70', total: '50.00', toReceivable: '50.00', toCredit: '0.00' },
    });
  });

  test('before that lowers the schedule in proportion, and the rest goes on from it', () => {
    const outcome = given().when(goodwill('50.00'));
    expect(notes(outcome)[0]).toMatchObject({
      lines: [
        { kind: 'delivered', amount: '23.15' },
        { kind: 'undelivered', lineId: '1', amount: '23.15' },
      ],
    });
    expect(finalOf(outcome.state()).schedules).toMatchObject([{ amount: '126.35', earlier: '149.50' }]);
    expectBalances(
      [
        ...history(),
        ...outcome.events(),
        ...given(undefined, [goodwill('50.00')])
          .when(release(april.to))
          .events(),
      ],
      {
        '1200': '272.92',
        '2300': '-20.22',
        '4010': '-275.85',
        '4910': '23.15',
      },
    );
  });

  test('on a paid invoice becomes the customer’s credit; on one paid in part both', () => {
    expect(notes(given(undefined, [pay('322.92')]).when(goodwill('50.00')))[0]).toMatchObject({
      toReceivable: '0.00',
      toCredit: '50.00',
    });
    expect(notes(given(undefined, [pay('300.00')]).when(goodwill('50.00')))[0]).toMatchObject({
      toReceivable: '22.92',
      toCredit: '27.08',
    });
  });

  test('of all that is left pays the invoice', () => {
    const state = finalOf(given().when(goodwill('322.92')).state());
    expect(state).toMatchObject({ status: 'paid', credited: '322.92', reversedTax: '23.92' });
  });

  test('of a cent is a note, too', () => {
    for (let count = 1, current = given(); count <= 30; count += 1) {
      const outcome = current.when(goodwill('0.01', april.from, `cn-${count}`));
      expect(notes(outcome)).toHaveLength(1);
      current = current.given(...outcome.events());
    }
  });

  /** Lago pull request 2643: 68.33, 68.33, 57.50 and 85.00 at 20 %. */
  test('in four, each with the tax of its share: the last one closes to zero', () => {
    const { totals, state } = fourNotes(['81.99', '82.00', '69.00', '102.00'].map(goodwillOf));
    expect(totals).toEqual(['81.99', '82.00', '69.00', '102.00']);
    expect(state).toMatchObject({ status: 'paid', reversedNet: '279.16', reversedTax: '55.83' });
    const byLine = fourNotes(NETS.map(usageCreditOf));
    expect(byLine.totals).toEqual(['82.00', '81.99', '69.00', '102.00']);
    expect(byLine.state).toMatchObject({ status: 'paid', credited: '334.99', reversedTax: '55.83' });
  });

  const NETS = ['68.33', '68.33', '57.50', '85.00'];
  const goodwillOf = (amount: string, index: number) => goodwill(amount, half, `cn-${index}`);
  const usageCreditOf = (amount: string, index: number) => usageCredit(amount, `cn-${index}`);

  function fourNotes(commands: readonly InvoiceCommand[]) {
    const header = { invoiceId: 'inv-1', customerId: 'acme', kind: 'monthly', period: null } as const;
    const lines = NETS.map((amount) => usageLine(amount));
    const terms = { currency: 'USD', taxRate: '0.2', effectiveAt: april.from, lines };
    let current = spec.given(...spec.when({ type: 'finalizeInvoice', ...header, ...terms }).events());
    const totals = commands.flatMap((command) => {
      const outcome = current.when(command);
      current = current.given(...outcome.events());
      return notes(outcome).map(({ total }) => total);
    });
    current.when(goodwill('0.01', half, 'cn-more')).thenRefused('credit-exceeds-invoice', 'amount');
    return { totals, state: finalOf(current.when(release(april.from)).state()) };
  }

  /** An upgrade invoice has more service to give than it bills: the credit had come out above its own amount. */
  test('on an invoice that took over the rest of another', () => {
    const upgrade = [subscriptionLine('399.50', { from: half, to: april.to }), creditLine('-149.50')];
    const outcome = given(upgrade).when(goodwill('50.00'));
    expect(notes(outcome)[0]).toMatchObject({
      lines: [{ kind: 'undelivered', amount: '46.30' }],
      ...{ net: '46.30', tax: '3.70' },
    });
    given(upgrade).when(goodwill('270.01')).thenRefused('credit-exceeds-invoice');
  });

  test('is at most what is not credited, refunded or handed over', () => {
    given().when(goodwill('322.93')).thenRefused('credit-exceeds-invoice', 'amount');
    given(undefined, [pay('322.92'), refund('300.00')])
      .when(goodwill('22.93'))
      .thenRefused('credit-exceeds-invoice');
    given(undefined, [handOver(half)])
      .when(goodwill('161.47'))
      .thenRefused('credit-exceeds-invoice');
    expect(notes(given(undefined, [handOver(half)]).when(goodwill('161.46')))).toHaveLength(1);
  });

  test('is refused on what is void or no amount', () => {
    given(undefined, [voided()]).when(goodwill('1.00')).thenRefused('invoice-void', 'invoiceId');
    given(undefined, [writeOff()]).when(goodwill('1.00')).thenRefused('credit-exceeds-invoice');
    for (const amount of ['0.00', '-1.00', '1.001']) {
      given().when(goodwill(amount)).thenRefused('invalid-amount', 'amount');
    }
    given()
      .when({ ...goodwill('1.00'), currency: 'EUR' })
      .thenRefused('currency-mismatch', 'amount');
  });
});

describe('what is not delivered', () => {
  test('is credited in a pause with its tax (SUB-12), to what is owed or to the customer', () => {
    expect(notes(given(undefined, [pay('322.92')]).when(creditUnused('pause')))[0]).toMatchObject({
      ...{ net: '149.50', tax: '11.96', total: '161.46', toReceivable: '0.00', toCredit: '161.46' },
    });
    expect(notes(given().when(creditUnused('pause')))[0]).toMatchObject({ toReceivable: '161.46' });
  });

  test('gives way to a cheaper plan that the same stream earns (SUB-10)', () => {
    const pro = [subscriptionLine('799.00', april)];
    const outcome = given(pro, [pay('862.92')]).when(creditUnused('change', half, restOf('149.50')));
    expect(notes(outcome)[0]).toMatchObject({
      lines: [{ lineId: '1', amount: '399.50' }],
      replacement: { lineId: '2', amount: '149.50' },
      ...{ net: '250.00', tax: '20.00', toCredit: '270.00' },
    });
    const last = spec.given(...history(pro, [pay('862.92')]), ...outcome.events()).when(release(april.to));
    expectBalances([...history(pro, [pay('862.92')]), ...outcome.events(), ...last.events()], {
      ...{ '1110': '862.92', '2200': '-270.00', '2300': '-43.92', '4010': '-549.00' },
    });
  });

  test('is never less than what takes its place', () => {
    const [note] = notes(given().when(creditUnused('change', half, restOf('200.00'))));
    expect(note).toMatchObject({ replacement: { amount: '149.50' }, net: '0.00', tax: '0.00' });
  });

  test('is nothing when all is delivered, handed over or void', () => {
    expect(notes(given().when(creditUnused('pause', april.to)))).toEqual([]);
    given(undefined, [handOver(half)])
      .when(creditUnused('pause'))
      .thenNothing();
    given(undefined, [voided()]).when(creditUnused('pause')).thenNothing();
  });

  /** The tax of an invoice with a small net had been stretched over the service that it took over. */
  test.each([
    ['-149.50', '31.96'],
    ['-399.43', '31.96'],
    ['-399.50', '31.96'],
  ])('on an invoice with a credit line of %s carries the tax of the service', (taken, tax) => {
    const upgrade = [subscriptionLine('399.50', { from: half, to: april.to }), creditLine(taken)];
    expect(notes(given(upgrade).when(creditUnused('pause', half)))[0]).toMatchObject({ net: '399.50', tax });
  });

  test('of a deferred change is credited with it, though it is billed elsewhere', () => {
    const deferral = {
      type: 'deferProration',
      at: half,
      replacement: restOf('399.50', half, 'pro'),
    } as const;
    const [note] = notes(given(undefined, [pay('322.92'), deferral]).when(creditUnused('pause', half)));
    expect(note).toMatchObject({ net: '399.50', tax: '31.96', toCredit: '431.46' });
  });

  test('of a deferred change owes what was agreed, also when a credit came first', () => {
    const later = [goodwill('50.00')];
    const deferral = {
      type: 'deferProration',
      at: half,
      replacement: restOf('399.50', half, 'pro'),
    } as const;
    const outcome = given(undefined, later).when({ ...deferral, owed: '250.00' });
    expect(outcome.events().at(-1)?.data).toMatchObject({
      amount: '250.00',
      ...{ undelivered: [{ amount: '126.35' }], replacement: { amount: '376.35' } },
    });
  });

  /** A refund that left the schedule alone has given it back already; it was credited a second time. */
  test('but was refunded is earned at once, not credited again', () => {
    const refunded = [pay('322.92'), refund('322.92')];
    const outcome = given(undefined, refunded).when(creditUnused('pause'));
    expect(notes(outcome)).toEqual([]);
    expectBalances([...history(undefined, refunded), ...outcome.events()], {
      ...{ '1110': '322.92', '2220': '-322.92', '4010': '-299.00', '4900': '299.00' },
    });
    const partly = given(undefined, [pay('322.92'), refund('216.00')]).when(creditUnused('pause'));
    expect(notes(partly)[0]).toMatchObject({ net: '99.00', tax: '7.92', toCredit: '106.92' });
  });
});

test('usage that was billed too much goes back, against the invoice while it is open (USE-5)', () => {
  const lines = [
    { meter: 'api.called', month: '2026-03', quantity: '12000', accrued: '12.004', amount: '12.00' },
  ];
  const command = {
    type: 'creditUsage',
    at: half,
    creditNoteId: 'cn-u',
    reason: 'late fact',
    lines,
  } as const;
  const usage = [usageLine('100.00')];
  expect(notes(given(usage).when(command))[0]).toMatchObject({ tax: '0.96', toReceivable: '12.96' });
  expect(notes(given(usage, [pay('108.00')]).when(command))[0]).toMatchObject({ toCredit: '12.96' });
  given(usage)
    .when({ ...command, lines: [] })
    .thenNothing();
});

describe('usage that was billed too much and never charged in full', () => {
  const promotion = { kind: 'promotion', description: 'Promotional credit', amount: '-30.00' } as const;

  test('comes back less the promotional credit on it', () => {
    const lines = [subscriptionLine('299.00', april), usageLine('100.00'), promotion];
    const outcome = given(lines).when(usageCredit('100.00'));
    expect(notes(outcome)[0]).toMatchObject({ net: '70.00', tax: '5.60', toReceivable: '75.60' });
    // The asset, 30.00 of which the use of the credit itself has posted, is closed: see promotion.used.
    expectBalances([...history(lines), ...outcome.events()], {
      ...{ '1200': '322.92', '1210': '30.00', '2100': '-299.00', '2300': '-23.92', '4910': '-30.00' },
    });
    const twice = given(lines, [usageCredit('80.00', 'cn-1')]).when(usageCredit('20.00', 'cn-2'));
    expect(notes(twice)[0]).toMatchObject({ net: '0.00', tax: '0.00', total: '0.00' });
  });

  test('and came to nothing keeps the invoice from being void (regression)', () => {
    const lines = [usageLine('30.00'), promotion];
    expect(notes(given(lines).when(usageCredit('12.00')))[0]).toMatchObject({ net: '0.00' });
    given(lines, [usageCredit('12.00')])
      .when(voided(half))
      .thenRefused('invoice-not-voidable');
  });

  test('is not paid out where it was given back, or up, before', () => {
    const lines = [usageLine('100.00')];
    const forgiven = given(lines, [goodwill('108.00')]).when(usageCredit('100.00'));
    expect(notes(forgiven)[0]).toMatchObject({ total: '0.00', toCredit: '0.00' });
    expectBalances([...history(lines, [goodwill('108.00')]), ...forgiven.events()], {});
    const lost = given(lines, [writeOff()]).when(usageCredit('100.00'));
    expect(notes(lost)[0]).toMatchObject({ total: '0.00', toReceivable: '0.00', toCredit: '0.00' });
    const recovered = given(lines, [writeOff(), pay('54.00')]).when(usageCredit('100.00'));
    expect(notes(recovered)[0]).toMatchObject({ net: '50.00', tax: '4.00', toCredit: '54.00' });
  });
});
