import type { DocumentModel, Fact, Party, Passage, TotalRow } from '../model.ts';
import { ACCENT, atEnd, figures, INK, LINE, STYLES, TONES, WASH } from './look.ts';
import { MARGIN, type Sheet } from './sheet.ts';
import { lineHeight, MISSING, type TextStyle } from './typesetter.ts';

const FACT: TextStyle = { ...STYLES.soft, color: INK };
const FACT_GAP = 2.4;
const STAMP_PADDING = 9;
const GAP = 26;

/** Seller at the left, what it is and its number and status at the right. */
export function drawHeader(sheet: Sheet, model: DocumentModel): void {
  const { left, width, type } = sheet;
  const half = width / 2 - 10;
  const top = MARGIN;
  sheet.group('Sect', () => {
    sheet.y = top + 4;
    drawParty(sheet, model.seller, STYLES.seller, { x: left, width: half });
  });
  const sellerEnd = sheet.y;
  const x = left + width - half;
  sheet.y = top - 3;
  sheet.y += sheet.text('H1', model.heading, atEnd(STYLES.title), { x, y: sheet.y, width: half });
  if (model.number !== null) {
    sheet.y += sheet.text('P', model.number, atEnd(STYLES.number), { x, y: sheet.y, width: half });
  }
  const { ink, wash } = TONES[model.status.tone];
  const style: TextStyle = { ...STYLES.label, size: 9, color: ink };
  const stamp = type.width(model.status.label, style) + 2 * STAMP_PADDING;
  const height = lineHeight(style) + 5;
  const stampX = left + width - stamp;
  sheet.y += 5;
  sheet.box({ x: stampX, y: sheet.y, width: stamp, height }, wash, height / 2);
  sheet.text('P', model.status.label, style, { x: stampX + STAMP_PADDING, y: sheet.y + 2.4, width: stamp });
  sheet.y = Math.max(sellerEnd, sheet.y + height);
}

export function drawNotice(sheet: Sheet, { notice, status }: DocumentModel): void {
  if (notice === null) return;
  const { ink, wash } = TONES[status.tone];
  const style: TextStyle = { ...STYLES.body, color: ink, weight: 'strong' };
  const inner = sheet.width - 24;
  const height = sheet.type.height(notice, style, inner) + 14;
  sheet.y += 16;
  sheet.box({ x: sheet.left, y: sheet.y, width: sheet.width, height }, wash, 4);
  sheet.text('P', notice, style, { x: sheet.left + 12, y: sheet.y + 7, width: inner });
  sheet.y += height;
}

/** Bill to, the details, and the figure that the reader looks for. */
export function drawSummary(sheet: Sheet, model: DocumentModel): void {
  const { left, width } = sheet;
  sheet.y += 22;
  sheet.rule(left, sheet.y, width, LINE, 0.6);
  sheet.y += 18;
  const top = sheet.y;
  const columns = [0.31, 0.36, 0.33].map((share) => share * width);
  const [billing = 0, details = 0, headline = 0] = columns;
  const ends: number[] = [];
  sheet.group('Sect', () => {
    sheet.y += sheet.text('H2', 'Bill to', STYLES.label, { x: left, y: top, width: billing }) + 2;
    drawParty(sheet, model.billTo, STYLES.party, { x: left, width: billing - 18 });
  });
  ends.push(sheet.y);
  sheet.y = top;
  sheet.group('Sect', () => drawFacts(sheet, model.facts, { x: left + billing, width: details - 18 }));
  ends.push(sheet.y);
  sheet.y = top;
  drawHeadline(sheet, model.headline, { x: left + billing + details, width: headline });
  ends.push(sheet.y);
  sheet.y = Math.max(...ends);
}

interface Span {
  readonly x: number;
  readonly width: number;
}

function drawParty(sheet: Sheet, { name, lines }: Party, nameStyle: TextStyle, { x, width }: Span): void {
  sheet.y += sheet.text('P', name, nameStyle, { x, y: sheet.y, width }) + 1;
  for (const line of lines) sheet.y += sheet.text('P', line, STYLES.soft, { x, y: sheet.y, width });
}

function drawFacts(sheet: Sheet, facts: readonly Fact[], { x, width }: Span): void {
  const label = Math.max(...facts.map((fact) => sheet.type.width(fact.label, STYLES.soft))) + 12;
  const place = { x: x + label, width: width - label };
  sheet.group('L', () => {
    for (const { label: name, value } of facts) {
      sheet.group('LI', () => {
        sheet.text('Lbl', name, STYLES.soft, { x, y: sheet.y, width: label });
        sheet.tagged('LBody', {}, () => {
          sheet.y += sheet.type.set(value.text, FACT, place.x, sheet.y, place.width);
          if (value.utc === null) return;
          sheet.y += sheet.type.set(value.utc, STYLES.detail, place.x, sheet.y, place.width);
        });
      });
      sheet.y += FACT_GAP;
    }
  });
}

