import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InvoiceCommand } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { amountDue, type FinalInvoice } from '../../domain/invoicing/state.ts';
import { payment } from '../support/events.ts';
import { cents, given, handOver, history, release, spec } from './support.ts';

const noon = '2026-04-10T12:00:00.000Z';

const received = (paymentId: string, amount: string, applied: string, excess: string): InvoiceEvent => ({
  type: 'invoice.payment_received',
  data: {
    invoiceId: 'inv-1',
    customerId: 'acme',
    paymentId,
    method: 'card',
    currency: 'USD',
    amount,
    applied,
    excess,
  },
  effectiveAt: noon,
});

describe('a payment of 322.92', () => {
  test('exact settles the invoice', () => {
    given()
      .when(payment(noon, '322.92', 'p1'))
      .thenEvents(received('p1', '322.92', '322.92', '0.00'));
    expect(
      given()
        .when(payment(noon, '322.92', 'p1'))
        .state(),
    ).toMatchObject({ status: 'paid' });
  });

  test('in part leaves the rest open, until it comes', () => {
    given()
      .when(payment(noon, '100', 'p1'))
      .thenEvents(received('p1', '100.00', '100.00', '0.00'));
    const part = given(undefined, [payment(noon, '100.00', 'p1')]);
    expect(
      given()
        .when(payment(noon, '100.00', 'p1'))
        .state(),
    ).toMatchObject({
      status: 'finalized',
      paid: '100.00',
    });
    part.when(payment(noon, '222.92', 'p2')).thenEvents(received('p2', '222.92', '222.92', '0.00'));
  });

  test('above what is open is split: the rest is the customer’s credit (RCV-2)', () => {
    given()
      .when(payment(noon, '347.03', 'p1'))
      .thenEvents(received('p1', '347.03', '322.92', '24.11'));
    given(undefined, [payment(noon, '322.91', 'p1')])
      .when(payment(noon, '1.00', 'p2'))
      .thenEvents(received('p2', '1.00', '0.01', '0.99'));
  });

  test('on a paid invoice is refused', () => {
    given(undefined, [payment(noon, '400.00', 'p1')])
      .when(payment(noon, '0.01', 'p2'))
      .thenRefused('invoice-already-paid', 'invoiceId');
  });

  test.each(['0', '0.00', '-1.00', '1.001', '0.000001'])('of %s is refused', (amount) => {
    given()
      .when(payment(noon, amount, 'p1'))
      .thenRefused('invalid-amount', 'amount');
  });

  test('in another currency is refused', () => {
    const euro: InvoiceCommand = {
      type: 'recordInvoicePayment',
      now: noon,
      paymentId: 'p1',
      amount: '10.00',
      currency: 'EUR',
      method: 'card',
    };
    given().when(euro).thenRefused('currency-mismatch');
  });
});

test('whatever comes in, applied never exceeds the total and nothing is lost', () => {
  const amounts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(amounts, (list) => {
      const events = [...history()];
      let applied = 0n;
      for (const [index, units] of list.entries()) {
        const amount = (units / 100).toFixed(2);
        const outcome = spec.given(...events).when(payment(noon, amount, `p${index}`));
        if (applied === 32_292n) {
          outcome.thenRefused('invoice-already-paid');
          continue;
        }
        const [event] = outcome.events();
        if (event?.type !== 'invoice.payment_received') return expect.unreachable('a payment');
        expect(cents(event.data.applied) + cents(event.data.excess)).toBe(BigInt(units));
        applied += cents(event.data.applied);
        expect(cents(event.data.excess) > 0n).toBe(cents(event.data.applied) < BigInt(units));
        const state = outcome.state() as FinalInvoice;
        expect(cents(amountDue(state)) + applied).toBe(32_292n);
        expect(state.status).toBe(applied === 32_292n ? 'paid' : 'finalized');
        events.push(event);
      }
    }),
  );
});

test('without an invoice there is nothing to pay, release or hand over', () => {
  for (const command of [payment(noon, '1.00', 'p1'), release(noon), handOver(noon)]) {
    spec.when(command).thenRefused('invoice-not-found', 'invoiceId');
  }
});
