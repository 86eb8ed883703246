import { describe, expect, test } from 'vitest';
import { accountOf, accounts, isAccountCode } from '../../ledger/chart-of-accounts.ts';
import reference from '../fixtures/journals.json' with { type: 'json' };

describe('chart of accounts', () => {
  test('has the 84 accounts of the reference, in the order of their codes', () => {
    expect(accounts).toHaveLength(84);
    expect(accounts.map(({ code, name, type }) => ({ code, name, type }))).toEqual(reference.accounts);
  });

  test('the first digit says the class', () => {
    const classes: Record<string, string[]> = {
      '1': ['asset', 'contra_asset'],
      '2': ['liability'],
      '3': ['equity'],
      '4': ['revenue', 'contra_revenue'],
      '5': ['expense'],
    };
    for (const { code, type } of accounts) expect(classes[code.charAt(0)], code).toContain(type);
  });

  test('normal sides, contra accounts opposite to their class', () => {
    const sides = Object.fromEntries(accounts.map(({ type, normalSide }) => [type, normalSide]));
    expect(sides).toEqual({
      asset: 'Dr',
      contra_asset: 'Cr',
      liability: 'Cr',
      equity: 'Cr',
      revenue: 'Cr',
      contra_revenue: 'Dr',
      expense: 'Dr',
    });
    for (const { name, type } of accounts) {
      if (/\(contra[)-]/.test(name)) expect(type, name).toMatch(/^contra_/);
    }
  });

  test('accountOf knows its codes and no others', () => {
    expect(accountOf('1200')).toEqual({
      code: '1200',
      name: 'Accounts receivable',
      type: 'asset',
      normalSide: 'Dr',
    });
    expect(isAccountCode('4020')).toBe(true);
    for (const code of ['9999', '', '12', 'toString', '1200 ']) {
      expect(isAccountCode(code)).toBe(false);
      expect(() => accountOf(code)).toThrow(RangeError);
    }
  });
});
