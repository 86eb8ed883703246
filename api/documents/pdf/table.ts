import { type Cell, COLUMN_WIDTHS, type Column, type DocumentTable } from '../model.ts';
import { atEnd, figures, INK, LINE, STYLES } from './look.ts';
import type { Sheet } from './sheet.ts';
import { lineHeight, type TextStyle } from './typesetter.ts';

const PADDING = 4.6;
const GUTTER = 10;
const SPACE_BEFORE = 20;
const CAPTION_GAP = 7;

interface Track extends Column {
  readonly x: number;
  readonly width: number;
}

/** A table that goes over as many pages as it needs; its caption and head come again on each of them. */
export function drawTable(sheet: Sheet, table: DocumentTable): void {
  const tracks = tracksOf(sheet, table);
  const heights = table.rows.map((row) => rowHeight(sheet, tracks, row));
  const head = headHeight(sheet, tracks);
  const sum = table.sum === null ? 0 : lineHeight(STYLES.body) + 2 * PADDING;
  const needed = (index: number) => (heights[index] ?? 0) + (index === table.rows.length - 1 ? sum : 0);
  sheet.y += SPACE_BEFORE;
  sheet.room(head + needed(0));
  sheet.group('Table', () => {
    drawHead(sheet, table, tracks);
    sheet.group('TBody', () => {
      for (const [index, row] of table.rows.entries()) {
        if (sheet.room(needed(index))) repeatHead(sheet, table, tracks);
        drawRow(sheet, tracks, row, heights[index] ?? 0);
      }
    });
    if (table.sum !== null) drawSum(sheet, table.sum);
  });
}

function tracksOf({ left, width }: Sheet, { layout, columns }: DocumentTable): readonly Track[] {
  const shares = COLUMN_WIDTHS[layout];
  let x = left;
  return columns.map((column, index) => {
    const whole = (width * (shares[index] ?? 0)) / 100;
    const gutter = index === 0 ? 0 : GUTTER;
    const track = { ...column, x: x + gutter, width: whole - gutter };
    x += whole;
    return track;
  });
}

function headHeight(sheet: Sheet, tracks: readonly Track[]): number {
  const labels = tracks.map(({ label, width }) => sheet.type.height(label, STYLES.label, width));
  return lineHeight(STYLES.heading) + CAPTION_GAP + Math.max(...labels) + PADDING;
}

function drawHead(sheet: Sheet, { heading }: DocumentTable, tracks: readonly Track[]): void {
  const place = { x: sheet.left, y: sheet.y, width: sheet.width };
  sheet.y += sheet.text('Caption', heading, STYLES.heading, place) + CAPTION_GAP;
  sheet.group('THead', () => {
    sheet.group('TR', () => {
      const heights = tracks.map(({ x, width, label, align }) =>
        sheet.text('TH', label, aligned(STYLES.label, align), { x, y: sheet.y, width }, { scope: 'Column' }),
      );
      sheet.y += Math.max(...heights) + PADDING - 1;
    });
  });
  sheet.rule(sheet.left, sheet.y, sheet.width, INK, 0.9);
}

/** The head again after a page break, for eyes only: the structure has it once. */
function repeatHead(sheet: Sheet, { heading }: DocumentTable, tracks: readonly Track[]): void {
  sheet.artifact('Pagination', () => {
    const { left, width, type } = sheet;
    sheet.y += type.set(`${heading}, continued`, STYLES.heading, left, sheet.y, width) + CAPTION_GAP;
    const heights = tracks.map((track) =>
      type.set(track.label, aligned(STYLES.label, track.align), track.x, sheet.y, track.width),
    );
    sheet.y += Math.max(...heights) + PADDING - 1;
  });
  sheet.rule(sheet.left, sheet.y, sheet.width, INK, 0.9);
}

function drawRow(sheet: Sheet, tracks: readonly Track[], row: readonly Cell[], height: number): void {
  const top = sheet.y + PADDING;
  sheet.group('TR', () => {
    for (const [index, track] of tracks.entries()) {
      const content = row[index];
      if (content === undefined) continue;
      const first = index === 0;
      sheet.tagged(first ? 'TH' : 'TD', first ? { scope: 'Row' } : {}, () => {
        const style = first ? STYLES.item : track.align === 'end' ? figures(STYLES.body) : STYLES.body;
        let y = top + sheet.type.set(content.text, style, track.x, top, track.width);
        for (const detail of content.details) {
          y += sheet.type.set(detail, aligned(STYLES.detail, track.align), track.x, y, track.width);
        }
      });
    }
  });
  sheet.y += height;
  sheet.rule(sheet.left, sheet.y, sheet.width, LINE, 0.6);
}

function drawSum(sheet: Sheet, { label, amount }: NonNullable<DocumentTable['sum']>): void {
  const place = { x: sheet.left, y: sheet.y + PADDING, width: sheet.width };
  sheet.group('TFoot', () => {
    sheet.group('TR', () => {
      sheet.text('TH', label, STYLES.soft, { ...place, width: sheet.width * 0.7 }, { scope: 'Row' });
      sheet.y += PADDING + sheet.text('TD', amount, figures(STYLES.item), place) + PADDING;
    });
  });
}

function rowHeight(sheet: Sheet, tracks: readonly Track[], row: readonly Cell[]): number {
  const heights = tracks.map(({ width }, index) => {
    const content = row[index];
    if (content === undefined) return 0;
    const text = sheet.type.height(content.text, index === 0 ? STYLES.item : STYLES.body, width);
    return content.details.reduce(
      (sum, detail) => sum + sheet.type.height(detail, STYLES.detail, width),
      text,
    );
  });
  return Math.max(...heights) + 2 * PADDING;
}

function aligned(style: TextStyle, align: Column['align']): TextStyle {
  return align === 'end' ? atEnd(style) : style;
}
