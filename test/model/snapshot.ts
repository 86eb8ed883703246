import { amountText, MICROS_PER_CENT } from './arithmetic.ts';
import { monthOf, type Time, textOf } from './calendar.ts';
import type { NaiveInvoice } from './naive-invoice.ts';
import type { NaiveModel } from './naive-model.ts';
import { COMMITMENT } from './naive-usage.ts';
import { METERS } from './prices.ts';

export interface InvoiceSnapshot {
  readonly kind: string;
  readonly period: string | null;
  readonly at: string;
  readonly status: string;
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  readonly due: string;
  readonly lines: readonly string[];
  /** Cause, net, tax, to the receivable, to the customer's credit. */
  readonly creditNotes: readonly string[];
  readonly refunds: readonly string[];
}

/** All that model and service must agree on. Amounts are texts, counts and accruals whole. */
export interface Snapshot {
  readonly answers: readonly string[];
  readonly subscription: {
    readonly status: string;
    readonly tier: string;
    readonly cycle: string;
    readonly price: string;
    readonly paidThrough: string | null;
    readonly scheduled: string | null;
    readonly endsAt: string | null;
    readonly trialEndsAt: string | null;
  };
  /** What the customer may do, and why. */
  readonly access: string;
  /** Cents a year. */
  readonly recurring: string;
  /** In order of their numbers. */
  readonly invoices: readonly InvoiceSnapshot[];
  /** Micros by account, debits positive. */
  readonly balances: Readonly<Record<string, string>>;
  /** By month and meter: all units, those that are rated, micros accrued, micros billed. */
  readonly usage: Readonly<Record<string, string>>;
}

export function snapshotOf({ account, subscription, answers }: NaiveModel): Snapshot {
  const { status, tier, cycle, price, charge, scheduled, endsAt, trialEndsAt, recurring } = subscription;
  const shown = (time: Time | null) => (time === null ? null : textOf(time));
  const usage = account.usage.months().flatMap((month) => {
    const counted = account.usage.counted(month, account.stretches);
    const commitment = { meter: COMMITMENT, quantity: 0n, rated: 0n };
    return [...counted, commitment].map(({ meter, quantity, rated }) => {
      const [accrued, billed] = [account.usage.accrued(month, meter), account.usage.billed(month, meter)];
      return [`${month} ${meter}`, `${quantity} ${rated} ${accrued.amount} ${billed.amount}`] as const;
    });
  });
  return {
    answers,
    subscription: {
      status,
      tier: status === 'cancelled' ? 'none' : tier,
      cycle,
      price: amountText(price),
      paidThrough: shown(charge?.to ?? null),
      scheduled: scheduled === null ? null : `${scheduled.tier} ${scheduled.cycle} ${textOf(scheduled.at)}`,
      endsAt: shown(endsAt),
      trialEndsAt: shown(trialEndsAt),
    },
    access: accessOf(status, account.invoices),
    recurring: String(recurring),
    invoices: account.invoices.map(invoiceSnapshot),
    balances: inOrder([...account.balances].filter(([, amount]) => amount !== 0n).map(asText)),
    usage: inOrder(usage.filter(([, text]) => text !== '0 0 0 0')),
  };
}

/** An overdue invoice takes rights away step by step, whatever the subscription. */
function accessOf(status: string, invoices: readonly NaiveInvoice[]): string {
  if (status === 'none') return 'none no-subscription';
  if (status === 'cancelled' || status === 'paused') return `none subscription-${status}`;
  if (status === 'suspended') return 'none payment-suspended';
  const furthest = Math.max(0, ...invoices.filter((one) => one.owed).map(({ dunned }) => dunned));
  const standings = [
    'full ok',
    'full payment-past-due',
    'full payment-grace',
    'readOnly payment-restricted',
    'none payment-suspended',
  ];
  return standings[Math.min(furthest, 4)] ?? '';
}

function asText([account, amount]: readonly [string, bigint]): readonly [string, string] {
  return [account, String(amount)];
}

export function inOrder(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function invoiceSnapshot(invoice: NaiveInvoice): InvoiceSnapshot {
  return {
    kind: invoice.kind,
    period: invoice.period,
    at: textOf(invoice.at),
    status: invoice.status,
    net: amountText(invoice.net),
    tax: amountText(invoice.tax),
    total: amountText(invoice.total),
    due: amountText(invoice.due),
    lines: invoice.lines.map(({ kind, net, of }) => lineText(kind, amountText(net), of)).sort(),
    creditNotes: invoice.creditNotes.map((note) =>
      [note.cause, ...[note.net, note.tax, note.toReceivable, note.toCredit].map(amountText)].join(' '),
    ),
    refunds: invoice.refunds.map(({ total, method, status }) => `${amountText(total)} ${method} ${status}`),
  };
}

export function lineText(kind: string, amount: string, of: string): string {
  return `${kind} ${amount} ${of}`.trim();
}

/**
 * What must hold of any books, told from the model itself: deferred revenue is what is not earned, the receivable
 * what is owed, the contract asset what is accrued or kept and on no invoice.
 */
export function faultsOf({ account, now }: NaiveModel): string[] {
  const balance = (code: string) => account.balances.get(code) ?? 0n;
  const total = (parts: Iterable<bigint>) => [...parts].reduce((all, part) => all + part, 0n);
  const unearned = total(account.invoices.map((invoice) => invoice.unearned));
  const due = total(account.invoices.map((invoice) => invoice.due));
  const kept = total(account.prorations.map(({ amount }) => amount));
  const left = (month: string, meter: string) =>
    account.usage.accrued(month, meter).amount - account.usage.billed(month, meter).amount;
  const unbilled = total(
    account.usage.months().flatMap((month) => [...METERS, COMMITMENT].map((meter) => left(month, meter))),
  );
  const wanted: Record<string, bigint> = {
    '2100': -unearned * MICROS_PER_CENT,
    '1200': due * MICROS_PER_CENT,
    '1210': kept * MICROS_PER_CENT + unbilled,
    '2200': -account.funds.credit * MICROS_PER_CENT,
    '2210': -total(account.funds.topUps.map((block) => block.left)) * MICROS_PER_CENT,
  };
  const faults = Object.entries(wanted).filter(([code, amount]) => balance(code) !== amount);
  if (total(account.balances.values()) !== 0n) faults.push(['all', 0n]);
  return faults.map(([code, amount]) => `${monthOf(now)}: ${code} is ${balance(code)}, not ${amount}`);
}