function drawHeadline(sheet: Sheet, headline: DocumentModel['headline'], { x, width }: Span): void {
  const inner = width - 28;
  const { type } = sheet;
  const texts = [
    [headline.label, STYLES.label],
    [headline.amount, fitting(sheet, headline.amount, STYLES.headline, inner)],
    ...(headline.detail === null ? [] : ([[headline.detail, STYLES.soft]] as const)),
  ] as const;
  const height = texts.reduce((sum, [text, style]) => sum + type.height(text, style, inner), 24);
  sheet.box({ x, y: sheet.y, width, height }, WASH, 5);
  const end = sheet.y + height;
  sheet.y += 12;
  sheet.group('Sect', () => {
    for (const [text, style] of texts) {
      sheet.y += sheet.text('P', text, style, { x: x + 14, y: sheet.y, width: inner });
    }
  });
  sheet.y = end;
}

/** The style, smaller if the text would not fit on one line in it. */
function fitting(sheet: Sheet, text: string, style: TextStyle, width: number): TextStyle {
  const needed = sheet.type.width(text, style);
  return needed <= width ? style : { ...style, size: Math.floor((style.size * width) / needed) };
}

const TOTALS_SHARE = 0.48;

export function drawTotals(sheet: Sheet, totals: readonly TotalRow[]): void {
  const width = sheet.width * TOTALS_SHARE;
  const x = sheet.left + sheet.width - width;
  const style = ({ weight }: TotalRow) => (weight === 'plain' ? STYLES.body : STYLES[weight]);
  const height = totals.reduce((sum, row) => sum + lineHeight(style(row)) + 14, 0);
  sheet.y += 20;
  sheet.room(height);
  sheet.group('Table', () => {
    for (const row of totals) {
      if (row.weight !== 'plain') {
        sheet.y += 3;
        const final = row.weight === 'final';
        sheet.rule(x, sheet.y, width, final ? INK : LINE, final ? 0.9 : 0.6);
        sheet.y += 4;
      }
      drawTotal(sheet, row, style(row), { x, width });
    }
  });
}

function drawTotal(sheet: Sheet, row: TotalRow, style: TextStyle, { x, width }: Span): void {
  const amountWidth = sheet.type.width(row.amount, figures(style)) + 1;
  const label: TextStyle = row.weight === 'plain' ? { ...STYLES.soft, size: style.size } : style;
  sheet.group('TR', () => {
    const y = sheet.y + 2;
    const place = { x, y, width: width - amountWidth - 10 };
    const height = sheet.text('TH', row.label, label, place, { scope: 'Row' });
    sheet.text('TD', row.amount, figures(style), { x: x + width - amountWidth, y, width: amountWidth });
    sheet.y = y + height + 3;
  });
}

export function drawPassage(sheet: Sheet, { heading, lines }: Passage): void {
  const inner = sheet.width - 32;
  const texts = [
    [heading, STYLES.heading, 'H2'],
    ...lines.map((line) => [line, STYLES.body, 'P'] as const),
  ] as const;
  const height = texts.reduce((sum, [text, style]) => sum + sheet.type.height(text, style, inner), 24);
  sheet.y += GAP;
  sheet.room(height);
  sheet.box({ x: sheet.left, y: sheet.y, width: sheet.width, height }, WASH, 3);
  sheet.box({ x: sheet.left, y: sheet.y, width: 2.5, height }, ACCENT, 0);
  const end = sheet.y + height;
  sheet.y += 11;
  sheet.group('Sect', () => {
    for (const [text, style, tag] of texts) {
      sheet.y += sheet.text(tag, text, style, { x: sheet.left + 18, y: sheet.y, width: inner });
    }
  });
  sheet.y = end;
}

const MISSING_NOTE = `${MISSING} stands for a character that the fonts of this file do not have. The web page of this document shows it.`;

export function drawFooter(sheet: Sheet, { notes, footer }: DocumentModel): void {
  const { type, width } = sheet;
  const all = type.missing.size === 0 ? notes : [...notes, MISSING_NOTE];
  const height = [...all, ...footer].reduce((sum, line) => sum + type.height(line, STYLES.fine, width), 30);
  sheet.y += GAP;
  sheet.room(height);
  sheet.rule(sheet.left, sheet.y, width, LINE, 0.6);
  sheet.y += 10;
  sheet.group('Sect', () => {
    for (const note of all) sheet.y += fine(sheet, note) + 1.5;
    if (footer.length > 0) sheet.y += 7;
    for (const line of footer) sheet.y += fine(sheet, line);
  });
}

function fine(sheet: Sheet, line: string): number {
  return sheet.text('P', line, STYLES.fine, { x: sheet.left, y: sheet.y, width: sheet.width });
}
