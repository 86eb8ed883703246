import { tierName } from '../../domain/catalogue/catalogue.ts';
import type { InvoiceLine } from '../../domain/invoicing/schemas.ts';
import { centsString, decimal } from '../../domain/kernel/money.ts';
import { type Interval, type Month, monthInterval, monthOf } from '../../domain/kernel/time.ts';
import { type Cell, type Column, cell, type DocumentTable, statedCell } from './model.ts';
import type { InvoiceNames } from './numbers.ts';
import type { Formats } from './presentation.ts';
import { meterName, priceText } from './price-text.ts';

export interface LineContext {
  readonly formats: Formats;
  /** Prices are shown with their tax in them. */
  readonly taxInclusive: boolean;
  /** The month whose usage the invoice bills; usage of earlier ones came late. Null on others. */
  readonly usageMonth: Month | null;
  readonly nameOf: InvoiceNames;
}

type Line<Kind extends InvoiceLine['kind']> = Extract<InvoiceLine, { kind: Kind }>;

/** The lines of an invoice in groups, each with its columns; usage by service month. */
export function lineTables(lines: readonly InvoiceLine[], context: LineContext): DocumentTable[] {
  const usage = Map.groupBy(linesOf(lines, 'usage'), ({ month }) => month);
  return [
    itemTable('Subscription', linesOf(lines, 'subscription'), context, subscriptionCells),
    ...[...usage].sort(byKey).map(([month, ofMonth]) => usageTable(month, ofMonth, context)),
    reductionTable('Changes of plan', linesOf(lines, 'proration'), context, prorationCell),
    reductionTable('Credit for unused time', linesOf(lines, 'credit'), context, creditCell),
    reductionTable('Promotional credit', linesOf(lines, 'promotion'), context, promotionCell),
  ].filter((table) => table !== null);
}

/** What a line adds to the document: net, or with its tax where prices have it in them. */
export function shownAmount(line: Pick<InvoiceLine, 'amount' | 'tax'>, taxInclusive: boolean): string {
  return taxInclusive ? centsString(decimal(line.amount).plus(line.tax)) : line.amount;
}

function amountColumn(taxInclusive: boolean): Column {
  return { label: taxInclusive ? 'Amount incl. tax' : 'Amount', align: 'end' };
}

function linesOf<Kind extends InvoiceLine['kind']>(lines: readonly InvoiceLine[], kind: Kind): Line<Kind>[] {
  return lines.filter((line): line is Line<Kind> => line.kind === kind);
}

function itemTable<Of extends InvoiceLine>(
  heading: string,
  lines: readonly Of[],
  context: LineContext,
  cells: (line: Of, context: LineContext) => readonly [Cell, Cell],
): DocumentTable | null {
  if (lines.length === 0) return null;
  return {
    heading,
    layout: 'items',
    columns: [
      { label: 'Description', align: 'start' },
      { label: 'Service period', align: 'start' },
      amountColumn(context.taxInclusive),
    ],
    rows: lines.map((line) => [...cells(line, context), amountCell(line, context)]),
    sum: sumOf(heading, lines, context),
  };
}

function reductionTable<Of extends InvoiceLine>(
  heading: string,
  lines: readonly Of[],
  context: LineContext,
  description: (line: Of, context: LineContext) => Cell,
): DocumentTable | null {
  if (lines.length === 0) return null;
  return {
    heading,
    layout: 'reductions',
    columns: [{ label: 'Description', align: 'start' }, amountColumn(context.taxInclusive)],
    rows: lines.map((line) => [description(line, context), amountCell(line, context)]),
    sum: sumOf(heading, lines, context),
  };
}

function subscriptionCells(line: Line<'subscription'>, { formats }: LineContext): readonly [Cell, Cell] {
  const partial = line.billingCycle === 'monthly' && !isWholeMonth(line);
  const details = [partial ? 'Part of the month, to the second' : null, discountOf(line)];
  return [cell(planName(line), ...details), statedCell(formats.period(line))];
}

function creditCell(line: Line<'credit'>, { nameOf }: LineContext): Cell {
  return cell(`Unused time on invoice ${nameOf(line.fromInvoiceId)}`);
}

/** What a change cost that was kept for this invoice. */
function prorationCell(line: Line<'proration'>, { nameOf }: LineContext): Cell {
  return cell(line.description, `Rest of the period billed on invoice ${nameOf(line.forInvoiceId)}`);
}

function promotionCell(): Cell {
  return cell('Promotional credit used for usage', 'Before tax');
}

function usageTable(month: string, lines: readonly Line<'usage'>[], context: LineContext): DocumentTable {
  const { formats, taxInclusive, usageMonth } = context;
  const late = usageMonth !== null && month < usageMonth;
  const heading = `Usage in ${formats.month(month)}${late ? ', recorded late' : ''}`;
  return {
    heading,
    layout: 'meters',
    columns: [
      { label: 'Meter and price', align: 'start' },
      { label: 'Used', align: 'end' },
      { label: 'Included', align: 'end' },
      { label: 'Billable', align: 'end' },
      amountColumn(taxInclusive),
    ],
    rows: lines.map((line) => [
      cell(meterName(line.meter), priceText(line, formats)),
      cell(formats.count(line.quantity)),
      cell(formats.count(line.included)),
      cell(formats.count(line.billable)),
      amountCell(line, context),
    ]),
    sum: sumOf(heading, lines, context),
  };
}

function amountCell(line: InvoiceLine, { formats, taxInclusive }: LineContext): Cell {
  return cell(formats.money(shownAmount(line, taxInclusive)));
}

function sumOf(heading: string, lines: readonly InvoiceLine[], context: LineContext): DocumentTable['sum'] {
  if (lines.length < 2) return null;
  const total = lines.reduce((sum, line) => sum.plus(shownAmount(line, context.taxInclusive)), decimal(0));
  return { label: `${heading}, total`, amount: context.formats.money(centsString(total)) };
}

function isWholeMonth({ from, to }: Interval): boolean {
  const month = monthInterval(monthOf(from));
  return month.from === from && month.to === to;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `Growth plan, monthly` */
export function planName({
  tier,
  billingCycle,
}: Pick<Line<'subscription'>, 'tier' | 'billingCycle'>): string {
  return `${tierName(tier)} plan, ${billingCycle}`;
}

/** A coupon stands at the end of the line's description: `…, less 20 % (SPRING)`. */
function discountOf({ description }: Line<'subscription'>): string | null {
  const [, discount] = /, less (.+)$/.exec(description) ?? [];
  return discount === undefined ? null : `Less ${discount}`;
}
