import type { PoolClient } from 'pg';
import type { StoredEvent } from '../../eventstore/port.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { type Recorded, recordedOf } from '../recorded.ts';
import { addToRows, insertRows, upsertRows } from '../runtime/rows.ts';
import { accountDays, accountMonths, linesOf, receivableChanges } from './postings.ts';
import type { ReceivableInvoiceRow } from './tables.ts';

/** Revenue, cash, refunds, losses and receivables: sums of the entries that events carry, ready for reports. */
export const revenueProjection: Projection = {
  name: 'revenue',
  version: 1,
  tables: ['account_months', 'account_days', 'receivable_changes', 'receivable_invoices'],
  migration: sqlMigration('0015_read_revenue', import.meta.url, [
    'sql/account-months.sql',
    'sql/account-days.sql',
    'sql/receivable-changes.sql',
    'sql/receivable-invoices.sql',
  ]),
  onPoison: 'stop',
  apply,
};

const MONTH_KEY = [
  'posting_month',
  'account',
  'customer_id',
  'revenue_stream',
  'service_month',
  'meter',
  'event_type',
  'flow',
  'currency',
];
const DAY_KEY = ['posting_date', 'account', 'revenue_stream', 'meter', 'currency'];

async function apply(events: readonly StoredEvent[], client: PoolClient): Promise<void> {
  const lines = linesOf(events);
  if (lines.length > 0) {
    const months = accountMonths(lines);
    await addToRows(client, 'account_months', MONTH_KEY, ['debit', 'credit', 'postings'], months);
    await addToRows(client, 'account_days', DAY_KEY, ['debit', 'credit'], accountDays(lines));
    await insertRows(client, 'receivable_changes', receivableChanges(lines));
  }
  const final = recordedOf(events, ['invoice.finalized']);
  await upsertRows(client, 'receivable_invoices', ['customer_id', 'invoice_id'], final.map(invoiceRow));
}

function invoiceRow({ data, effectiveAt }: Recorded<'invoice.finalized'>): ReceivableInvoiceRow {
  const { customerId, invoiceId, dueAt, currency, total } = data;
  return {
    customer_id: customerId,
    invoice_id: invoiceId,
    issued_at: effectiveAt,
    due_at: dueAt,
    currency,
    total,
  };
}
