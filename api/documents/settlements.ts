import { decimal } from '../../domain/kernel/money.ts';
import type {
  CreditNoteView,
  InvoiceDetails,
  PaymentView,
  RefundView,
} from '../../projections/billing/views.ts';
import { type Cell, cell, type DocumentTable, statedCell } from './model.ts';
import { creditNoteNumber } from './numbers.ts';
import type { Formats } from './presentation.ts';

const METHODS: Readonly<Record<PaymentView['method'], string>> = {
  card: 'Card',
  ach: 'ACH transfer',
  bank_transfer: 'Bank transfer',
  wallet: 'Prepaid wallet',
  credit: 'Credit balance',
};

const REFUND_STATES: Readonly<Record<RefundView['status'], string>> = {
  pending: 'On its way',
  settled: 'Paid out',
  failed: 'Failed: the money came back',
};

/** What came to an invoice and what went back, each with its date; empty tables are left out. */
export function settlementTables(invoice: InvoiceDetails, formats: Formats): DocumentTable[] {
  const { payments, creditNotes, refunds } = invoice;
  return [
    settlementTable('Payments and credit used', payments, (payment) => paymentCells(payment, formats)),
    settlementTable('Credit notes', creditNotes, (note) => creditNoteCells(note, formats)),
    settlementTable('Refunds', refunds, (refund) => refundCells(refund, formats)),
  ].flatMap((table) => (table === null ? [] : [table]));
}

/** Money and the customer's own funds, apart, as far as they settled the invoice. */
export function settledBy(payments: readonly PaymentView[]): {
  readonly money: string;
  readonly funds: string;
} {
  const sum = (own: boolean) =>
    payments
      .filter(({ method }) => (method === 'wallet' || method === 'credit') === own)
      .reduce((total, { applied }) => total.plus(applied), decimal(0))
      .toFixed(2);
  return { money: sum(false), funds: sum(true) };
}

function settlementTable<Of>(
  heading: string,
  items: readonly Of[],
  cells: (item: Of) => readonly [Cell, Cell, Cell],
): DocumentTable | null {
  if (items.length === 0) return null;
  return {
    heading,
    layout: 'settlements',
    columns: [
      { label: 'Date', align: 'start' },
      { label: 'What', align: 'start' },
      { label: 'Amount', align: 'end' },
    ],
    rows: items.map(cells),
    sum: null,
  };
}

function paymentCells(payment: PaymentView, { day, money }: Formats): readonly [Cell, Cell, Cell] {
  const { receivedAt, method, amount, applied, recovered, excess } = payment;
  const late = !decimal(recovered).eq(0);
  const details = [
    late ? 'After the invoice was written off' : null,
    decimal(excess).eq(0) ? null : `Of ${money(amount)}, ${money(excess)} went to your credit balance`,
  ];
  return [
    statedCell(day(receivedAt)),
    cell(METHODS[method], ...details),
    cell(money(late ? recovered : applied)),
  ];
}

function creditNoteCells(note: CreditNoteView, { day, money }: Formats): readonly [Cell, Cell, Cell] {
  const { issuedAt, number, toReceivable, toCredit } = note;
  const balance = decimal(toCredit).eq(0) ? null : `${money(toCredit)} more went to your credit balance`;
  return [
    statedCell(day(issuedAt)),
    cell(`Credit note ${creditNoteNumber(number)}`, balance),
    cell(money(toReceivable)),
  ];
}

function refundCells(refund: RefundView, { day, money }: Formats): readonly [Cell, Cell, Cell] {
  const { createdAt, method, status, amount } = refund;
  return [
    statedCell(day(createdAt)),
    cell(
      `Refund by ${METHODS[method].replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())}`,
      REFUND_STATES[status],
    ),
    cell(money(amount)),
  ];
}
