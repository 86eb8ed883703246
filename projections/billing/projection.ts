import type { PoolClient } from 'pg';
import { customerEvents } from '../../domain/customers/events.ts';
import { invoiceEvents } from '../../domain/invoicing/events.ts';
import { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf, typesOf } from '../recorded.ts';
import { foldRows, insertRows } from '../runtime/rows.ts';
import { creditNoteFold, refundFold } from './corrections.ts';
import { invoiceFold, lineRows, paymentRows } from './invoices.ts';
import { customerFold, subscriptionFold } from './parties.ts';

/** Customers, their subscriptions, invoices and payments as they stand. */
export const billingProjection: Projection = {
  name: 'billing',
  version: 5,
  tables: ['customers', 'subscriptions', 'invoices', 'invoice_lines', 'payments', 'credit_notes', 'refunds'],
  migration: sqlMigration('0011_read_billing', import.meta.url, [
    'sql/customers.sql',
    'sql/subscriptions.sql',
    'sql/invoices.sql',
    'sql/invoice-lines.sql',
    'sql/payments.sql',
    'sql/credit-notes.sql',
    'sql/refunds.sql',
  ]),
  onPoison: 'stop',
  uses: typesOf({ ...customerEvents, ...subscriptionEvents, ...invoiceEvents }),
  async apply(events, client) {
    await foldRows(client, customerFold, recordedOf(events, typesOf(customerEvents)));
    await foldRows(client, subscriptionFold, recordedOf(events, typesOf(subscriptionEvents)));
    await applyInvoices(events, client);
  },
};

async function applyInvoices(events: readonly StoredEvent[], client: PoolClient): Promise<void> {
  const records = recordedOf(events, typesOf(invoiceEvents));
  if (records.length === 0) return;
  await foldRows(client, invoiceFold(await lastNumber(client, 'invoices')), records);
  const lines = records.flatMap((event) => (event.type === 'invoice.finalized' ? lineRows(event) : []));
  await insertRows(client, 'invoice_lines', lines);
  await insertRows(client, 'payments', records.flatMap(paymentRows));
  await foldRows(client, creditNoteFold(await lastNumber(client, 'credit_notes')), records);
  await foldRows(client, refundFold, records);
}

async function lastNumber(client: PoolClient, table: 'invoices' | 'credit_notes'): Promise<bigint> {
  const { rows } = await client.query<{ last: string }>(
    `select coalesce(max(number), 0) as last from ${table}`,
  );
  return BigInt(rows[0]?.last ?? 0);
}
