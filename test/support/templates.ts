import { expect } from 'vitest';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import type { Side } from '../../ledger/chart-of-accounts.ts';
import type { JournalEntry } from '../../ledger/journal-entry.ts';
import { type TemplateCode, template } from '../../ledger/templates.ts';

interface Line {
  readonly side: Side;
  readonly account: string;
  readonly amount: string;
}

/** Amounts by `Dr 1200`, added up; sorted by key. */
export function totalsOf(lines: readonly Line[]): Record<string, string> {
  const micros = new Map<string, bigint>();
  for (const { side, account, amount } of lines) {
    const key = `${side} ${account}`;
    micros.set(key, (micros.get(key) ?? 0n) + toMicros(amount));
  }
  return Object.fromEntries([...micros].sort().map(([key, sum]) => [key, fromMicros(sum)]));
}

/** The distinct sides and accounts of a template or an entry, sorted: `['Cr 2100', 'Dr 1200']`. */
export function shapeOf(of: { lines: readonly Line[] } | { postings: readonly Line[] }): string[] {
  return Object.keys(totalsOf('lines' in of ? of.lines : of.postings));
}

/** Fails unless the entry posts the template's worked amounts, added up by side and account. */
export function assertMatchesTemplate(entry: JournalEntry, code: TemplateCode): void {
  expect(totalsOf(entry.postings), `postings of ${code}`).toEqual(totalsOf(template(code).lines));
}
