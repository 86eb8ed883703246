import type { PoolClient } from 'pg';
import { fromMicros, toMicros } from '../../domain/kernel/money.ts';
import type { Recorded } from '../recorded.ts';
import { addToRows, upsertRows } from '../runtime/rows.ts';

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
}

function add(sum: string | undefined, amount: string): string {
  return fromMicros(toMicros(sum ?? '0') + toMicros(amount));
}
