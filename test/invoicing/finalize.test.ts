import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DraftLine } from '../../domain/invoicing/decider.ts';
import { taxByLine } from '../../domain/invoicing/tax.ts';
import { subscriptionLine } from '../support/events.ts';
import { april, cents, credit, given, spec, usageLine } from './support.ts';

const finalize = (lines: readonly DraftLine[], taxRate = '0.08') =>
  ({
    type: 'finalizeInvoice',
    effectiveAt: april.from,
    invoiceId: 'inv-1',
    customerId: 'acme',
    kind: 'signup',
    period: null,
    currency: 'USD',
    taxRate,
    lines,
  }) as const;

describe('a final invoice', () => {
  test('numbers its lines, adds tax and is due in 30 days', () => {
    const line = subscriptionLine('299.00', april);
    const { type: _type, lines: _lines, effectiveAt, ...header } = finalize([line]);
    const data = {
      ...header,
      taxInclusive: false,
      lines: [{ ...line, lineId: '1', tax: '23.92' }],
      subtotal: '299.00',
      tax: '23.92',
      total: '322.92',
      dueAt: '2026-05-01T00:00:00.000Z',
    };
    spec.when(finalize([line])).thenEvents({ type: 'invoice.finalized', data, effectiveAt });
  });

  test('opens a release schedule for what is billed in advance, and for nothing else', () => {
    const lines = [usageLine('10.00'), subscriptionLine('299.00', april), credit('-49.50')];
    expect(spec.when(finalize(lines)).state()).toMatchObject({
      status: 'finalized',
      paid: '0.00',
      schedules: [{ lineId: '2', amount: '299.00', released: '0.00', releasedThrough: april.from }],
    });
  });

  test('taxes the net once: a credit gives its part back (SUB-9)', () => {
    const [event] = spec.when(finalize([subscriptionLine('399.50', april), credit('-149.50')])).events();
    expect(event?.data).toMatchObject({
      subtotal: '250.00',
      tax: '20.00',
      total: '270.00',
      lines: [{ tax: '31.96' }, { tax: '-11.96' }],
    });
  });

  test('of nothing owed is paid', () => {
    expect(spec.when(finalize([subscriptionLine('0.00', april)])).state()).toMatchObject({ status: 'paid' });
    expect(spec.when(finalize([usageLine('0.00', '0.004')])).state()).toMatchObject({ status: 'paid' });
  });

  test('is final once, and has lines', () => {
    given()
      .when(finalize([usageLine('1.00')]))
      .thenRefused('invoice-exists', 'invoiceId');
    spec.when(finalize([])).thenRefused('nothing-to-bill');
  });
});

describe('tax', () => {
  test('is given back to the lines by largest remainder', () => {
    expect(taxByLine(['68.33', '68.33', '57.50', '85.00'], '0.2')).toEqual({
      total: '55.83',
      byLine: ['13.67', '13.66', '11.50', '17.00'],
    });
  });

  test.each([
    ['0.03 at 50 % is a tie: half to even', ['0.03'], '0.5', '0.02', ['0.02']],
    ['0.01 at 50 % is a tie: half to even', ['0.01'], '0.5', '0.00', ['0.00']],
    ['one line alone would round to nothing', ['0.05', '0.05'], '0.08', '0.01', ['0.01', '0.00']],
    ['credits are below zero', ['-149.50'], '0.08', '-11.96', ['-11.96']],
    ['lines cancel out', ['10.07', '-10.07'], '0.08', '0.00', ['0.81', '-0.81']],
    ['no tax', ['299.00', '1.01'], '0', '0.00', ['0.00', '0.00']],
    ['all of it', ['299.00', '1.01'], '1', '300.01', ['299.00', '1.01']],
  ] as const)('%s', (_case, amounts, rate, total, byLine) => {
    expect(taxByLine(amounts, rate)).toEqual({ total, byLine });
  });

  test('sums to the tax of the net, each line within a cent of its own', () => {
    const amount = fc.integer({ min: -1_000_000, max: 5_000_000 });
    const rate = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 12 }), rate, (amounts, millionths) => {
        const { total, byLine } = taxByLine(
          amounts.map((units) => (units / 100).toFixed(2)),
          (millionths / 1_000_000).toFixed(6),
        );
        const exact = (units: number) => BigInt(units) * BigInt(millionths);
        const net = exact(amounts.reduce((sum, units) => sum + units, 0));
        const off = cents(total) * 1_000_000n - net;
        expect(off <= 500_000n && off >= -500_000n).toBe(true);
        expect(byLine.reduce((sum, tax) => sum + cents(tax), 0n)).toBe(cents(total));
        for (const [index, units] of amounts.entries()) {
          const apart = cents(byLine[index] ?? '') * 1_000_000n - exact(units);
          expect(apart < 1_000_000n && apart > -1_000_000n).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
