import { z } from 'zod';
import type { Client } from '../../api/client.ts';
import { grouped, table } from '../table.ts';
import type { Happening } from './happenings.ts';

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

const tierStandings = z.object({
  tiers: z.array(
    z.object({
      tier: z.string(),
      byStatus: z.record(z.string(), z.int()),
      paying: z.int(),
      recurring: amount,
    }),
  ),
});

/** Subscriptions by tier and status, cancelled ones too, as the API answers it. */
export async function tierTable(client: Client): Promise<string> {
  const { tiers } = tierStandings.parse(await ask(client, 'getSubscriptionsByTier', {}));
  const statuses = ['active', 'trialing', 'paused', 'suspended', 'cancelled'];
  const rows = tiers.map(({ tier, byStatus, paying, recurring }) => [
    tier,
    ...statuses.map((status) => String(byStatus[status] ?? 0)),
    String(paying),
    grouped(recurring.mrr.amount),
  ]);
  return table(['Tier', ...statuses.map(capitalized), 'Paying', 'MRR'], rows, 1);
}

const aging = z.object({
  total: z.object({ amount: money }),
  buckets: z.array(z.object({ bucket: z.string(), invoices: z.int(), amount: money })),
});

/** What customers owe, by days after the due date, as the API answers it. */
export async function agingTable(client: Client): Promise<string> {
  const { buckets, total } = aging.parse(await ask(client, 'getReceivablesAging', {}));
  const rows = buckets.map(({ bucket, invoices, amount: open }) => [
    bucket,
    String(invoices),
    grouped(open.amount),
  ]);
  const count = buckets.reduce((sum, { invoices }) => sum + invoices, 0);
  const sum = ['Total', String(count), grouped(total.amount.amount)];
  return table(['Days past due', 'Invoices', 'Open'], [...rows, sum], 1);
}

/** Every kind of thing that can happen, and how often it did. */
export function happeningsTable(happenings: readonly Happening[]): string {
  const rows = happenings.map(({ chapter, name, count }, index) => [
    happenings[index - 1]?.chapter === chapter ? '' : chapter,
    name,
    grouped(String(count)),
  ]);
  return table(['', 'What happened', 'Times'], rows, 2);
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

async function ask(client: Client, operationId: string, inputs: Readonly<Record<string, unknown>>) {
  const { status, body } = await client.call(operationId, inputs);
  if (status !== 200) throw new Error(`${operationId} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
