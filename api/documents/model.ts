import type { Instant } from '../../domain/kernel/time.ts';
import type { Stated } from './presentation.ts';

export type Tone = 'neutral' | 'good' | 'warning' | 'bad';

export interface Party {
  readonly name: string;
  /** Address, e-mail, ids: one a line. */
  readonly lines: readonly string[];
}

export interface Fact {
  readonly label: string;
  readonly value: Stated;
  /** The instant that it is about, for machines. */
  readonly at: Instant | null;
}

export interface Column {
  readonly label: string;
  /** Figures stand at the end of their column. */
  readonly align: 'start' | 'end';
}

/** Widths of the columns of each kind of table, in percent. */
export const COLUMN_WIDTHS = {
  items: [35, 46, 19],
  reductions: [81, 19],
  meters: [37, 15, 14, 15, 19],
  settlements: [24, 56, 20],
} as const;

export interface Cell {
  readonly text: string;
  /** Smaller lines below. */
  readonly details: readonly string[];
}

/** A table whose first column names its rows and whose last one holds amounts. */
export interface DocumentTable {
  readonly heading: string;
  readonly layout: keyof typeof COLUMN_WIDTHS;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sum of the last column; null where there is nothing to add up. */
  readonly sum: { readonly label: string; readonly amount: string } | null;
}

export interface TotalRow {
  readonly label: string;
  readonly amount: string;
  readonly weight: 'plain' | 'strong' | 'final';
}

export interface Passage {
  readonly heading: string;
  readonly lines: readonly string[];
}

/**
 * A document as its reader sees it, all figures and dates in words. The page and the PDF are both made from it
 * and add nothing, so that they say the same. Texts are plain: each renderer escapes them its own way.
 */
export interface DocumentModel {
  /** `Invoice`, `Draft invoice`, `Credit note` */
  readonly heading: string;
  /** `INV-000042`; null as long as there is none. */
  readonly number: string | null;
  /** Of window and file properties. */
  readonly title: string;
  /** Without extension. */
  readonly fileName: string;
  readonly issuedAt: Instant;
  readonly status: { readonly label: string; readonly tone: Tone };
  /** What a reader must know before anything else: a draft, a void invoice. */
  readonly notice: string | null;
  readonly seller: Party;
  readonly billTo: Party;
  readonly facts: readonly Fact[];
  /** The one figure that the reader looks for. */
  readonly headline: { readonly label: string; readonly amount: string; readonly detail: string | null };
  readonly tables: readonly DocumentTable[];
  readonly totals: readonly TotalRow[];
  /** What was paid, credited and refunded, below the totals. */
  readonly settlements: readonly DocumentTable[];
  readonly instructions: Passage | null;
  readonly notes: readonly string[];
  readonly footer: readonly string[];
}

export function plainFact(label: string, text: string): Fact {
  return { label, value: { text, utc: null }, at: null };
}

export function cell(text: string, ...details: readonly (string | null)[]): Cell {
  return { text, details: details.filter((detail) => detail !== null) };
}

/** A period in a cell, with UTC below where it reads differently. */
export function statedCell({ text, utc }: Stated): Cell {
  return cell(text, utc);
}
