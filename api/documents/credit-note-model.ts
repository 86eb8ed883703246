import { centsString, decimal } from '../../domain/kernel/money.ts';
import type { CreditNoteView, InvoiceDetails } from '../../projections/billing/views.ts';
import type { InvoiceSource } from './invoice-model.ts';
import { planName } from './line-tables.ts';
import { type Cell, cell, type DocumentModel, type DocumentTable, plainFact, statedCell } from './model.ts';
import { creditNoteNumber, invoiceNames } from './numbers.ts';
import { billToParty } from './parties.ts';
import { type Formats, formatsFor, type Presentation, timeNote } from './presentation.ts';
import { meterName } from './price-text.ts';

export interface CreditNoteSource extends Omit<InvoiceSource, 'numbers'> {
  /** One of the invoice's. */
  readonly creditNote: CreditNoteView;
}

const CAUSES: Readonly<Record<CreditNoteView['cause'], string>> = {
  goodwill: 'Goodwill',
  change: 'Change of plan',
  pause: 'Pause',
  cancellation: 'Cancellation',
  usage: 'Usage corrected',
  'write-off': 'Service ended after non-payment',
};

type Line = CreditNoteView['lines'][number];

/**
 * The credit note as its customer sees it, naming the invoice that it corrects.
 * @throws Error if its figures do not add up
 */
export function creditNoteModel(source: CreditNoteSource, presentation: Presentation): DocumentModel {
  const { creditNote: note, invoice, customer, seller } = source;
  requireFooting(note);
  const formats = formatsFor(presentation, note.currency);
  const number = creditNoteNumber(note.number);
  const corrected = invoiceNames(
    invoice.number === null ? new Map() : new Map([[invoice.invoiceId, invoice.number]]),
  )(invoice.invoiceId);
  const issued = formats.day(invoice.effectiveAt);
  return {
    heading: 'Credit note',
    number,
    title: `Credit note ${number}`,
    fileName: number,
    issuedAt: note.issuedAt,
    status: { label: `Corrects ${corrected}`, tone: 'neutral' },
    notice: null,
    seller: seller.party,
    billTo: billToParty(note.customerId, customer),
    facts: [
      plainFact('Number', number),
      { label: 'Issue date', value: formats.day(note.issuedAt), at: note.issuedAt },
      plainFact('Invoice', corrected),
      { label: 'Invoice date', value: issued, at: invoice.effectiveAt },
      plainFact('Cause', CAUSES[note.cause]),
      plainFact('Currency', note.currency),
    ],
    headline: { label: 'Credited', amount: formats.money(note.total), detail: `on invoice ${corrected}` },
    tables: [creditTable(note, invoice, formats)],
    totals: [
      { label: 'Net credited', amount: formats.money(note.net), weight: 'plain' },
      {
        label: `Tax credited, ${formats.percent(invoice.taxRate)}`,
        amount: formats.money(note.tax),
        weight: 'plain',
      },
      { label: 'Total credited', amount: formats.money(note.total), weight: 'final' },
      ...destinations(note, corrected, formats),
    ],
    settlements: [],
    instructions: null,
    notes: [
      ...(note.reason === '' ? [] : [`Reason: ${note.reason}`]),
      `This credit note corrects invoice ${corrected} of ${issued.text}. Tax is credited at the invoice’s rate.`,
      timeNote(formats),
    ],
    footer: seller.footer,
  };
}

function destinations(note: CreditNoteView, corrected: string, { money }: Formats): DocumentModel['totals'] {
  const all = [
    [`Lowers what is owed on ${corrected}`, note.toReceivable],
    ['Goes to your credit balance', note.toCredit],
  ] as const;
  return all
    .filter(([, amount]) => !decimal(amount).eq(0))
    .map(([label, amount]) => ({ label, amount: money(amount), weight: 'plain' }));
}

function creditTable(note: CreditNoteView, invoice: InvoiceDetails, formats: Formats): DocumentTable {
  const { replacement } = note;
  const rows = note.lines.map((line) => [
    ...lineCells(line, invoice, formats),
    cell(formats.money(line.amount)),
  ]);
  const replaced =
    replacement === null
      ? []
      : [
          [
            cell(`Less: ${planName(replacement)}`, 'Takes its place'),
            statedCell(formats.period(replacement)),
            cell(formats.money(decimal(replacement.amount).neg().toFixed(2))),
          ],
        ];
  return {
    heading: 'What is credited',
    layout: 'items',
    columns: [
      { label: 'Description', align: 'start' },
      { label: 'Service period', align: 'start' },
      { label: 'Amount, net', align: 'end' },
    ],
    rows: [...rows, ...replaced],
    sum: null,
  };
}

function lineCells(line: Line, invoice: InvoiceDetails, formats: Formats): readonly [Cell, Cell] {
  switch (line.kind) {
    case 'delivered':
      return [cell(decimal(line.amount).lt(0) ? line.description : 'Service delivered'), cell('')];
    case 'undelivered': {
      const billed = invoice.lines.find(({ lineId }) => lineId === line.lineId);
      if (billed?.kind !== 'subscription') return [cell(line.description), cell('')];
      return [cell('Unused time', planName(billed)), statedCell(formats.period(billed))];
    }
    case 'usage':
      return [
        cell(`${meterName(line.meter)}, billed too much`, `${formats.count(line.quantity)} fewer`),
        cell(formats.month(line.month)),
      ];
  }
}

function requireFooting({
  creditNoteId,
  lines,
  replacement,
  net,
  tax,
  total,
  ...parts
}: CreditNoteView): void {
  const sum = lines.reduce((all, { amount }) => all.plus(amount), decimal(0)).minus(replacement?.amount ?? 0);
  const sound =
    centsString(sum) === net &&
    decimal(net).plus(tax).eq(total) &&
    decimal(parts.toReceivable).plus(parts.toCredit).eq(total);
  if (!sound) throw new Error(`credit note ${creditNoteId} does not add up`);
}
