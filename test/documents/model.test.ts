import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creditNoteModel } from '../../api/documents/credit-note-model.ts';
import { renderHtml } from '../../api/documents/html/render.ts';
import { invoiceModel } from '../../api/documents/invoice-model.ts';
import type { DocumentModel, DocumentTable } from '../../api/documents/model.ts';
import { missingSellerSettings, sellerFrom } from '../../api/documents/parties.ts';
import { formatsFor } from '../../api/documents/presentation.ts';
import { meterName, priceText } from '../../api/documents/price-text.ts';
import { loadConfig } from '../../platform/config.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { createReadModels, type ReadModels } from '../support/read-models.ts';
import {
  creditNoteOf,
  draft,
  goodwill,
  inclusive,
  long,
  pastDue,
  replaced,
  type Sample,
  settled,
  signUp,
  sourceOf,
  upgrade,
  usageCredited,
  voided,
  workedExample,
  writtenOff,
} from './samples.ts';

const UTC = { locale: 'en-US', timeZone: 'UTC' } as const;

let models: ReadModels;
beforeAll(async () => {
  models = await createReadModels(billingProjection);
});
afterAll(() => models?.close());

const modelOf = async (sample: Sample) => invoiceModel(await sourceOf(models, sample), UTC);

/** Cents of an amount as it is shown. */
const cents = (shown: string) => Number(shown.replace('−', '-').replace(/[^\d-]/g, ''));
const amounts = ({ rows }: DocumentTable) => rows.map((row) => cents(row.at(-1)?.text ?? ''));
const total = (model: DocumentModel, label: string) =>
  cents(model.totals.find((row) => row.label.startsWith(label))?.amount ?? '');

const sum = (parts: readonly number[]) => parts.reduce((all, part) => all + part, 0);
const INVOICES = {
  signUp,
  workedExample,
  upgrade,
  inclusive,
  settled,
  goodwill,
  pastDue,
  voided,
  writtenOff,
  long,
};

describe.each(Object.entries(INVOICES))('figures of %s', (_name, sample) => {
  it('add up as they are shown, in each group, to the totals and to what is due', async () => {
    const source = await sourceOf(models, sample);
    const model = invoiceModel(source, UTC);
    const lines = model.tables.flatMap(amounts);
    expect(lines).toHaveLength(source.invoice.lines.length);
    expect(sum(lines)).toBe(total(model, source.invoice.taxInclusive ? 'Total' : 'Net'));
    for (const table of model.tables) {
      if (table.sum !== null) expect(cents(table.sum.amount)).toBe(sum(amounts(table)));
    }
    expect(total(model, 'Net') + total(model, 'Tax')).toBe(total(model, 'Total'));
    expect(total(model, 'Total')).toBe(cents(source.invoice.total));
    const [, , ...fromTotal] = model.totals.map(({ amount }) => cents(amount));
    expect(sum(fromTotal.slice(0, -1))).toBe(fromTotal.at(-1));
    expect(cents(model.headline.amount)).toBe(total(model, 'Amount due'));
    expect(total(model, 'Amount due')).toBe(cents(source.invoice.due));
  });
});

describe.each(Object.entries({ goodwill, replaced, usageCredited }))('credit note of %s', (_name, sample) => {
  it('adds up as it is shown: its lines, tax, and where the amount went', async () => {
    const source = await creditNoteOf(models, sample);
    const model = creditNoteModel(source, UTC);
    expect(sum(model.tables.flatMap(amounts))).toBe(total(model, 'Net'));
    const [net, tax, credited, ...went] = model.totals.map(({ amount }) => cents(amount));
    expect((net ?? 0) + (tax ?? 0)).toBe(credited);
    expect(sum(went)).toBe(credited);
    expect(cents(model.headline.amount)).toBe(cents(source.creditNote.total));
  });

  it('names the invoice that it corrects, which names it', async () => {
    const source = await creditNoteOf(models, sample);
    const model = creditNoteModel(source, UTC);
    expect(model.status.label).toBe('Corrects INV-000001');
    const invoice = invoiceModel({ ...source, numbers: new Map() }, UTC);
    const notes = invoice.settlements.find(({ heading }) => heading === 'Credit notes');
    expect(notes?.rows.map((row) => row[1]?.text)).toEqual([`Credit note ${model.number}`]);
  });

  it('that does not add up is not shown', async () => {
    const source = await creditNoteOf(models, sample);
    const creditNote = { ...source.creditNote, toCredit: '0.01' };
    expect(() => creditNoteModel({ ...source, creditNote }, UTC)).toThrow('does not add up');
  });
});

