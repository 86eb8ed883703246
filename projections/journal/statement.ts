import { type Kysely, sql } from 'kysely';
import { BOOK_CURRENCY, fromMicros } from '../../domain/kernel/money.ts';
import { startOf } from './as-of.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { type PostingFilter, postingMatches } from './posting-filter.ts';
import { onSnapshot } from './snapshot.ts';
import type { JournalTables } from './tables.ts';

export interface StatementOptions extends Omit<PostingFilter, 'accounts'> {
  readonly currency?: string | undefined;
  readonly cursor?: string | undefined;
  /** Lines on a page, 1 to 500. */
  readonly limit?: number | undefined;
}

/** A posting on its account's statement; amounts are decimal strings. */
export interface StatementLine {
  readonly entryNo: number;
  readonly lineNo: number;
  readonly eventId: string;
  readonly description: string;
  readonly template: string;
  readonly postingAt: string;
  readonly postingDate: string;
  readonly customerId: string | null;
  readonly debit: string | null;
  readonly credit: string | null;
  /** Debits less credits of the account up to and with this line. */
  readonly balance: string;
}

export interface Statement {
  readonly account: string;
  readonly currency: string;
  /** Debits less credits before the first line of this page. */
  readonly openingBalance: string;
  readonly lines: readonly StatementLine[];
  /** Debits less credits after the last line of this page. */
  readonly closingBalance: string;
  readonly nextCursor: string | null;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/**
 * The postings of an account in order of posting time, then entry, with a running balance.
 * @throws RangeError on a cursor, date or instant that is none
 */
export function accountStatement(
  db: Kysely<JournalTables>,
  account: string,
  options: StatementOptions = {},
): Promise<Statement> {
  return onSnapshot(db, (snapshot) => statement(snapshot, account, options));
}

async function statement(
  db: Kysely<JournalTables>,
  account: string,
  options: StatementOptions,
): Promise<Statement> {
  const { currency = BOOK_CURRENCY, from, to, cursor } = options;
  const { customerId, revenueStream, servicePeriod, meter } = options;
  const limit = Math.min(Math.max(options.limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
  const place = cursor === undefined ? undefined : placeOf(cursor);
  const position = sql`(p.posting_at, p.entry_no, p.line_no)`;
  const after = place && sql`(${place.at}::timestamptz, ${place.entryNo}::bigint, ${place.lineNo}::smallint)`;
  const mine = db
    .selectFrom('read.postings as p')
    .where('p.account', '=', account)
    .where('p.currency', '=', currency)
    .where((eb) => postingMatches(eb, { customerId, revenueStream, servicePeriod, meter }));

  let page = mine;
  if (from !== undefined) page = page.where('p.posting_at', '>=', startOf(from));
  if (to !== undefined) page = page.where('p.posting_at', '<', startOf(to));
  if (after !== undefined) page = page.where(sql<boolean>`${position} > ${after}`);
  const rows = await page
    .innerJoin('read.journal_entries as e', 'e.entry_no', 'p.entry_no')
    .select([
      'p.entry_no',
      'p.line_no',
      'p.posting_at',
      'p.customer_id',
      'p.amount',
      'e.event_id',
      'e.description',
      'e.template',
    ])
    .orderBy('p.posting_at')
    .orderBy('p.entry_no')
    .orderBy('p.line_no')
    .limit(limit + 1)
    .execute();

  const opening = await openingBalance();
  let balance = opening;
  const lines = rows.slice(0, limit).map((row): StatementLine => {
    const amount = BigInt(row.amount);
    balance += amount;
    const postingAt = row.posting_at.toISOString();
    return {
      entryNo: Number(row.entry_no),
      lineNo: row.line_no,
      eventId: row.event_id,
      description: row.description,
      template: row.template,
      postingAt,
      postingDate: postingAt.slice(0, 10),
      customerId: row.customer_id === '' ? null : row.customer_id,
      debit: amount >= 0n ? fromMicros(amount) : null,
      credit: amount < 0n ? fromMicros(-amount) : null,
      balance: fromMicros(balance),
    };
  });
  const last = lines[lines.length - 1];
  return {
    account,
    currency,
    openingBalance: fromMicros(opening),
    lines,
    closingBalance: fromMicros(balance),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor([last.postingAt, String(last.entryNo), String(last.lineNo)])
        : null,
  };

  async function openingBalance(): Promise<bigint> {
    if (after === undefined && from === undefined) return 0n;
    const earlier = mine
      .select(({ fn }) => fn.sum<string | null>('p.amount').as('sum'))
      .where(
        after === undefined && from !== undefined
          ? sql<boolean>`p.posting_at < ${startOf(from)}`
          : sql<boolean>`${position} <= ${after}`,
      );
    return BigInt((await earlier.executeTakeFirst())?.sum ?? 0);
  }
}

function placeOf(cursor: string): { at: string; entryNo: string; lineNo: string } {
  const [at, entryNo, lineNo] = decodeCursor(cursor, 3);
  if (at === undefined || !/^\d+$/.test(`${entryNo}${lineNo}`)) throw new RangeError('not a cursor');
  return { at: startOf(at).toISOString(), entryNo: String(entryNo), lineNo: String(lineNo) };
}
