import type { PoolClient } from 'pg';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import { isGivenBack } from '../../domain/metering/rating-decider.ts';
import type { Recorded } from '../recorded.ts';
import { addToRows, foldRows, upsertRows } from '../runtime/rows.ts';
import type { UsageBillRow } from './tables.ts';

const KEY = ['customer_id', 'month', 'meter'];

/** An accrual says the rated total to date: the last one stands. */
export async function applyAccruals(
  events: readonly Recorded<'usage.accrued'>[],
  client: PoolClient,
): Promise<void> {
  const rows = new Map(
    events.flatMap(({ data, effectiveAt }) =>
      data.lines.map(({ meter, quantity, amount }) => [
        `${data.month} ${meter} ${data.customerId}`,
        {
          customer_id: data.customerId,
          month: data.month,
          meter,
          accrued_quantity: quantity,
          accrued: amount,
          accrued_at: effectiveAt,
        },
      ]),
    ),
  );
  await upsertRows(client, 'usage_rating', KEY, [...rows.values()]);
}

type BilledRecord = Recorded<'usage.billed'>;

type BilledRow = {
  customer_id: string;
  month: string;
  meter: string;
  billed_accrued: string;
  billed: string;
  last_invoice_id: string;
};

export async function applyBillings(
  events: readonly Recorded<'usage.billed'>[],
  client: PoolClient,
): Promise<void> {
  const rows = new Map<string, BilledRow>();
  for (const { data } of events) {
    const { customerId: customer_id, month, invoiceId: last_invoice_id } = data;
    for (const { meter, accrued, billed } of data.lines) {
      const key = `${month} ${meter} ${customer_id}`;
      const before = rows.get(key);
      const row = {
        billed_accrued: add(before?.billed_accrued, accrued),
        billed: add(before?.billed, billed),
      };
      rows.set(key, { customer_id, month, meter, ...row, last_invoice_id });
    }
  }
  await addToRows(client, 'usage_rating', KEY, ['billed_accrued', 'billed'], [...rows.values()]);
  await foldRows<BilledRecord, UsageBillRow>(
    client,
    {
      table: 'usage_bills',
      keyColumns: ['customer_id', 'month', 'invoice_id'],
      keyOf: ({ data }) => billRow(data),
      evolve: (_row, { data }) => (isGivenBack(data.lines) ? undefined : billRow(data)),
    },
    events,
  );
}

export async function applyCredits(
  events: readonly Recorded<'usage.credited'>[],
  client: PoolClient,
): Promise<void> {
  const rows = new Map<string, Omit<BilledRow, 'last_invoice_id'>>();
  for (const { data } of events) {
    const { customerId: customer_id, month } = data;
    for (const { meter, accrued, credited } of data.lines) {
      const key = `${month} ${meter} ${customer_id}`;
      const before = rows.get(key);
      rows.set(key, {
        customer_id,
        month,
        meter,
        billed_accrued: add(before?.billed_accrued, negated(accrued)),
        billed: add(before?.billed, negated(credited)),
      });
    }
  }
  await addToRows(client, 'usage_rating', KEY, ['billed_accrued', 'billed'], [...rows.values()]);
}

function billRow({
  customerId: customer_id,
  month,
  invoiceId: invoice_id,
}: BilledRecord['data']): UsageBillRow {
  return { customer_id, month, invoice_id };
}

function negated(amount: string): string {
  return fromMicros(-toMicros(amount));
}

function add(sum: string | undefined, amount: string): string {
  return fromMicros(toMicros(sum ?? '0') + toMicros(amount));
}
