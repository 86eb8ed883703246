import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creditNoteModel } from '../../api/documents/credit-note-model.ts';
import { renderHtml } from '../../api/documents/html/render.ts';
import { invoiceModel } from '../../api/documents/invoice-model.ts';
import type { DocumentModel } from '../../api/documents/model.ts';
import { type DocumentFonts, loadFonts } from '../../api/documents/pdf/fonts.ts';
import { renderPdf } from '../../api/documents/pdf/render.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { createReadModels, type ReadModels } from '../support/read-models.ts';
import { readPdf, type Structure } from './pdf-reader.ts';
import * as samples from './samples.ts';
import { creditNoteOf, long, type Sample, signUp, sourceOf, workedExample } from './samples.ts';
import { packed, textsOf, visibleText } from './texts.ts';

const UTC = { locale: 'en-US', timeZone: 'UTC' } as const;

let models: ReadModels;
let fonts: DocumentFonts;

beforeAll(async () => {
  [models, fonts] = await Promise.all([createReadModels(billingProjection), loadFonts()]);
});
afterAll(() => models?.close());

const modelOf = async (sample: Sample, presentation = UTC) =>
  invoiceModel(await sourceOf(models, sample), presentation);

const pdfOf = async (model: DocumentModel, paper: 'A4' | 'letter' = 'A4') =>
  readPdf(await renderPdf(model, { fonts, paper, compress: false }));

const creditNoteModelOf = async (sample: Sample) => creditNoteModel(await creditNoteOf(models, sample), UTC);

const DOCUMENTS: Record<string, () => Promise<DocumentModel>> = {
  'sign-up': () => modelOf(signUp),
  'worked example': () => modelOf(workedExample),
  upgrade: () => modelOf(samples.upgrade),
  'tax inclusive': () => modelOf(samples.inclusive),
  settled: () => modelOf(samples.settled),
  draft: () => modelOf(samples.draft),
  'past due': () => modelOf(samples.pastDue),
  void: () => modelOf(samples.voided),
  uncollectible: () => modelOf(samples.writtenOff),
  'two hundred lines': () => modelOf(long),
  'credit note, goodwill': () => creditNoteModelOf(samples.goodwill),
  'credit note, change of plan': () => creditNoteModelOf(samples.replaced),
  'credit note, usage': () => creditNoteModelOf(samples.usageCredited),
};

describe.each(Object.entries(DOCUMENTS))('%s', (_name, document) => {
  it('says in the page what the model says, in its order, and nothing else', async () => {
    const model = await document();
    expect(packed([visibleText(renderHtml(model))])).toBe(packed(textsOf(model)));
  });

  it.each(['A4', 'letter'] as const)('says the same in the PDF on %s', async (paper) => {
    const model = await document();
    const { pages } = await pdfOf(model, paper);
    const content = pages.flat().filter(({ artifact }) => !artifact);
    expect(packed(content.map(({ text }) => text))).toBe(packed(textsOf(model)));
  });

  it('gives the same bytes each time', async () => {
    const model = await document();
    const [first, second] = await Promise.all([1, 2].map(() => renderPdf(model, { fonts, paper: 'A4' })));
    expect(Buffer.compare(first ?? Buffer.of(), second ?? Buffer.of(1))).toBe(0);
  });
});

/** The long one is there for its page breaks: nobody looks through its lines. */
const LOOKED_AT = Object.entries(DOCUMENTS).filter(([name]) => name !== 'two hundred lines');

it.each(LOOKED_AT)('%s is the page that was looked at', async (name, document) => {
  const file = name.replace(/\W+/g, '-');
  await expect(renderHtml(await document())).toMatchFileSnapshot(`golden/${file}.html`);
});

