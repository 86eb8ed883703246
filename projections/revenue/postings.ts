import { dayOf, type Instant, type Month } from '../../domain/kernel/time.ts';
import type { EntryData, PostingData } from '../../eventstore/metadata.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { type AccountCode, accountOf } from '../../ledger/chart-of-accounts.ts';
import { microsOf } from '../journal/batch.ts';
import { NO_CLOSED_MONTHS, postingTime } from '../journal/posting-time.ts';
import type { AccountDayRow, AccountMonthRow, Flow, ReceivableChangeRow } from './tables.ts';

/** A line of an entry with its place in the books. Amounts are micros. */
interface Line {
  readonly event: StoredEvent;
  readonly lineNo: number;
  readonly posting: PostingData;
  readonly currency: string;
  readonly postingAt: Instant;
  readonly postingMonth: Month;
  readonly flow: Flow;
  readonly debit: bigint;
  readonly credit: bigint;
}

export const RECEIVABLE: AccountCode = '1200';

/** Where customers' money arrives, and how it was sent. */
export const CASH_METHODS = {
  '1010': 'bank_transfer',
  '1100': 'card',
  '1110': 'card',
  '1130': 'ach',
} as const satisfies Partial<Record<AccountCode, string>>;

export const CASH_ACCOUNTS = Object.keys(CASH_METHODS) as (keyof typeof CASH_METHODS)[];

/** Balance sheet accounts that revenue reports look at beside revenue and expense. */
const REPORTED_BALANCES: ReadonlySet<string> = new Set([
  ...CASH_ACCOUNTS,
  RECEIVABLE,
  '1205',
  '2200',
  '2220',
]);
const REPORTED_TYPES: ReadonlySet<string> = new Set(['revenue', 'contra_revenue', 'expense']);
const REVENUE_TYPES: ReadonlySet<string> = new Set(['revenue', 'contra_revenue']);

/** What customers owe and are owed: cash against one of these was received from them or given back. */
const CUSTOMER_ACCOUNTS: ReadonlySet<string> = new Set([RECEIVABLE, '1205', '2200', '2210', '2240']);
const REFUNDS_PAYABLE = '2220';
const DISPUTES = '1220';
const LOSSES: ReadonlySet<string> = new Set(['1205', '5100']);

/** The lines of the entries that events carry, in log order. */
export function linesOf(events: readonly StoredEvent[]): Line[] {
  return events.flatMap((event) => {
    const { entry } = event.metadata;
    if (entry === undefined) return [];
    const { at, period } = postingTime(entry.effectiveAt, NO_CLOSED_MONTHS);
    return entry.postings.map((posting, index): Line => {
      const amount = microsOf(posting.amount);
      return {
        event,
        lineNo: index + 1,
        posting,
        currency: entry.currency,
        postingAt: at,
        postingMonth: period,
        flow: flowOf(entry, posting),
        debit: posting.side === 'Dr' ? amount : 0n,
        credit: posting.side === 'Cr' ? amount : 0n,
      };
    });
  });
}

function flowOf(entry: EntryData, { account }: PostingData): Flow {
  const touches = (codes: ReadonlySet<string>) => entry.postings.some((other) => codes.has(other.account));
  if (Object.hasOwn(CASH_METHODS, account)) {
    if (touches(new Set([REFUNDS_PAYABLE]))) return 'refund';
    if (touches(new Set([DISPUTES]))) return 'dispute';
    return touches(CUSTOMER_ACCOUNTS) ? 'receipt' : '';
  }
  const settled = CASH_ACCOUNTS.some((cash) => entry.postings.some((other) => other.account === cash));
  return account === RECEIVABLE && !settled && touches(LOSSES) ? 'write-off' : '';
}

/** What lines add to the months of their accounts; each key once. */
export function accountMonths(lines: readonly Line[]): AccountMonthRow[] {
  return summed(
    lines.filter(({ posting }) => isReported(posting.account)),
    ({ posting, postingMonth, event, flow, currency }) => ({
      posting_month: postingMonth,
      account: posting.account,
      customer_id: posting.customerId ?? '',
      revenue_stream: posting.revenueStream ?? 0,
      service_month: posting.servicePeriod ?? '',
      meter: posting.meter ?? '',
      event_type: event.type,
      flow,
      currency,
    }),
  ).map(({ key, debit, credit, lines: postings }) => ({ ...key, debit, credit, postings: String(postings) }));
}

/** What lines add to the days of revenue accounts; each key once. */
export function accountDays(lines: readonly Line[]): AccountDayRow[] {
  return summed(
    lines.filter(({ posting }) => REVENUE_TYPES.has(accountOf(posting.account).type)),
    ({ posting, postingAt, currency }) => ({
      posting_date: dayOf(postingAt),
      account: posting.account,
      revenue_stream: posting.revenueStream ?? 0,
      meter: posting.meter ?? '',
      currency,
    }),
  ).map(({ key, debit, credit }) => ({ ...key, debit, credit }));
}

export function receivableChanges(lines: readonly Line[]): ReceivableChangeRow[] {
  return lines
    .filter(({ posting }) => posting.account === RECEIVABLE)
    .map(({ event, lineNo, posting, postingAt, currency, debit, credit }) => ({
      customer_id: posting.customerId ?? '',
      invoice_id: invoiceOf(event),
      position: String(event.position),
      line_no: lineNo,
      posting_at: postingAt,
      currency,
      amount: String(debit - credit),
      event_type: event.type,
    }));
}

/** Every event of an invoice's stream names it. */
function invoiceOf({ data }: StoredEvent): string {
  return 'invoiceId' in data && typeof data.invoiceId === 'string' ? data.invoiceId : '';
}

function isReported(account: string): boolean {
  return REPORTED_BALANCES.has(account) || REPORTED_TYPES.has(accountOf(account).type);
}

interface Sum<Key> {
  readonly key: Key;
  readonly debit: string;
  readonly credit: string;
  readonly lines: number;
}

function summed<Key extends object>(lines: readonly Line[], keyOf: (line: Line) => Key): Sum<Key>[] {
  const sums = new Map<string, { key: Key; debit: bigint; credit: bigint; lines: number }>();
  for (const line of lines) {
    const key = keyOf(line);
    const text = JSON.stringify(key);
    const sum = sums.get(text) ?? { key, debit: 0n, credit: 0n, lines: 0 };
    sum.debit += line.debit;
    sum.credit += line.credit;
    sum.lines += 1;
    sums.set(text, sum);
  }
  return [...sums.values()].map(({ key, debit, credit, lines: count }) => ({
    key,
    debit: String(debit),
    credit: String(credit),
    lines: count,
  }));
}