describe('what an invoice says in each status', () => {
  it.each([
    ['draft', draft, 'Draft', 'It becomes final on Feb 2, 2026'],
    ['open', signUp, 'Open', null],
    ['past due', pastDue, 'Past due', 'Payment was due on Feb 9, 2026.'],
    ['void', voided, 'Void', 'This invoice is void.'],
    ['uncollectible', writtenOff, 'Uncollectible', 'written off'],
    ['paid', upgrade, 'Paid', null],
  ] as const)('%s', async (_status, sample, label, notice) => {
    const model = await modelOf(sample);
    expect(model.status.label).toBe(label);
    if (notice === null) expect(model.notice).toBeNull();
    else expect(model.notice).toContain(notice);
    expect(model.instructions === null).toBe(label !== 'Open' && label !== 'Past due');
  });

  it('a draft has no number, no figures and no due date', async () => {
    const model = await modelOf(draft);
    expect([model.number, model.tables, model.totals]).toEqual([null, [], []]);
    expect(model.title).toBe('Draft invoice inv-sample');
    expect(model.facts.map(({ label }) => label)).toEqual(['Drafted', 'Usage month', 'Currency']);
  });
});

describe('what settled an invoice', () => {
  it('is listed with its date: own funds, money, what was too much, refunds', async () => {
    const model = await modelOf(settled);
    const [payments, refunds] = model.settlements;
    expect(payments?.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['Feb 1, 2026', 'Credit balance', '$25.50'],
      ['Feb 1, 2026', 'Prepaid wallet', '$150.00'],
      ['Feb 10, 2026', 'Bank transfer', '$1,012.81'],
    ]);
    expect(payments?.rows[2]?.[1]?.details).toEqual(['Of $1,200.00, $187.19 went to your credit balance']);
    expect(refunds?.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['Feb 12, 2026', 'Refund by bank transfer', '$54.00'],
    ]);
  });

  it('after a write-off is shown as such and changes nothing that is due', async () => {
    const model = await modelOf(writtenOff);
    expect(model.settlements[0]?.rows[1]?.[1]?.details).toEqual(['After the invoice was written off']);
    expect(total(model, 'Written off')).toBe(-200_00);
  });
});

describe('prices that include tax', () => {
  it('are shown as they were agreed, with the coupon, and the tax in them below', async () => {
    const model = await modelOf(inclusive);
    expect(model.tables[0]?.columns.at(-1)?.label).toBe('Amount incl. tax');
    expect(model.tables[0]?.rows[0]?.map(({ text }) => text).at(-1)).toBe('€639.20');
    expect(model.tables[0]?.rows[0]?.[0]?.details).toEqual(['Less 20 % (SPRING)']);
    expect(model.totals.map(({ label }) => label)).toContain('Tax, 19%, included in the prices');
    expect(model.notes.join(' ')).toContain('include tax');
  });
});

describe('an invoice', () => {
  it('that does not add up is not shown', async () => {
    const source = await sourceOf(models, signUp);
    const tampered = { ...source, invoice: { ...source.invoice, total: '225.54' } };
    expect(() => invoiceModel(tampered, UTC)).toThrow('does not add up');
  });

  it('groups its lines, and says what usage cost and what came late', async () => {
    const { tables } = await modelOf(upgrade);
    expect(tables.map(({ heading }) => heading)).toEqual([
      'Subscription',
      'Usage in December 2025, recorded late',
      'Credit for unused time',
    ]);
    expect(tables[2]?.rows[0]?.[0]?.text).toBe('Unused time on invoice INV-000007');
  });

  it('says how to pay only while something is due', async () => {
    expect((await modelOf(workedExample)).instructions?.lines.at(-1)).toBe('Reference: INV-000001');
    expect((await modelOf(upgrade)).instructions).toBeNull();
  });
});