describe('a PDF of two hundred lines', () => {
  it('repeats caption and head of the table on each of its pages, for eyes only', async () => {
    const { pages } = await pdfOf(await modelOf(long));
    expect(pages.length).toBeGreaterThan(5);
    const texts = pages.map((page) => page.map(({ text, artifact }) => `${artifact ? '~' : ''}${text}`));
    expect(texts[0]).toContain('Usage in January 2026');
    expect(texts[0]).toContain('Billable');
    const continued = texts
      .filter((page) => page.some((text) => text.includes('SMS segments sent')))
      .slice(1);
    expect(continued.length).toBeGreaterThan(1);
    for (const page of continued) {
      expect(page).toEqual(
        expect.arrayContaining(['~Usage in January 2026, continued', '~Billable', '~Amount']),
      );
    }
  });

  it('numbers its pages, names the document on later ones, and sets nothing outside of them', async () => {
    const { pages } = await pdfOf(await modelOf(long));
    for (const [index, page] of pages.entries()) {
      const texts = page.map(({ text }) => text);
      expect(texts).toContain(`Page ${index + 1} of ${pages.length}`);
      if (index > 0) expect(texts).toContain('Invoice INV-000001 · Aura Data Ltd');
      const content = page.filter(({ artifact }) => !artifact);
      expect(Math.min(...content.map(({ y }) => y))).toBeGreaterThan(50);
      expect(Math.max(...page.map(({ y }) => y))).toBeLessThan(842 - 20);
      expect(Math.min(...page.map(({ x }) => x))).toBeGreaterThanOrEqual(50);
      expect(Math.max(...page.map(({ x }) => x))).toBeLessThan(595 - 50);
    }
  });

  it('never sets two texts on one another', async () => {
    const { pages } = await pdfOf(await modelOf(long));
    for (const page of pages) {
      const places = page.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`);
      expect(new Set(places).size).toBe(places.length);
    }
  });
});

it('a PDF does not depend on those that were made before it with the same fonts', async () => {
  const named = (name: string, model: DocumentModel) => ({ ...model, billTo: { name, lines: [] } });
  const model = named('Aura’s “best” O’Neill', await modelOf(signUp));
  await renderPdf(named('Žluťoučký ľad ďaleko ŉ', model), { fonts, paper: 'A4' });
  const [later, alone] = [
    await renderPdf(model, { fonts, paper: 'A4', compress: false }),
    await renderPdf(model, { fonts: await loadFonts(), paper: 'A4', compress: false }),
  ];
  expect(Buffer.compare(later, alone)).toBe(0);
  expect(
    readPdf(later)
      .pages.flat()
      .map(({ text }) => text),
  ).toContain(model.billTo.name);
});

describe('structure of a PDF', () => {
  it('is tagged, in English, and shows its title', async () => {
    const { catalogue } = await pdfOf(await modelOf(workedExample));
    for (const entry of [
      '/Lang (en)',
      '/MarkInfo',
      '/StructTreeRoot',
      '/ViewerPreferences',
      '/OutputIntents',
    ]) {
      expect(catalogue).toContain(entry);
    }
  });

  it('has one heading, and tables whose heads say what they head', async () => {
    const { structure } = await pdfOf(await modelOf(workedExample));
    const all = flat(structure);
    expect(all.filter(({ type }) => type === 'H1')).toHaveLength(1);
    const [subscription, usage, totals] = all.filter(({ type }) => type === 'Table');
    expect(totals?.children).toHaveLength(4);
    for (const [table, rows, columns] of [
      [subscription, 1, 3],
      [usage, 8, 5],
    ] as const) {
      const parts = Object.fromEntries((table?.children ?? []).map((part) => [part.type, part.children]));
      const heads = parts['THead']?.[0]?.children ?? [];
      expect(heads.map(({ type, scope }) => `${type} ${scope}`)).toEqual(Array(columns).fill('TH Column'));
      expect(parts['TBody']).toHaveLength(rows);
      for (const row of parts['TBody'] ?? []) {
        const [first, ...others] = row.children.map(({ type, scope }) => `${type} ${scope}`);
        expect(first).toBe('TH Row');
        expect(others).toEqual(Array(columns - 1).fill('TD undefined'));
      }
    }
  });
});

describe('writing systems', () => {
  const named = async (name: string) => {
    const source = await sourceOf(models, signUp);
    return pdfOf(invoiceModel({ ...source, customer: { name, email: null, erased: false } }, UTC));
  };

  it.each(['Žluťoučký kůň a Søn', 'Ωμέγα Α.Ε.', 'ООО «Ромашка»', 'Công ty Nguyễn', 'Łódź — “€ & ₹”'])(
    'sets %s with the built-in font',
    async (name) => {
      const texts = (await named(name)).pages.flat().map(({ text }) => text);
      expect(packed(texts)).toContain(packed([name]));
      expect(packed(texts)).not.toContain('□');
    },
  );

  it('shows a box for each character that no font has, and says so', async () => {
    const texts = (await named('Sony ソニー')).pages.flat().map(({ text }) => text);
    expect(packed(texts)).toContain('Sony□□□');
    expect(texts.join(' ')).toContain('stands for a character that the fonts of this file do not have');
  });

  it('refuses a font file that is none', async () => {
    await expect(loadFonts('package.json')).rejects.toThrow('DOCUMENT_FONTS: package.json');
    await expect(loadFonts('no/such/font.ttf')).rejects.toThrow('DOCUMENT_FONTS: no/such/font.ttf');
  });
});

function flat(structure: Structure): Structure[] {
  return [structure, ...structure.children.flatMap(flat)];
}
