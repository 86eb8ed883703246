import { describe, it } from 'vitest';
import { financeDecider, type RecordFinanceInput } from '../../domain/finance/decider.ts';
import type { FinanceEvent } from '../../domain/finance/events.ts';
import { specification } from '../support/decider-spec.ts';

const now = '2026-03-05T09:00:00.000Z';
const spec = specification(financeDecider);

function record(input: Partial<RecordFinanceInput> = {}): RecordFinanceInput {
  const cost = { month: '2026-02', kind: 'cost-of-revenue', amount: '1200.50', currency: 'USD' } as const;
  return { type: 'recordFinanceInput', now, ...cost, note: 'close', ...input };
}

function recorded(data: Partial<FinanceEvent['data']> = {}): FinanceEvent {
  const cost = { month: '2026-02', kind: 'cost-of-revenue', amount: '1200.50', currency: 'USD' } as const;
  return {
    type: 'finance.input_recorded',
    data: { ...cost, note: 'close', ...data },
    effectiveAt: now,
  };
}

describe('recordFinanceInput', () => {
  it('records money in the currency of the books, in cents', () => {
    spec.when(record({ amount: '1200.5', currency: null })).thenEvents(recorded());
  });

  it('records a margin in per cent, without a currency', () => {
    spec
      .when(record({ kind: 'gross-margin', amount: '82.50', currency: null }))
      .thenEvents(recorded({ kind: 'gross-margin', amount: '82.5', currency: null }));
  });

  it('takes the running month', () => {
    spec.when(record({ month: '2026-03' })).thenEvents(recorded({ month: '2026-03' }));
  });

  it('changes nothing when the same value comes again, whatever its decimals', () => {
    spec
      .given(recorded())
      .when(record({ amount: '1200.500000' }))
      .thenNothing();
  });

  it('lets the newest value stand, and a new note is news', () => {
    spec
      .given(recorded())
      .when(record({ amount: '1300' }))
      .thenEvents(recorded({ amount: '1300.00' }));
    spec
      .given(recorded(), recorded({ amount: '1300.00' }))
      .when(record())
      .thenEvents(recorded());
    spec
      .given(recorded())
      .when(record({ note: 'audited' }))
      .thenEvents(recorded({ note: 'audited' }));
  });

  it('keeps kinds apart', () => {
    const other = { kind: 'operating-expense' } as const;
    spec.given(recorded()).when(record(other)).thenEvents(recorded(other));
  });

  it('takes cash below zero, but no cost', () => {
    const overdrawn = { kind: 'cash-balance', amount: '-10.00' } as const;
    spec.when(record(overdrawn)).thenEvents(recorded(overdrawn));
    spec.when(record({ amount: '-0.01' })).thenRefused('invalid-amount', 'amount');
  });

  it.each([
    ['a month that has not begun', { month: '2026-04' }, 'not-due', 'month'],
    ['fractions of cents', { amount: '1.001' }, 'invalid-amount', 'amount'],
    ['another currency', { currency: 'EUR' }, 'currency-mismatch', 'amount'],
    ['a margin with a currency', { kind: 'gross-margin', amount: '80' }, 'invalid-amount', 'amount'],
    [
      'a margin above 100',
      { kind: 'gross-margin', amount: '100.1', currency: null },
      'invalid-amount',
      'amount',
    ],
    [
      'a margin below -100',
      { kind: 'gross-margin', amount: '-101', currency: null },
      'invalid-amount',
      'amount',
    ],
  ] as const)('refuses %s', (_what, input, code, field) => {
    spec.when(record(input)).thenRefused(code, field);
  });
});
