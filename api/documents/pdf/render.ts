import PDFDocument from 'pdfkit';
import type { DocumentModel } from '../model.ts';
import type { DocumentFonts } from './fonts.ts';
import { ACCENT, STYLES } from './look.ts';
import { drawFooter, drawHeader, drawNotice, drawPassage, drawSummary, drawTotals } from './parts.ts';
import { MARGIN, PAPERS, type Paper, Sheet } from './sheet.ts';
import { drawTable } from './table.ts';
import { Typesetter } from './typesetter.ts';

export interface PdfOptions {
  readonly fonts: DocumentFonts;
  readonly paper: Paper;
  /** Streams are compressed unless told otherwise. */
  readonly compress?: boolean;
}

const BAR = 5;

/**
 * A document as a tagged PDF, made in one go: documents share fonts. The same model gives the same bytes: its dates are the document's, and nothing
 * in it is random.
 */
export async function renderPdf(
  model: DocumentModel,
  { fonts, paper, compress = true }: PdfOptions,
): Promise<Uint8Array> {
  const issued = new Date(model.issuedAt);
  const document = new PDFDocument({
    size: [...PAPERS[paper]],
    margin: 0,
    bufferPages: true,
    compress,
    pdfVersion: '1.7',
    subset: 'PDF/A-2a',
    tagged: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: model.title,
      Author: model.seller.name,
      Creator: 'Aura Ledger',
      Producer: 'Aura Ledger',
      CreationDate: issued,
      ModDate: issued,
    },
  });
  const written = collect(document);
  const sheet = new Sheet(document, new Typesetter(document, fonts));
  drawHeader(sheet, model);
  drawNotice(sheet, model);
  drawSummary(sheet, model);
  for (const table of model.tables) drawTable(sheet, table);
  if (model.totals.length > 0) drawTotals(sheet, model.totals);
  for (const table of model.settlements) drawTable(sheet, table);
  if (model.instructions !== null) drawPassage(sheet, model.instructions);
  drawFooter(sheet, model);
  sheet.close();
  drawFurniture(sheet, model);
  document.end();
  return written;
}

/** Page numbers, and on later pages whose document it is. */
function drawFurniture({ document, type, left, width }: Sheet, model: DocumentModel): void {
  const { count } = document.bufferedPageRange();
  const name = [model.title, model.seller.name].join(' · ');
  for (let index = 0; index < count; index += 1) {
    document.switchToPage(index);
    const { height, width: across } = document.page;
    document.markContent('Artifact', { type: 'Pagination' });
    if (index === 0) document.rect(0, 0, across, BAR).fill(ACCENT);
    else type.set(name, STYLES.fine, left, MARGIN - 20, width);
    const page = `Page ${index + 1} of ${count}`;
    type.set(page, { ...STYLES.fine, align: 'end' }, left, height - MARGIN + 8, width);
    document.endMarkedContent();
  }
}

async function collect(document: PDFKit.PDFDocument): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of document) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