describe('who it is for', () => {
  it('a customer whose name was erased is named by its id, and the figures stay', async () => {
    const source = await sourceOf(models, workedExample);
    const erased = invoiceModel({ ...source, customer: { name: null, email: null, erased: true } }, UTC);
    expect(erased.billTo).toEqual({
      name: 'Customer acme',
      lines: ['Name and e-mail address were erased on request.'],
    });
    expect(erased.totals).toEqual(invoiceModel(source, UTC).totals);
  });

  it('a customer without a name is named by its id', async () => {
    const source = await sourceOf(models, signUp);
    expect(invoiceModel({ ...source, customer: undefined }, UTC).billTo).toEqual({
      name: 'Customer acme',
      lines: [],
    });
  });

  it('a name is text on the page whatever it holds', async () => {
    const source = await sourceOf(models, signUp);
    const name = '<script>alert("1")</script> & \'Söhne\'\u202e\u0007';
    const html = renderHtml(invoiceModel({ ...source, customer: { name, email: null, erased: false } }, UTC));
    expect(html).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;Söhne&#39;</strong>',
    );
    expect(html).not.toContain('<script');
    for (const unseen of ['\u202e', '\u0007']) expect(html).not.toContain(unseen);
  });
});

describe('who it is from', () => {
  it('comes from the settings, lines apart by line breaks or as written in one line', () => {
    const config = loadConfig({
      SELLER_NAME: 'Aura Data Ltd',
      SELLER_ADDRESS: '12 Harbour Street\\nDublin\nIreland',
      SELLER_TAX_ID: 'IE1234567T',
      SELLER_EMAIL: 'billing@aura.example',
      PAYMENT_INSTRUCTIONS: 'By bank transfer\\nwithin 30 days',
      INVOICE_FOOTER: 'Registered in Ireland',
    });
    expect(missingSellerSettings(config)).toEqual([]);
    expect(sellerFrom(config)).toEqual({
      party: {
        name: 'Aura Data Ltd',
        lines: ['12 Harbour Street', 'Dublin', 'Ireland', 'Tax ID IE1234567T', 'billing@aura.example'],
      },
      instructions: ['By bank transfer', 'within 30 days'],
      footer: ['Registered in Ireland'],
    });
  });

  it('is a placeholder where the settings are missing', () => {
    const config = loadConfig({});
    expect(missingSellerSettings(config)).toEqual(['SELLER_NAME', 'SELLER_ADDRESS']);
    const { party } = sellerFrom(config);
    expect([party.name, ...party.lines].join(' ')).toMatch(/SELLER_NAME.*SELLER_ADDRESS/);
  });
});

describe('the price of a usage line', () => {
  const formats = formatsFor(UTC, 'USD');
  const price = (meter: string, billable: string, accrued: string) =>
    priceText({ meter, month: '2026-01', billable, accrued }, formats);

  it.each([
    ['event.tracked', '20000000', '200', '$0.00001 per event'],
    ['data.exported', '1500', '0.10', '$0.05 per started 1,000 rows'],
    ['api.called', '100000', '10', '$0.0001 per call'],
    ['api.called', '12000000', '1120', 'Per call: $0.0001 up to 10,000,000, then $0.00006'],
    ['email.sent', '300000', '240', '$0.0008 per e-mail, volume price up to 1,000,000'],
    ['email.sent', '20000000', '8000', '$0.0004 per e-mail, volume price at this volume'],
    ['ai.brief_generated', '1200', '2350', 'Per brief: $2.50 up to 100, $2.00 up to 1,000, then $1.50'],
  ])('%s, %s units for %s: the list price, where it is that', (meter, billable, accrued, text) => {
    expect(price(meter, billable, accrued)).toBe(text);
  });

  it('is the average where the list price does not give the amount', () => {
    expect(price('api.called', '100000', '9.5')).toBe('on average $0.000095 each');
    expect(price('custom.meter', '3', '1')).toBe('on average $0.333333 each');
    expect(meterName('custom.meter')).toBe('custom.meter');
  });

  it('is none where nothing was billable or the amount went down', () => {
    expect(price('api.called', '0', '0')).toBeNull();
    expect(price('email.sent', '10', '-4')).toBeNull();
  });
});
