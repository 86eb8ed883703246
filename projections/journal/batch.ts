import { setImmediate } from 'node:timers/promises';
import type { Month } from '../../domain/kernel/time.ts';
import type { EntryData, PostingData } from '../../eventstore/metadata.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { type PostingTime, postingTime } from './posting-time.ts';

export interface EntryRow {
  readonly entryNo: number;
  readonly customerId: string;
  readonly event: StoredEvent;
  readonly entry: EntryData;
  readonly posting: PostingTime;
  readonly postingMs: number;
}

export interface PostingRow {
  readonly entryNo: number;
  readonly lineNo: number;
  readonly customerId: string;
  readonly currency: string;
  readonly postingMs: number;
  /** Micros, debit positive. */
  readonly amount: bigint;
  readonly line: PostingData;
}

/** Debits and credits in micros that one or more postings add to a balance. */
export interface BalanceChange {
  readonly account: string;
  readonly currency: string;
  readonly customerId: string;
  readonly revenueStream: number;
  readonly day: number;
  debit: bigint;
  credit: bigint;
}

/** Everything that a batch of events adds to the journal. */
export interface JournalBatch {
  readonly entries: readonly EntryRow[];
  /** In the order of their key. */
  readonly postings: readonly PostingRow[];
  readonly daily: readonly BalanceChange[];
}

export const DAY_MS = 86_400_000;
const EVENTS_BETWEEN_YIELDS = 250;
const AMOUNT = /^(\d{1,15})(?:\.(\d{1,6}))?$/;

// No closing event type exists yet, so no month is closed by log order.
const NO_CLOSED_MONTHS: ReadonlySet<Month> = new Set();

/**
 * Numbers the entries that events carry and lays them out as rows. Lets other work run in between.
 * @param lastEntryNo number of the last entry before this batch
 * @throws Error on an entry whose postings do not sum to zero: the line stops
 */
export async function journalBatch(
  events: readonly StoredEvent[],
  lastEntryNo: number,
): Promise<JournalBatch> {
  const entries: EntryRow[] = [];
  const postings: PostingRow[] = [];
  const daily = new Map<string, BalanceChange>();
  let read = 0;
  for (const event of events) {
    read += 1;
    if (read % EVENTS_BETWEEN_YIELDS === 0) await setImmediate();
    const { entry } = event.metadata;
    if (entry === undefined) continue;
    const row = entryRow(event, entry, lastEntryNo + entries.length + 1);
    entries.push(row);
    let sum = 0n;
    for (const [index, line] of entry.postings.entries()) {
      const posting = postingRow(row, line, index + 1);
      postings.push(posting);
      addTo(daily, posting);
      sum += posting.amount;
    }
    if (sum !== 0n) throw new Error(`the entry of event ${event.id} does not balance`);
  }
  postings.sort(byKey);
  return { entries, postings, daily: [...daily.values()].sort(byBalanceKey) };
}

/** The same changes without their days and revenue streams, in the order of their key. */
export function totals(daily: readonly BalanceChange[]): BalanceChange[] {
  const sums = new Map<string, BalanceChange>();
  for (const change of daily) {
    const key = `${change.account}\n${change.currency}\n${change.customerId}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...change, revenueStream: 0, day: 0 });
    else {
      sum.debit += change.debit;
      sum.credit += change.credit;
    }
  }
  return [...sums.values()];
}

function entryRow(event: StoredEvent, entry: EntryData, entryNo: number): EntryRow {
  const posting = postingTime(entry.effectiveAt, NO_CLOSED_MONTHS);
  const customerId = event.metadata.customerId ?? '';
  return { entryNo, customerId, event, entry, posting, postingMs: Date.parse(posting.at) };
}

function postingRow(row: EntryRow, line: PostingData, lineNo: number): PostingRow {
  const micros = microsOf(line.amount);
  return {
    entryNo: row.entryNo,
    lineNo,
    customerId: line.customerId ?? '',
    currency: row.entry.currency,
    postingMs: row.postingMs,
    amount: line.side === 'Dr' ? micros : -micros,
    line,
  };
}

/** Micros of an entry's amount, which is never negative; without big.js because this is the hot path. */
function microsOf(amount: string): bigint {
  const parts = AMOUNT.exec(amount);
  if (parts === null) throw new RangeError(`not an entry's amount: ${amount.slice(0, 40)}`);
  return BigInt(`${parts[1]}${(parts[2] ?? '').padEnd(6, '0')}`);
}

function addTo(daily: Map<string, BalanceChange>, posting: PostingRow): void {
  const { account, revenueStream = 0 } = posting.line;
  const day = Math.floor(posting.postingMs / DAY_MS);
  const key = `${account}\n${posting.currency}\n${posting.customerId}\n${revenueStream}\n${day}`;
  let change = daily.get(key);
  if (change === undefined) {
    const { currency, customerId } = posting;
    change = { account, currency, customerId, revenueStream, day, debit: 0n, credit: 0n };
    daily.set(key, change);
  }
  if (posting.amount >= 0n) change.debit += posting.amount;
  else change.credit -= posting.amount;
}

function byKey(a: PostingRow, b: PostingRow): number {
  return (
    compare(a.line.account, b.line.account) ||
    compare(a.customerId, b.customerId) ||
    a.postingMs - b.postingMs ||
    a.entryNo - b.entryNo ||
    a.lineNo - b.lineNo
  );
}

function byBalanceKey(a: BalanceChange, b: BalanceChange): number {
  return (
    compare(a.account, b.account) ||
    compare(a.currency, b.currency) ||
    compare(a.customerId, b.customerId) ||
    a.revenueStream - b.revenueStream ||
    a.day - b.day
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
