import { z } from 'zod';
import { creditNoteModel } from '../documents/credit-note-model.ts';
import { renderHtml } from '../documents/html/render.ts';
import { DOCUMENT_POLICY } from '../documents/html/style.ts';
import { invoiceModel } from '../documents/invoice-model.ts';
import type { DocumentModel } from '../documents/model.ts';
import { renderPdf } from '../documents/pdf/render.ts';
import type { Paper } from '../documents/pdf/sheet.ts';
import { DOCUMENT_LOCALES, type DocumentLocale, timeZone, UTC } from '../documents/presentation.ts';
import { rawBody } from '../http/raw.ts';
import type { QueryContext } from '../http/types.ts';
import { creditNoteSource, invoiceSource } from './document-sources.ts';
import { id } from './schemas.ts';
import { route, type Services } from './services.ts';

const TAGS = ['Invoices'];
const ROLES = ['admin', 'finance', 'auditor', 'customer'] as const;

const presentation = {
  locale: z
    .enum(DOCUMENT_LOCALES)
    .default('en-US')
    .describe('How numbers and dates are written; the words are English.'),
  timeZone: timeZone
    .default(UTC)
    .describe('IANA time zone in which dates are shown. Boundaries are UTC, and stated where they differ.'),
};
const paper = z
  .enum(['A4', 'letter'])
  .optional()
  .describe('Size of the pages. Not given: letter with en-US, else A4.');

const pageQuery = z.strictObject(presentation);
const pdfQuery = z.strictObject({ ...presentation, paper });
const invoiceParams = z.strictObject({ invoiceId: id });
const creditNoteParams = z.strictObject({ creditNoteId: id });

export const documentRoutes = [
  route({
    operationId: 'getInvoiceDocument',
    method: 'get',
    path: '/v1/invoices/:invoiceId/document',
    summary: 'An invoice as a page to read and print',
    description: 'Stands by itself: no script, nothing from elsewhere. Says the same as the PDF.',
    tags: TAGS,
    roles: ROLES,
    kind: 'query',
    reads: ['billing'],
    customerScope: 'handler',
    request: { params: invoiceParams, query: pageQuery },
    response: rawBody,
    produces: 'text/html',
    errors: ['invoice-not-found'],
    async handler({ params, query }, context) {
      return page(invoiceModel(await invoiceSource(params.invoiceId, context), query));
    },
  }),
  route({
    operationId: 'getInvoicePdf',
    method: 'get',
    path: '/v1/invoices/:invoiceId/pdf',
    summary: 'An invoice as PDF',
    description: 'Tagged, with embedded fonts. The same invoice gives the same bytes.',
    tags: TAGS,
    roles: ROLES,
    kind: 'query',
    reads: ['billing'],
    customerScope: 'handler',
    request: { params: invoiceParams, query: pdfQuery },
    response: rawBody,
    produces: 'application/pdf',
    errors: ['invoice-not-found'],
    async handler({ params, query }, context) {
      return pdf(invoiceModel(await invoiceSource(params.invoiceId, context), query), query, context);
    },
  }),
  route({
    operationId: 'getCreditNoteDocument',
    method: 'get',
    path: '/v1/credit-notes/:creditNoteId/document',
    summary: 'A credit note as a page to read and print',
    description: 'Names the invoice that it corrects, and where its amount went.',
    tags: TAGS,
    roles: ROLES,
    kind: 'query',
    reads: ['billing'],
    customerScope: 'handler',
    request: { params: creditNoteParams, query: pageQuery },
    response: rawBody,
    produces: 'text/html',
    errors: ['credit-note-not-found'],
    async handler({ params, query }, context) {
      return page(creditNoteModel(await creditNoteSource(params.creditNoteId, context), query));
    },
  }),
  route({
    operationId: 'getCreditNotePdf',
    method: 'get',
    path: '/v1/credit-notes/:creditNoteId/pdf',
    summary: 'A credit note as PDF',
    description: 'Tagged, with embedded fonts. The same credit note gives the same bytes.',
    tags: TAGS,
    roles: ROLES,
    kind: 'query',
    reads: ['billing'],
    customerScope: 'handler',
    request: { params: creditNoteParams, query: pdfQuery },
    response: rawBody,
    produces: 'application/pdf',
    errors: ['credit-note-not-found'],
    async handler({ params, query }, context) {
      return pdf(
        creditNoteModel(await creditNoteSource(params.creditNoteId, context), query),
        query,
        context,
      );
    },
  }),
];

type Context = QueryContext<Services>;

function page(model: DocumentModel) {
  return {
    body: renderHtml(model),
    headers: {
      'Content-Security-Policy': DOCUMENT_POLICY,
      'Content-Disposition': `inline; filename="${model.fileName}.html"`,
      'Content-Language': 'en',
    },
  };
}

interface PdfQuery {
  readonly locale: DocumentLocale;
  readonly paper?: Paper | undefined;
}

async function pdf(model: DocumentModel, { locale, paper: size }: PdfQuery, { services }: Context) {
  const { fonts } = services.documents;
  return {
    body: await renderPdf(model, { fonts, paper: size ?? (locale === 'en-US' ? 'letter' : 'A4') }),
    headers: {
      'Content-Disposition': `inline; filename="${model.fileName}.pdf"`,
      'Content-Language': 'en',
    },
  };
}
