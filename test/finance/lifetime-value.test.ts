import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  grossMarginOf,
  type LifetimeTerms,
  lifetimeValue,
  meanOf,
} from '../../domain/finance/lifetime-value.ts';
import { decimal } from '../../domain/kernel/money.ts';

const terms = (over: Partial<LifetimeTerms> = {}): LifetimeTerms => ({
  name: 'ARPA',
  monthly: decimal('100'),
  grossMargin: decimal('100'),
  churn: decimal('0.05'),
  ...over,
});

describe('lifetime value', () => {
  it('is ARPA over churn: 100 at 5 % a month is 2000 (ChartMogul’s example)', () => {
    expect(lifetimeValue(terms())).toEqual({
      value: '2000.00',
      reason: null,
      arithmetic: 'ARPA 100.00 x 100 % / 0.05 = 2000.00',
    });
  });

  it('counts the gross margin', () => {
    expect(lifetimeValue(terms({ grossMargin: decimal('82.5') }))).toMatchObject({ value: '1650.00' });
  });

  it.each([
    ['no margin was recorded', { grossMargin: undefined }, 'no-gross-margin'],
    ['the margin leaves nothing', { grossMargin: decimal('-5') }, 'no-margin-left'],
    ['there is no complete month', { churn: undefined }, 'no-complete-month'],
    ['nobody churned', { churn: decimal('0') }, 'nobody-churned'],
  ] as const)('is null where %s, never 0 or infinite', (_what, over, reason) => {
    expect(lifetimeValue(terms(over))).toMatchObject({ value: null, reason });
  });

  it('is 0 of who pays nothing any more, whatever is known of the rest', () => {
    const gone = terms({ name: 'MRR', monthly: decimal('0'), grossMargin: undefined, churn: undefined });
    expect(lifetimeValue(gone)).toMatchObject({ value: '0.00', reason: null });
  });

  it('times churn is the margin of a month, to the cent', () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 });
    const percent = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(cents, percent, percent, (monthly, margin, churn) => {
        const found = lifetimeValue({
          name: 'MRR',
          monthly: decimal(monthly).div(100),
          grossMargin: decimal(margin),
          churn: decimal(churn).div(100),
        });
        const back = decimal(found.value ?? '')
          .times(churn)
          .div(100);
        const month = decimal(monthly).times(margin).div(10_000);
        expect(back.minus(month).abs().lte('0.005')).toBe(true);
      }),
    );
  });
});

describe('its parts', () => {
  it('the mean of no month is none', () => {
    expect(meanOf([])).toBeUndefined();
    expect(meanOf([decimal('0.1'), decimal('0')])?.toFixed()).toBe('0.05');
  });

  it('a margin follows from revenue and cost, and from no revenue none does', () => {
    expect(grossMarginOf(decimal('1000'), decimal('175'))?.toFixed()).toBe('82.5');
    expect(grossMarginOf(decimal('0'), decimal('175'))).toBeUndefined();
  });
});
