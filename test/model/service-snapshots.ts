import type { Core } from '../../api/service/core.ts';
import type {
  CreditNoteRow,
  InvoiceRow,
  RefundRow,
  SubscriptionRow,
} from '../../projections/billing/tables.ts';
import { parts } from './arithmetic.ts';
import { timeOf } from './calendar.ts';
import { type InvoiceSnapshot, inOrder, lineText, type Snapshot } from './snapshot.ts';

type Unanswered = Omit<Snapshot, 'answers'>;

const SUBSCRIPTIONS = 'select customer_id, state from read.subscriptions';
const RECURRING =
  'select customer_id, sum(arr_minor)::text as arr from read.mrr_current group by customer_id';
const INVOICES = `
  select i.customer_id, i.invoice_id, i.kind, i.period, i.effective_at, i.status, i.subtotal::text, i.tax::text,
    i.total::text, i.due::text,
    (select json_agg(l.line) from read.invoice_lines l
      where (l.customer_id, l.invoice_id) = (i.customer_id, i.invoice_id)) as lines
  from read.invoices i where i.number is not null order by i.number`;
const CREDIT_NOTES = `
  select invoice_id, cause, net::text, tax::text, to_receivable::text, to_credit::text
  from read.credit_notes order by number`;
const REFUNDS = `
  select invoice_id, amount::text, method, status from read.refunds order by created_at, position`;
const BALANCES = `
  select customer_id, account, (debit - credit)::text as balance from read.account_balances
  where debit <> credit`;
const USAGE = `
  select m.customer_id, m.month, m.meter, m.quantity::text, m.rated_quantity::text,
    coalesce(r.accrued, 0)::text as accrued, coalesce(r.billed_accrued, 0)::text as billed
  from read.usage_monthly m left join read.usage_rating r using (customer_id, month, meter)
  where m.facts > 0`;

type Line = Readonly<Record<string, string>> & { readonly kind: string; readonly amount: string };
type InvoiceText = Pick<
  InvoiceRow,
  'customer_id' | 'invoice_id' | 'kind' | 'period' | 'effective_at' | 'status'
> &
  Pick<InvoiceRow, 'subtotal' | 'tax' | 'total' | 'due'> & { readonly lines: readonly Line[] };

/** What the service's read models say of every customer, once they have all that is in the log. */
export async function readSnapshots(core: Core): Promise<Map<string, Unanswered>> {
  await core.drain();
  const rows = async <Row extends object>(query: string) => (await core.pool.query<Row>(query)).rows;
  const [subscriptions, recurring, invoices, notes, refunds, balances, usage] = await Promise.all([
    rows<Pick<SubscriptionRow, 'customer_id' | 'state'>>(SUBSCRIPTIONS),
    rows<{ customer_id: string; arr: string }>(RECURRING),
    rows<InvoiceText>(INVOICES),
    rows<CreditNoteRow>(CREDIT_NOTES),
    rows<RefundRow>(REFUNDS),
    rows<{ customer_id: string; account: string; balance: string }>(BALANCES),
    rows<
      Record<'customer_id' | 'month' | 'meter' | 'quantity' | 'rated_quantity' | 'accrued' | 'billed', string>
    >(USAGE),
  ]);
  const byInvoice = {
    notes: Map.groupBy(notes, (note) => note.invoice_id),
    refunds: Map.groupBy(refunds, (refund) => refund.invoice_id),
  };
  const own = <Row extends { customer_id: string }>(all: readonly Row[]) =>
    Map.groupBy(all, (row) => row.customer_id);
  const [ownInvoices, ownBalances, ownUsage] = [own(invoices), own(balances), own(usage)];
  const arr = new Map(recurring.map((row) => [row.customer_id, row.arr]));
  const micros = (text: string) => String(parts(text, 6));
  return new Map(
    subscriptions.map(({ customer_id, state }) => [
      customer_id,
      {
        subscription: subscriptionSnapshot(state),
        recurring: arr.get(customer_id) ?? '0',
        invoices: (ownInvoices.get(customer_id) ?? []).map((row) => invoiceSnapshot(row, byInvoice)),
        balances: inOrder((ownBalances.get(customer_id) ?? []).map((row) => [row.account, row.balance])),
        usage: inOrder(
          (ownUsage.get(customer_id) ?? []).map((row) => [
            `${row.month} ${row.meter}`,
            `${row.quantity} ${row.rated_quantity} ${micros(row.accrued)} ${micros(row.billed)}`,
          ]),
        ),
      },
    ]),
  );
}

function subscriptionSnapshot(state: SubscriptionRow['state']): Snapshot['subscription'] {
  const { status, tier, billingCycle, price, charge, scheduled, cancellation, trialEndsAt } = state;
  return {
    status,
    tier: status === 'cancelled' ? 'none' : tier,
    cycle: billingCycle,
    price,
    paidThrough: charge?.to ?? null,
    scheduled: scheduled === null ? null : `${scheduled.toTier} ${scheduled.toBillingCycle} ${scheduled.at}`,
    endsAt: cancellation?.at ?? null,
    trialEndsAt,
  };
}

function invoiceSnapshot(
  row: InvoiceText,
  by: {
    readonly notes: ReadonlyMap<string, readonly CreditNoteRow[]>;
    readonly refunds: ReadonlyMap<string, readonly RefundRow[]>;
  },
): InvoiceSnapshot {
  const { kind, period, effective_at: at, status, subtotal: net, tax, total, due } = row;
  return {
    ...{ kind, period, at, status, net, tax, total, due },
    lines: row.lines.map((line) => lineText(line.kind, line.amount, subjectOf(line))).sort(),
    creditNotes: (by.notes.get(row.invoice_id) ?? []).map((note) =>
      [note.cause, note.net, note.tax, note.to_receivable, note.to_credit].join(' '),
    ),
    refunds: (by.refunds.get(row.invoice_id) ?? []).map(
      ({ amount, method, status: state }) => `${amount} ${method} ${state}`,
    ),
  };
}

function subjectOf(line: Line): string {
  if (line.kind === 'subscription') {
    const [from, to] = [line['from'] ?? '', line['to'] ?? ''];
    return `${line['tier']} ${line['billingCycle']} ${timeOf(from)} ${timeOf(to)}`;
  }
  if (line.kind === 'usage')
    return [line['month'], line['meter'], line['quantity'], line['billable']].join(' ');
  return '';
}
