import { centsString, decimal } from '../../domain/kernel/money.ts';
import type { HeldSubject } from '../../platform/vault.ts';
import type { InvoiceDetails } from '../../projections/billing/views.ts';
import { lineTables, shownAmount } from './line-tables.ts';
import { type DocumentModel, type Fact, plainFact, type TotalRow } from './model.ts';
import { invoiceNames, invoiceNumber } from './numbers.ts';
import { billToParty, type Seller } from './parties.ts';
import { type Formats, formatsFor, type Presentation, timeNote } from './presentation.ts';
import { settledBy, settlementTables } from './settlements.ts';

export interface InvoiceSource {
  readonly invoice: InvoiceDetails;
  /** What the vault holds of the customer. */
  readonly customer: HeldSubject | undefined;
  readonly seller: Seller;
  /** Numbers of the other invoices that lines refer to, by id. */
  readonly numbers: ReadonlyMap<string, number>;
}

const STATUS: Readonly<Record<InvoiceDetails['status'], DocumentModel['status']>> = {
  draft: { label: 'Draft', tone: 'neutral' },
  finalized: { label: 'Open', tone: 'neutral' },
  paid: { label: 'Paid', tone: 'good' },
  past_due: { label: 'Past due', tone: 'warning' },
  uncollectible: { label: 'Uncollectible', tone: 'bad' },
  void: { label: 'Void', tone: 'bad' },
};

/**
 * The invoice as its customer sees it.
 * @throws Error if its figures do not add up: such a document must not leave the house
 */
export function invoiceModel(source: InvoiceSource, presentation: Presentation): DocumentModel {
  const { invoice, customer, seller, numbers } = source;
  requireFooting(invoice);
  const { taxInclusive, currency } = invoice;
  const formats = formatsFor(presentation, currency);
  const draft = invoice.status === 'draft';
  const number = invoice.number === null ? null : invoiceNumber(invoice.number);
  const heading = draft ? 'Draft invoice' : 'Invoice';
  return {
    heading,
    number,
    title: `${heading} ${number ?? invoice.invoiceId}`,
    fileName: number ?? `draft-${invoice.invoiceId.replace(/[^A-Za-z0-9_-]/g, '-')}`,
    issuedAt: invoice.effectiveAt,
    status: STATUS[invoice.status],
    notice: notice(invoice, formats),
    seller: seller.party,
    billTo: billToParty(invoice.customerId, customer),
    facts: facts(invoice, formats, number),
    headline: headline(invoice, formats),
    tables: lineTables(invoice.lines, {
      formats,
      taxInclusive,
      usageMonth: invoice.period,
      nameOf: invoiceNames(numbers),
    }),
    totals: draft ? [] : totals(invoice, formats),
    settlements: settlementTables(invoice, formats),
    instructions: instructions(invoice, seller, number),
    notes: notes(invoice, formats),
    footer: seller.footer,
  };
}

function notice(invoice: InvoiceDetails, { day }: Formats): string | null {
  const { status, finalizesAt, dueAt } = invoice;
  switch (status) {
    case 'draft': {
      const when = finalizesAt === null ? '' : ` on ${day(finalizesAt).text}`;
      return `This is a draft. It becomes final${when}; until then it may change, and nothing is to be paid on it.`;
    }
    case 'past_due':
      return dueAt === null ? null : `Payment was due on ${day(dueAt).text}.`;
    case 'void':
      return 'This invoice is void. Nothing is to be paid on it.';
    case 'uncollectible':
      return 'This invoice was written off. What was received later is shown below.';
    default:
      return null;
  }
}

function facts(invoice: InvoiceDetails, { day, month }: Formats, number: string | null): Fact[] {
  const { status, effectiveAt, dueAt, period, currency } = invoice;
  const when = status === 'draft' ? 'Drafted' : 'Issue date';
  return [
    ...(number === null ? [] : [plainFact('Invoice number', number)]),
    { label: when, value: day(effectiveAt), at: effectiveAt },
    ...(dueAt === null ? [] : [{ label: 'Due date', value: day(dueAt), at: dueAt }]),
    ...(period === null ? [] : [plainFact('Usage month', month(period))]),
    plainFact('Currency', currency),
  ];
}

