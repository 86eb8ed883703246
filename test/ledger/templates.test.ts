import { describe, expect, test } from 'vitest';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { cr, dr, journalEntry } from '../../ledger/journal-entry.ts';
import { isTemplateCode, template, templates } from '../../ledger/templates.ts';
import reference from '../fixtures/journals.json' with { type: 'json' };
import { assertMatchesTemplate, shapeOf } from '../support/templates.ts';

const byCode = (a: { code: string }, b: { code: string }) => (a.code < b.code ? -1 : 1);
const header = { currency: 'USD', effectiveAt: '2026-01-01T00:00:00.000Z' };

describe('journal templates', () => {
  test('equal the 113 of the reference', () => {
    expect(templates).toHaveLength(113);
    expect(templates.toSorted(byCode)).toEqual(reference.journals.toSorted(byCode));
  });

  test('three actions post nothing', () => {
    expect(
      templates
        .filter(({ lines }) => lines.length === 0)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['DUN-1', 'LN-11', 'SUB-8']);
  });

  test.each(templates.filter(({ lines }) => lines.length > 0))('$code makes a journal entry', (found) => {
    const postings = found.lines.map((line) => ({ ...line }));
    const entry = journalEntry({
      ...header,
      template: `${found.code}@1`,
      description: found.title,
      postings,
    });
    assertMatchesTemplate(entry, found.code);
    const debits = found.lines.filter(({ side }) => side === 'Dr');
    expect(debits.length).toBeGreaterThan(0);
    const signed = found.lines.map(({ side, amount }) =>
      side === 'Dr' ? toMicros(amount) : -toMicros(amount),
    );
    expect(fromMicros(signed.reduce((sum, micros) => sum + micros, 0n))).toBe('0.00');
  });

  test('are looked up by code', () => {
    expect(template('SUB-1').lines[0]).toEqual({ side: 'Dr', account: '1200', amount: '322.92' });
    expect(isTemplateCode('INV-1')).toBe(true);
    for (const code of ['SUB-99', '', 'toString']) expect(isTemplateCode(code)).toBe(false);
  });
});

describe('assertMatchesTemplate', () => {
  const entry = (receivable: string, deferred: string, tax: string) =>
    journalEntry({
      ...header,
      template: 'SUB-1@1',
      description: 'Growth, January',
      postings: [dr('1200', '299'), dr('1200', receivable), cr('2100', deferred), cr('2300', tax)],
    });

  test('adds up by side and account', () => {
    assertMatchesTemplate(entry('23.92', '299', '23.92'), 'SUB-1');
    expect(shapeOf(entry('23.92', '299', '23.92'))).toEqual(['Cr 2100', 'Cr 2300', 'Dr 1200']);
    expect(shapeOf(template('SUB-9'))).toEqual(['Cr 2100', 'Cr 2300', 'Dr 1200', 'Dr 2100']);
  });

  test('fails on another amount and on another account', () => {
    expect(() => assertMatchesTemplate(entry('23.93', '299.01', '23.92'), 'SUB-1')).toThrow(/SUB-1/);
    expect(() => assertMatchesTemplate(entry('23.92', '299', '23.92'), 'USE-2')).toThrow(/USE-2/);
  });
});
