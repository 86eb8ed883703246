import { holdingOf } from '../../api/access/holding.ts';
import type { Core } from '../../api/service/core.ts';
import { accessOf } from '../../domain/entitlements/holding.ts';
import type {
  CreditNoteRow,
  InvoiceRow,
  RefundRow,
  SubscriptionRow,
} from '../../projections/billing/tables.ts';
import { HoldingReads } from '../../projections/entitlements/reads.ts';
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
  select customer_id, month, meter, coalesce(m.quantity, 0)::text as quantity,
    coalesce(m.rated_quantity, 0)::text as rated_quantity,
    coalesce(r.accrued, 0)::text as accrued, coalesce(r.billed_accrued, 0)::text as billed
  from (select * from read.usage_monthly where facts > 0) m
  full join read.usage_rating r using (customer_id, month, meter)`;

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
  const { holdings } = await new HoldingReads(core.pool).page('', 1_000_000);
  const access = new Map(holdings.map((known) => [known.customerId, accessOf(holdingOf(known))]));
  const byInvoice = {
    notes: Map.groupBy(notes, (note) => note.invoice_id),
    refunds: Map.groupBy(refunds, (refund) => refund.invoice_id),
  };
  const own = <Row extends { customer_id: string }>(all: readonly Row[]) =>
    Map.groupBy(all, (row) => row.customer_id);
  const [ownInvoices, ownBalances, ownUsage] = [own(invoices), own(balances), own(usage)];
  const arr = new Map(recurring.map((row) => [row.customer_id, row.arr]));
  return new Map(
    subscriptions.map(({ customer_id, state }) => [
      customer_id,
      {
        subscription: subscriptionSnapshot(state),
        access: `${access.get(customer_id)?.access} ${access.get(customer_id)?.reason}`,
        recurring: arr.get(customer_id) ?? '0',
        invoices: (ownInvoices.get(customer_id) ?? []).map((row) => invoiceSnapshot(row, byInvoice)),
        balances: inOrder((ownBalances.get(customer_id) ?? []).map((row) => [row.account, row.balance])),
        usage: inOrder(
          (ownUsage.get(customer_id) ?? []).map(usageOf).filter(([, text]) => text !== '0 0 0 0'),
        ),
      },
    ]),
  );
}

type UsageText = Record<
  'customer_id' | 'month' | 'meter' | 'quantity' | 'rated_quantity' | 'accrued' | 'billed',
  string
>;

function usageOf(row: UsageText): readonly [string, string] {
  const micros = (text: string) => String(parts(text, 6));
  const counts = `${row.quantity} ${row.rated_quantity}`;
  return [`${row.month} ${row.meter}`, `${counts} ${micros(row.accrued)} ${micros(row.billed)}`];
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
