import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal, fromMicros } from '../../domain/kernel/money.ts';
import { type EntryData, entrySchema } from '../../eventstore/metadata.ts';
import { accounts } from '../../ledger/chart-of-accounts.ts';
import {
  cr,
  dr,
  drOrCr,
  type EntryInput,
  InvalidEntryError,
  journalEntry,
  nonZero,
  type Posting,
  UnbalancedEntryError,
} from '../../ledger/journal-entry.ts';

const header = {
  template: 'SUB-1@1',
  currency: 'USD',
  effectiveAt: '2026-01-01T00:00:00.000Z',
  description: 'Growth, January 2026',
};
const sale = [dr('1200', '322.92'), cr('2100', '299.00'), cr('2300', '23.92')];
const make = (postings: EntryInput['postings'], over: Partial<EntryInput> = {}) =>
  journalEntry({ ...header, postings, ...over });

function refusal(run: () => unknown): InvalidEntryError {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidEntryError) return error;
    throw error;
  }
  return expect.unreachable('the entry came into existence');
}

const account = fc.constantFrom(...accounts.map(({ code }) => code));
const amount = fc.bigInt(1n, 10n ** 15n);
/** Two splits of one sum: balanced by construction. */
const balanced = fc
  .record({
    total: fc.bigInt(1_000n, 10n ** 15n),
    debits: fc.array(fc.tuple(account, fc.bigInt(1n, 100n)), { minLength: 1, maxLength: 6 }),
    credits: fc.array(fc.tuple(account, fc.bigInt(1n, 100n)), { minLength: 1, maxLength: 6 }),
  })
  .map(({ total, debits, credits }): Posting[] => {
    const split = (parts: typeof debits, post: typeof dr) => {
      const weights = parts.reduce((sum, [, weight]) => sum + weight, 0n);
      const shares = parts.map(([code, weight]) => [code, (total * weight) / weights] as const);
      const rest = total - shares.reduce((sum, [, units]) => sum + units, 0n);
      return shares.map(([code, units], index) => post(code, fromMicros(index === 0 ? units + rest : units)));
    };
    return nonZero([...split(debits, dr), ...split(credits, cr)]);
  });

