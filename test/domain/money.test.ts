import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  centsString,
  decimal,
  fromMicros,
  microsToCents,
  roundHalfEven,
  toCents,
  toMicros,
} from '../../domain/kernel/money.ts';

const micros = fc.bigInt(-(10n ** 20n), 10n ** 20n);
const text = (value: string) => toCents(decimal(value)).toFixed();

describe('decimal', () => {
  test('parses plain decimals exactly', () => {
    expect(decimal('0.1').plus(decimal('0.2')).toFixed()).toBe('0.3');
    expect(decimal('-12.345678901').toFixed()).toBe('-12.345678901');
    expect(decimal(10n ** 20n).toFixed()).toBe('100000000000000000000');
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '1e3',
    '+1',
    '.5',
    '1.',
    '1,000',
    'NaN',
    'Infinity',
    '0x10',
    '1.0000000001',
    '--1',
  ])('refuses %j', (value) => {
    expect(() => decimal(value)).toThrow(RangeError);
  });
});

describe('rounding', () => {
  test('half goes to the even neighbour, on both sides of zero', () => {
    expect(['0.005', '0.015', '0.025', '2.675', '-0.015', '-0.025'].map(text)).toEqual([
      '0',
      '0.02',
      '0.02',
      '2.68',
      '-0.02',
      '-0.02',
    ]);
    expect(roundHalfEven(decimal('0.5'), 0).toFixed()).toBe('0');
    expect(roundHalfEven(decimal('1.5'), 0).toFixed()).toBe('2');
  });

  test('what is not half goes to the nearest', () => {
    expect(['0.0050001', '0.0149999', '-0.0050001'].map(text)).toEqual(['0.01', '0.01', '-0.01']);
  });

  test('microsToCents agrees with toCents and leaves whole cents alone', () => {
    expect(microsToCents(5_000n)).toBe(0n);
    expect(microsToCents(15_000n)).toBe(20_000n);
    expect(microsToCents(-25_000n)).toBe(-20_000n);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), (value) => {
        const cents = microsToCents(value);
        expect(cents % 10_000n).toBe(0n);
        expect(microsToCents(cents)).toBe(cents);
        const distance = cents > value ? cents - value : value - cents;
        expect(distance <= 5_000n).toBe(true);
      }),
    );
  });
});

describe('strings', () => {
  test('micros and decimal strings are one to one', () => {
    fc.assert(
      fc.property(micros, (value) => {
        expect(toMicros(fromMicros(value))).toBe(value);
      }),
    );
  });

  test('the shortest form has at least two decimals', () => {
    const cases: [bigint, string][] = [
      [0n, '0.00'],
      [299_000_000n, '299.00'],
      [54_166_667n, '54.166667'],
      [10_004_000n, '10.004'],
      [-1n, '-0.000001'],
      [-500_000n, '-0.50'],
      [100_000_000n, '100.00'],
    ];
    for (const [value, expected] of cases) expect(fromMicros(value)).toBe(expected);
  });

  test('more decimals than the ledger carries are refused, not rounded', () => {
    expect(toMicros('1.000001')).toBe(1_000_001n);
    expect(toMicros('1.000001000')).toBe(1_000_001n);
    expect(() => toMicros('1.0000001')).toThrow(RangeError);
    expect(centsString(decimal('299'))).toBe('299.00');
    expect(() => centsString(decimal('299.001'))).toThrow(RangeError);
  });
});