function headline(invoice: InvoiceDetails, { day, money }: Formats): DocumentModel['headline'] {
  const { status, due, dueAt, payments } = invoice;
  const label = 'Amount due';
  if (status === 'draft') return { label, amount: '—', detail: 'Known once the invoice is final' };
  const amount = money(due);
  if (!decimal(due).eq(0)) {
    const by = status === 'past_due' ? 'was due on' : 'by';
    return { label, amount, detail: dueAt === null ? null : `${by} ${day(dueAt).text}` };
  }
  const last = payments.at(-1);
  const paidOff = status === 'paid' && last !== undefined;
  return { label, amount, detail: paidOff ? `Paid on ${day(last.receivedAt).text}` : 'Nothing to pay' };
}

function totals(invoice: InvoiceDetails, { money, percent }: Formats): TotalRow[] {
  const { subtotal, tax, taxRate, taxInclusive, total, due } = invoice;
  const rate = percent(taxRate);
  const taxLabel = taxInclusive ? `Tax, ${rate}, included in the prices` : `Tax, ${rate} of net`;
  return [
    { label: 'Net', amount: money(subtotal), weight: 'plain' },
    { label: taxLabel, amount: money(tax), weight: 'plain' },
    { label: 'Total', amount: money(total), weight: 'strong' },
    ...reductions(invoice).map(
      ([label, amount]): TotalRow => ({
        label,
        amount: money(decimal(amount).neg().toFixed(2)),
        weight: 'plain',
      }),
    ),
    { label: 'Amount due', amount: money(due), weight: 'final' },
  ];
}

/** What took the total down to what is due. */
function reductions(invoice: InvoiceDetails): readonly (readonly [string, string])[] {
  const { money, funds } = settledBy(invoice.payments);
  const all = [
    ['Payments', money],
    ['Credit used', funds],
    ['Credit notes', invoice.credited],
    ['Written off', invoice.writtenOff],
    ['Voided', voided(invoice)],
  ] as const;
  return all.filter(([, amount]) => !decimal(amount).eq(0));
}

/** What a void invoice would have left to pay. */
function voided({ status, total, paid, credited, writtenOff, due }: InvoiceDetails): string {
  if (status !== 'void') return '0.00';
  return decimal(total).minus(paid).minus(credited).minus(writtenOff).minus(due).toFixed(2);
}

function instructions(
  { due, status }: InvoiceDetails,
  seller: Seller,
  number: string | null,
): DocumentModel['instructions'] {
  const payable = (status === 'finalized' || status === 'past_due') && decimal(due).gt(0);
  if (!payable || number === null || seller.instructions.length === 0) return null;
  return { heading: 'How to pay', lines: [...seller.instructions, `Reference: ${number}`] };
}

function notes({ status, lines, taxInclusive }: InvoiceDetails, formats: Formats): string[] {
  if (status === 'draft') return [timeNote(formats)];
  return [
    taxInclusive
      ? 'Amounts of lines include tax; the tax in them is stated with the totals.'
      : 'Amounts of lines are net; tax is added once, on their sum.',
    timeNote(formats),
    ...(lines.some(({ kind }) => kind === 'usage')
      ? ['Usage above the included quantity is billed after the month; each line is rounded to the cent.']
      : []),
  ];
}

function requireFooting(invoice: InvoiceDetails): void {
  const { invoiceId, lines, subtotal, tax, total, paid, credited, writtenOff, due } = invoice;
  const sum = (amounts: readonly string[]) =>
    centsString(amounts.reduce((all, amount) => all.plus(amount), decimal(0)));
  const { money, funds } = settledBy(invoice.payments);
  const left = decimal(total).minus(paid).minus(credited).minus(writtenOff).minus(voided(invoice));
  const sound =
    sum(lines.map((line) => shownAmount(line, false))) === subtotal &&
    sum(lines.map((line) => shownAmount(line, true))) === total &&
    sum([subtotal, tax]) === total &&
    sum([money, funds]) === paid &&
    sum(invoice.creditNotes.map(({ toReceivable }) => toReceivable)) === credited &&
    left.eq(due);
  if (!sound) throw new Error(`invoice ${invoiceId} does not add up`);
}