describe('a balanced entry', () => {
  test('exists, in the shape that events carry', () => {
    const entry = make(sale);
    const data: EntryData = entry;
    expect(entrySchema.parse(data)).toEqual(entry);
    expect(JSON.parse(JSON.stringify(entry))).toEqual({ ...header, postings: sale });
  });

  test('exists whatever its parts, and again from its own data', () => {
    fc.assert(
      fc.property(balanced, (postings) => {
        const entry = make(postings);
        expect(entry.postings).toHaveLength(postings.length);
        expect(journalEntry(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
      }),
    );
  });

  test('cannot be changed', () => {
    const entry = make(sale);
    const [first] = entry.postings;
    expect(() => entry.postings.push(dr('1010', '1'))).toThrow(TypeError);
    expect(() => Object.assign(entry, { currency: 'EUR' })).toThrow(TypeError);
    expect(() => Object.assign(first ?? {}, { amount: '1' })).toThrow(TypeError);
  });

  test('does not follow a later change of what it was made from', () => {
    const postings = sale.map((posting) => ({ ...posting }));
    const entry = make(postings);
    postings.pop();
    Object.assign(postings[0] ?? {}, { amount: '1' });
    expect(entry).toEqual(make(sale));
  });

  test('has canonical amounts', () => {
    const entry = make([dr('1200', '10.000'), dr('4990', '0.004'), cr('1210', '10.004000')]);
    expect(entry.postings.map((posting) => posting.amount)).toEqual(['10.00', '0.004', '10.004']);
  });

  test('keeps its dimensions and leaves out those without a value', () => {
    const about = { customerId: 'c1', revenueStream: 2, meter: 'sms.sent', servicePeriod: '2026-01' };
    const entry = make([dr('1210', '1', { ...about, loanId: undefined }), cr('4020', '1', about)]);
    expect(entry.postings[0]).toStrictEqual({ ...about, account: '1210', side: 'Dr', amount: '1.00' });
  });
});

describe('an unbalanced entry', () => {
  test('does not exist, and the error names the difference', () => {
    const error = refusal(() => make([dr('1200', '322.92'), cr('2100', '299')]));
    expect(error).toBeInstanceOf(UnbalancedEntryError);
    expect(error).toMatchObject({ code: 'unbalanced', difference: '23.92', currency: 'USD' });
  });

  test('does not exist, however small the difference', () => {
    fc.assert(
      fc.property(balanced, fc.nat(), amount, (postings, pick, extra) => {
        const index = pick % postings.length;
        const changed = postings.map((posting, at) => {
          if (at !== index) return posting;
          return { ...posting, amount: decimal(posting.amount).plus(fromMicros(extra)).toFixed() };
        });
        const difference = postings[index]?.side === 'Dr' ? fromMicros(extra) : fromMicros(-extra);
        expect(refusal(() => make(changed))).toMatchObject({ code: 'unbalanced', difference });
      }),
    );
  });

  test('does not exist if a side is turned round or a posting is missing', () => {
    fc.assert(
      fc.property(balanced, fc.nat(), (postings, pick) => {
        const index = pick % postings.length;
        const turned = postings.map((posting, at) => {
          if (at !== index) return posting;
          return { ...posting, side: posting.side === 'Dr' ? ('Cr' as const) : ('Dr' as const) };
        });
        expect(refusal(() => make(turned)).code).toBe('unbalanced');
        const missing = refusal(() => make(postings.toSpliced(index, 1))).code;
        expect(missing).toBe(postings.length === 2 ? 'too-few-postings' : 'unbalanced');
      }),
    );
  });
});

describe('a malformed entry is refused', () => {
  const other = cr('2100', '1');

  test.each(['0', '0.00', '-1', '1.0000001', '0.0000000001', '', 'abc', '1e2', 'NaN', '1000000000000000'])(
    'amount %j',
    (value) => {
      expect(refusal(() => make([{ account: '1200', side: 'Dr', amount: value }, other])).code).toBe(
        'invalid-amount',
      );
    },
  );

  test('accounts, sides and number of postings', () => {
    const line = { account: '1200', side: 'Dr' as const, amount: '1' };
    expect(refusal(() => make([{ ...line, account: '9999' }, other])).code).toBe('unknown-account');
    expect(refusal(() => make([{ ...line, account: 'toString' }, other])).code).toBe('unknown-account');
    const side = JSON.parse('{"account":"1200","side":"debit","amount":"1"}');
    expect(refusal(() => make([side, other])).code).toBe('invalid-side');
    expect(refusal(() => make([])).code).toBe('too-few-postings');
    expect(refusal(() => make([line])).code).toBe('too-few-postings');
  });

  test.each([
    { revenueStream: 0 },
    { revenueStream: 14 },
    { revenueStream: 1.5 },
    { servicePeriod: '2026-13' },
    { servicePeriod: '2026-01-01' },
    { customerId: '' },
  ])('dimension %j', (dimensions) => {
    expect(refusal(() => make([dr('1200', '1', dimensions), other])).code).toBe('invalid-dimension');
  });

  test('a field that it does not know is not dropped in silence', () => {
    const stray = JSON.parse('{"account":"1200","side":"Dr","amount":"1","tenantId":"t"}');
    expect(refusal(() => make([stray, other])).code).toBe('unknown-field');
    const input = JSON.parse(JSON.stringify({ ...header, postings: sale, memo: 'x' }));
    expect(refusal(() => journalEntry(input)).code).toBe('unknown-field');
  });

  test.each([
    { template: 'SUB-1' },
    { template: 'SUB-1@0' },
    { template: '' },
    { currency: 'usd' },
    { currency: '' },
    { effectiveAt: '2026-01-01' },
    { effectiveAt: '2026-01-01T00:00:00Z' },
    { effectiveAt: '2026-02-30T00:00:00.000Z' },
    { description: '' },
  ])('header %j', (over) => {
    expect(refusal(() => make(sale, over)).code).toBe('invalid-header');
  });
});

describe('helpers', () => {
  test('nonZero leaves out zeros and nothing else', () => {
    const lines = [
      dr('1200', '299'),
      cr('2300', '0'),
      cr('2300', '0.00'),
      cr('2100', '299'),
      cr('4990', '-1'),
    ];
    expect(nonZero(lines)).toEqual([lines[0], lines[3], lines[4]]);
    expect(refusal(() => make(lines.slice(0, 4))).code).toBe('invalid-amount');
  });

  test('drOrCr turns a sign into a side', () => {
    expect(drOrCr('1210', '12.5')).toEqual(dr('1210', '12.5'));
    expect(drOrCr('1210', '-199.9994')).toEqual(cr('1210', '199.9994'));
    expect(drOrCr('1210', decimal('-1'), { meter: 'sms.sent' })).toEqual(
      cr('1210', '1', { meter: 'sms.sent' }),
    );
  });
});
