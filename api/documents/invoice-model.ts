import { centsString, decimal } from '../../domain/kernel/money.ts';
import type { HeldSubject } from '../../platform/vault.ts';
import type { InvoiceDetails } from '../../projections/billing/views.ts';
import { lineTables, shownAmount } from './line-tables.ts';
import {
  cell,
  type DocumentModel,
  type DocumentTable,
  type Fact,
  statedCell,
  type TotalRow,
} from './model.ts';
import { billToParty, type Seller } from './parties.ts';
import { type Formats, formatsFor, type Presentation, UTC } from './presentation.ts';

export interface InvoiceSource {
  readonly invoice: InvoiceDetails;
  /** What the vault holds of the customer. */
  readonly customer: HeldSubject | undefined;
  readonly seller: Seller;
  /** Numbers of the other invoices that lines refer to, by id. */
  readonly numbers: ReadonlyMap<string, number>;
}

const NUMBER_DIGITS = 6;

const METHODS = { card: 'Card', ach: 'ACH transfer', bank_transfer: 'Bank transfer' } as const;

const STATUS = {
  finalized: { label: 'Open', tone: 'neutral' },
  paid: { label: 'Paid', tone: 'good' },
} as const;

/** `INV-000042`; longer numbers keep all their digits. */
export function invoiceNumber(number: number): string {
  return `INV-${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

/**
 * The invoice as its customer sees it.
 * @throws Error if its figures do not add up: such a document must not leave the house
 */
export function invoiceModel(source: InvoiceSource, presentation: Presentation): DocumentModel {
  const { invoice, customer, seller, numbers } = source;
  requireFooting(invoice);
  const formats = formatsFor(presentation, invoice.currency);
  const number = invoiceNumber(invoice.number);
  const known = (invoiceId: string) => numbers.get(invoiceId);
  return {
    heading: 'Invoice',
    number,
    title: `Invoice ${number}`,
    fileName: number,
    issuedAt: invoice.effectiveAt,
    status: STATUS[invoice.status],
    notice: null,
    seller: seller.party,
    billTo: billToParty(invoice.customerId, customer),
    facts: facts(invoice, formats, number),
    headline: headline(invoice, formats),
    tables: lineTables(invoice.lines, {
      formats,
      taxInclusive: false,
      usageMonth: invoice.period,
      numberOf: (invoiceId) => {
        const found = known(invoiceId);
        return found === undefined ? invoiceId : invoiceNumber(found);
      },
    }),
    totals: totals(invoice, formats),
    settlements: settlements(invoice, formats),
    instructions: instructions(invoice, seller, number),
    notes: notes(invoice, formats),
    footer: seller.footer,
  };
}

function facts(invoice: InvoiceDetails, formats: Formats, number: string): Fact[] {
  return [
    plain('Invoice number', number),
    { label: 'Issue date', value: formats.day(invoice.effectiveAt), at: invoice.effectiveAt },
    { label: 'Due date', value: formats.day(invoice.dueAt), at: invoice.dueAt },
    ...(invoice.period === null ? [] : [plain('Usage month', formats.month(invoice.period))]),
    plain('Currency', invoice.currency),
  ];
}

function plain(label: string, text: string): Fact {
  return { label, value: { text, utc: null }, at: null };
}

function headline(invoice: InvoiceDetails, formats: Formats): DocumentModel['headline'] {
  const label = 'Amount due';
  const amount = formats.money(invoice.due);
  if (!decimal(invoice.due).eq(0)) {
    return { label, amount, detail: `by ${formats.day(invoice.dueAt).text}` };
  }
  const last = invoice.payments.at(-1);
  const detail = last === undefined ? 'Nothing to pay' : `Paid on ${formats.day(last.receivedAt).text}`;
  return { label, amount, detail };
}

function totals(invoice: InvoiceDetails, formats: Formats): TotalRow[] {
  const { money } = formats;
  const paid = decimal(invoice.paid);
  return [
    { label: 'Net', amount: money(invoice.subtotal), weight: 'plain' },
    {
      label: `Tax, ${formats.percent(invoice.taxRate)} of net`,
      amount: money(invoice.tax),
      weight: 'plain',
    },
    { label: 'Total', amount: money(invoice.total), weight: 'strong' },
    ...(paid.eq(0)
      ? []
      : [{ label: 'Payments', amount: money(paid.neg().toFixed(2)), weight: 'plain' } as const]),
    { label: 'Amount due', amount: money(invoice.due), weight: 'final' },
  ];
}

function settlements({ payments }: InvoiceDetails, formats: Formats): DocumentTable | null {
  if (payments.length === 0) return null;
  return {
    heading: 'Payments received',
    layout: 'settlements',
    columns: [
      { label: 'Date', align: 'start' },
      { label: 'Method', align: 'start' },
      { label: 'Amount', align: 'end' },
    ],
    rows: payments.map(({ receivedAt, method, amount, applied, excess }) => [
      statedCell(formats.day(receivedAt)),
      cell(
        METHODS[method],
        decimal(excess).eq(0)
          ? null
          : `Of ${formats.money(amount)} received, ${formats.money(excess)} went to your credit balance`,
      ),
      cell(formats.money(applied)),
    ]),
    sum: null,
  };
}

function instructions(
  invoice: InvoiceDetails,
  seller: Seller,
  number: string,
): DocumentModel['instructions'] {
  if (decimal(invoice.due).eq(0) || seller.instructions.length === 0) return null;
  return { heading: 'How to pay', lines: [...seller.instructions, `Reference: ${number}`] };
}

function notes(invoice: InvoiceDetails, { timeZone }: Formats): string[] {
  return [
    'Prices are net; tax is added once, on the sum of all lines.',
    timeZone === UTC
      ? 'Dates, service periods and months are in UTC.'
      : `Dates are shown in the time zone ${timeZone}. Service periods, months and due dates are kept in UTC, and named in it where that differs.`,
    ...(invoice.lines.some(({ kind }) => kind === 'usage')
      ? ['Usage above the included quantity is billed after the month; each line is rounded to the cent.']
      : []),
  ];
}

function requireFooting({ invoiceId, lines, subtotal, tax, total, paid, due }: InvoiceDetails): void {
  const net = lines.reduce((sum, line) => sum.plus(shownAmount(line, false)), decimal(0));
  const taxes = lines.reduce((sum, line) => sum.plus(line.tax), decimal(0));
  const sound =
    centsString(net) === subtotal &&
    centsString(taxes) === tax &&
    decimal(subtotal).plus(tax).eq(total) &&
    decimal(total).minus(paid).eq(due);
  if (!sound) throw new Error(`invoice ${invoiceId} does not add up`);
}
