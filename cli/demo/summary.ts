import { z } from 'zod';
import type { Client } from '../../api/client.ts';
import { grouped, table } from './table.ts';

const money = z.object({ amount: z.string(), currency: z.string() });

const trialBalance = z.object({
  accounts: z.array(
    z.object({ account: z.string(), name: z.string(), debit: money, credit: money, balance: money }),
  ),
  totals: z.array(z.object({ currency: z.string(), debit: money, credit: money })),
  zero: z.boolean(),
});

const amount = z.object({ mrr: money });
const mrrMovements = z.object({
  months: z.array(
    z.object({
      month: z.string(),
      opening: amount,
      new: amount,
      reactivation: amount,
      expansion: amount,
      contraction: amount,
      churn: amount,
      closing: amount,
      payingCustomers: z.int(),
    }),
  ),
});

/** The whole trial balance as the API answers it, totals last. */
export async function trialBalanceTable(client: Client): Promise<string> {
  const { accounts, totals, zero } = trialBalance.parse(await ask(client, 'getTrialBalance', {}));
  const rows = accounts.map(({ account, name, debit, credit, balance }) => [
    account,
    name,
    grouped(debit.amount),
    grouped(credit.amount),
    grouped(balance.amount),
  ]);
  const sums = totals.map(({ currency, debit, credit }) => [
    '',
    `Total ${currency}`,
    grouped(debit.amount),
    grouped(credit.amount),
    zero ? '0.00' : 'NOT ZERO',
  ]);
  return table(['Account', 'Name', 'Debit', 'Credit', 'Balance'], [...rows, ...sums], 2);
}

/** MRR by month as the API answers it. */
export async function mrrTable(client: Client, from: string, to: string): Promise<string> {
  const { months } = mrrMovements.parse(await ask(client, 'getMrrMovements', { from, to }));
  const rows = months.map((month) => [
    month.month,
    ...[
      month.opening,
      month.new,
      month.reactivation,
      month.expansion,
      month.contraction,
      month.churn,
      month.closing,
    ].map(({ mrr }) => grouped(mrr.amount)),
    String(month.payingCustomers),
  ]);
  const heads = [
    'Month',
    'Opening',
    'New',
    'Reactivation',
    'Expansion',
    'Contraction',
    'Churn',
    'Closing',
    'Customers',
  ];
  return table(heads, rows, 1);
}

async function ask(client: Client, operationId: string, inputs: Readonly<Record<string, unknown>>) {
  const { status, body } = await client.call(operationId, inputs);
  if (status !== 200) throw new Error(`${operationId} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
