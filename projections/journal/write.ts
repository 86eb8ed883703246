import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { DAY_MS } from '../../domain/kernel/time.ts';
import { BinaryRows, copyRows } from '../runtime/binary-copy.ts';
import { findByIndex } from '../runtime/by-index.ts';
import { lines, numbers } from '../runtime/columns.ts';
import type { CustomerChange, DailyChange, EntryRow, JournalBatch, PostingRow } from './batch.ts';

const ENTRY_COLUMNS = [
  'entry_no',
  'customer_id',
  'position',
  'event_id',
  'type',
  'stream',
  'revision',
  'template',
  'description',
  'currency',
  'effective_at',
  'recorded_at',
  'posting_at',
  'posting_date',
  'period',
  'actor',
  'command_id',
];

const POSTING_COLUMNS = [
  'account',
  'customer_id',
  'posting_at',
  'entry_no',
  'line_no',
  'posting_date',
  'amount',
  'currency',
  'revenue_stream',
  'meter',
  'partner_id',
  'loan_id',
  'service_period',
];

const ROWS_BETWEEN_YIELDS = 1_000;

/**
 * Writes a batch. While the server takes one table's rows, the next one's are laid out: the two share the time.
 */
export async function writeBatch(client: pg.ClientBase, batch: JournalBatch): Promise<void> {
  const entries = encodeEntries(batch.entries);
  const [postings] = await Promise.all([
    encodePostings(batch.postings),
    copyRows(client, 'journal_entries', ENTRY_COLUMNS, entries),
  ]);
  await copyRows(client, 'postings', POSTING_COLUMNS, postings);
  await findByIndex(client);
  await addDailyBalances(client, batch.daily);
  await addCustomerBalances(client, batch.customers);
}

function encodeEntries(entries: readonly EntryRow[]): BinaryRows {
  const rows = new BinaryRows();
  for (const { entryNo, customerId, event, entry, posting, postingMs } of entries) {
    rows.row(ENTRY_COLUMNS.length);
    rows.int8(entryNo);
    rows.text(customerId);
    rows.int8(event.position);
    rows.uuid(event.id);
    rows.text(event.type);
    rows.text(event.stream);
    rows.int4(event.revision);
    rows.text(entry.template);
    rows.text(entry.description);
    rows.text(entry.currency);
    rows.timestamptz(Date.parse(entry.effectiveAt));
    rows.timestamptz(Date.parse(event.metadata.recordedAt));
    rows.timestamptz(postingMs);
    rows.date(Math.floor(postingMs / DAY_MS));
    rows.text(posting.period);
    rows.text(event.metadata.actor);
    rows.text(event.metadata.commandId);
  }
  return rows;
}

async function encodePostings(postings: readonly PostingRow[]): Promise<BinaryRows> {
  const rows = new BinaryRows();
  let encoded = 0;
  for (const { line, customerId, postingMs, entryNo, lineNo, amount, currency } of postings) {
    if (encoded % ROWS_BETWEEN_YIELDS === 0) await setImmediate();
    encoded += 1;
    rows.row(POSTING_COLUMNS.length);
    rows.text(line.account);
    rows.text(customerId);
    rows.timestamptz(postingMs);
    rows.int8(entryNo);
    rows.int2(lineNo);
    rows.date(Math.floor(postingMs / DAY_MS));
    rows.int8(amount);
    rows.text(currency);
    rows.int2(line.revenueStream ?? 0);
    rows.text(line.meter ?? '');
    rows.text(line.partnerId ?? '');
    rows.text(line.loanId ?? '');
    rows.text(line.servicePeriod ?? '');
  }
  return rows;
}

// MERGE, because nobody else writes these tables: ON CONFLICT would lock each row before it changes it.

async function addDailyBalances(client: pg.ClientBase, changes: readonly DailyChange[]): Promise<void> {
  await client.query(
    `merge into daily_balances b
     using (select account, currency, revenue_stream, date '1970-01-01' + day as posting_date, debit, credit
            from unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), $3::smallint[], $4::int[],
                        $5::bigint[], $6::bigint[]) as u(account, currency, revenue_stream, day, debit, credit)) t
     on b.account = t.account and b.currency = t.currency and b.revenue_stream = t.revenue_stream
       and b.posting_date = t.posting_date
     when matched then update set debit = b.debit + t.debit, credit = b.credit + t.credit
     when not matched then insert (account, currency, revenue_stream, posting_date, debit, credit)
       values (t.account, t.currency, t.revenue_stream, t.posting_date, t.debit, t.credit)`,
    [
      lines(changes, ({ account }) => account),
      lines(changes, ({ currency }) => currency),
      numbers(changes, ({ revenueStream }) => revenueStream),
      numbers(changes, ({ day }) => day),
      numbers(changes, ({ debit }) => debit),
      numbers(changes, ({ credit }) => credit),
    ],
  );
}

async function addCustomerBalances(client: pg.ClientBase, changes: readonly CustomerChange[]): Promise<void> {
  await client.query(
    `merge into account_balances b
     using unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'),
                  coalesce(nullif(string_to_array($3, E'\\n'), '{}'), array['']),
                  $4::bigint[], $5::bigint[]) as t(account, currency, customer_id, debit, credit)
     on b.account = t.account and b.currency = t.currency and b.customer_id = t.customer_id
     when matched then update set debit = b.debit + t.debit, credit = b.credit + t.credit
     when not matched then insert (account, currency, customer_id, debit, credit)
       values (t.account, t.currency, t.customer_id, t.debit, t.credit)`,
    [
      lines(changes, ({ account }) => account),
      lines(changes, ({ currency }) => currency),
      // A lone '' is no value at all to string_to_array.
      lines(changes, ({ customerId }) => customerId),
      numbers(changes, ({ debit }) => debit),
      numbers(changes, ({ credit }) => credit),
    ],
  );
}
