import { setImmediate } from 'node:timers/promises';
import { DAY_MS } from '../../domain/kernel/time.ts';
import type { EntryData, PostingData } from '../../eventstore/metadata.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { NO_CLOSED_MONTHS, type PostingTime, postingTime } from './posting-time.ts';

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

interface Sum {
  readonly account: string;
  readonly currency: string;
  /** Micros. */
  debit: bigint;
  credit: bigint;
}

export interface DailyChange extends Sum {
  readonly revenueStream: number;
  /** Days since 1970. */
  readonly day: number;
}

export interface CustomerChange extends Sum {
  readonly customerId: string;
}

/** Everything that a batch of events adds to the journal; all in the order of their keys. */
export interface JournalBatch {
  readonly entries: readonly EntryRow[];
  readonly postings: readonly PostingRow[];
  readonly daily: readonly DailyChange[];
  readonly customers: readonly CustomerChange[];
}

const EVENTS_BETWEEN_YIELDS = 250;
const AMOUNT = /^(\d{1,15})(?:\.(\d{1,6}))?$/;

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
      sum += posting.amount;
    }
    if (sum !== 0n) throw new Error(`the entry of event ${event.id} does not balance`);
  }
  postings.sort(byKey);
  return { entries, postings, daily: dailyChanges(postings), customers: customerChanges(postings) };
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
export function microsOf(amount: string): bigint {
  const parts = AMOUNT.exec(amount);
  if (parts === null) throw new RangeError(`not an entry's amount: ${amount.slice(0, 40)}`);
  return BigInt(`${parts[1]}${(parts[2] ?? '').padEnd(6, '0')}`);
}

/** What postings add to the balances of a day, in the order of their key. */
function dailyChanges(postings: readonly PostingRow[]): DailyChange[] {
  const changes = new Map<string, DailyChange>();
  for (const { line, currency, postingMs, amount } of postings) {
    const { account, revenueStream = 0 } = line;
    const day = Math.floor(postingMs / DAY_MS);
    const key = `${account} ${currency} ${revenueStream} ${day}`;
    let change = changes.get(key);
    if (change === undefined) {
      change = { account, currency, revenueStream, day, debit: 0n, credit: 0n };
      changes.set(key, change);
    }
    addAmount(change, amount);
  }
  return [...changes].sort(([a], [b]) => compare(a, b)).map(([, change]) => change);
}

/** What postings add to the balances of customers. In the order of their key, those of one balance are neighbours. */
function customerChanges(postings: readonly PostingRow[]): CustomerChange[] {
  const changes: CustomerChange[] = [];
  let ofCustomer: CustomerChange[] = [];
  for (const { line, currency, customerId, amount } of postings) {
    const { account } = line;
    const [first] = ofCustomer;
    if (first?.account !== account || first.customerId !== customerId) ofCustomer = [];
    let change = ofCustomer.find((one) => one.currency === currency);
    if (change === undefined) {
      change = { account, currency, customerId, debit: 0n, credit: 0n };
      ofCustomer.push(change);
      changes.push(change);
    }
    addAmount(change, amount);
  }
  return changes;
}

function addAmount(sum: Sum, amount: bigint): void {
  if (amount >= 0n) sum.debit += amount;
  else sum.credit -= amount;
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
