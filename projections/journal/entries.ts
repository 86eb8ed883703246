import type { Kysely, Selectable } from 'kysely';
import { fromMicros } from '../../domain/kernel/money.ts';
import { startOf } from './as-of.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { isMeant, type PostingFilter, postingMatches, selectsPostings } from './posting-filter.ts';
import type { JournalEntryTable, JournalTables, PostingTable } from './tables.ts';

/** An entry as the journal shows it. */
export interface EntryView {
  readonly entryNo: number;
  readonly eventId: string;
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly template: string;
  readonly description: string;
  readonly currency: string;
  readonly effectiveAt: string;
  readonly recordedAt: string;
  readonly postingAt: string;
  readonly postingDate: string;
  /** Month: `2026-01`. */
  readonly period: string;
  readonly actor: string;
  readonly commandId: string;
  readonly customerId: string | null;
  readonly postings: readonly PostingView[];
  /** Debits less credits of the postings that were asked for; null where none were singled out. */
  readonly matched: string | null;
}

export interface PostingView {
  readonly account: string;
  readonly side: 'Dr' | 'Cr';
  /** Decimal string, above zero. */
  readonly amount: string;
  readonly customerId: string | null;
  readonly revenueStream: number | null;
  readonly meter: string | null;
  readonly partnerId: string | null;
  readonly loanId: string | null;
  readonly servicePeriod: string | null;
}

/** Entries that have at least one posting which agrees with the whole filter. */
export interface EntryFilter extends PostingFilter {
  /** Month of posting: `2026-01`. */
  readonly period?: string | undefined;
  readonly template?: string | undefined;
  /** Types of the events that carry the entries. */
  readonly types?: readonly string[] | undefined;
  readonly stream?: string | undefined;
  readonly cursor?: string | undefined;
  /** Entries on a page, 1 to 500. */
  readonly limit?: number | undefined;
}

export interface EntryPage {
  readonly entries: readonly EntryView[];
  readonly nextCursor: string | null;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** The entry that an event carries; undefined if it carries none or is not projected yet. */
export async function entryByEventId(
  db: Kysely<JournalTables>,
  eventId: string,
): Promise<EntryView | undefined> {
  const rows = await db
    .selectFrom('read.journal_entries')
    .selectAll()
    .where('event_id', '=', eventId)
    .execute();
  const [entry] = await withPostings(db, rows, {});
  return entry;
}

/** Entries in the order of their numbers. Throws RangeError on a cursor that is none. */
export async function listEntries(db: Kysely<JournalTables>, filter: EntryFilter = {}): Promise<EntryPage> {
  const limit = Math.min(Math.max(filter.limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
  let query = db
    .selectFrom('read.journal_entries')
    .selectAll()
    .orderBy('entry_no')
    .limit(limit + 1);
  if (filter.cursor !== undefined) query = query.where('entry_no', '>', numberOf(filter.cursor));
  if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId);
  if (filter.period !== undefined) query = query.where('period', '=', filter.period);
  if (filter.template !== undefined) query = query.where('template', '=', filter.template);
  if (filter.types !== undefined) query = query.where('type', 'in', filter.types);
  if (filter.stream !== undefined) query = query.where('stream', '=', filter.stream);
  if (filter.from !== undefined) query = query.where('posting_at', '>=', startOf(filter.from));
  if (filter.to !== undefined) query = query.where('posting_at', '<', startOf(filter.to));
  if (selectsPostings(filter)) {
    query = query.where('entry_no', 'in', (eb) =>
      eb
        .selectFrom('read.postings as p')
        .select('p.entry_no')
        .where((posting) => postingMatches(posting, filter)),
    );
  }
  const rows = await query.execute();
  const entries = await withPostings(db, rows.slice(0, limit), filter);
  const last = entries[entries.length - 1];
  const more = rows.length > limit && last !== undefined;
  return { entries, nextCursor: more ? encodeCursor([String(last.entryNo)]) : null };
}

function numberOf(cursor: string): string {
  const [entryNo] = decodeCursor(cursor, 1);
  if (entryNo === undefined || !/^\d{1,15}$/.test(entryNo)) throw new RangeError('not a cursor');
  return entryNo;
}

async function withPostings(
  db: Kysely<JournalTables>,
  rows: readonly Selectable<JournalEntryTable>[],
  filter: PostingFilter,
): Promise<EntryView[]> {
  if (rows.length === 0) return [];
  const numbers = rows.map((row) => row.entry_no);
  const postings = await db
    .selectFrom('read.postings')
    .selectAll()
    .where('entry_no', 'in', numbers)
    .orderBy('entry_no')
    .orderBy('line_no')
    .execute();
  return rows.map((row) =>
    entryView(
      row,
      postings.filter((posting) => posting.entry_no === row.entry_no),
      filter,
    ),
  );
}

function entryView(
  row: Selectable<JournalEntryTable>,
  postings: readonly Selectable<PostingTable>[],
  filter: PostingFilter,
): EntryView {
  const meant = postings.filter((posting) => isMeant(posting, filter));
  const postingAt = row.posting_at.toISOString();
  return {
    entryNo: Number(row.entry_no),
    eventId: row.event_id,
    position: Number(row.position),
    type: row.type,
    stream: row.stream,
    revision: row.revision,
    template: row.template,
    description: row.description,
    currency: row.currency,
    effectiveAt: row.effective_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    postingAt,
    postingDate: postingAt.slice(0, 10),
    period: row.period,
    actor: row.actor,
    commandId: row.command_id,
    customerId: orNull(row.customer_id),
    postings: postings.map(postingView),
    matched: selectsPostings(filter)
      ? fromMicros(meant.reduce((sum, { amount }) => sum + BigInt(amount), 0n))
      : null,
  };
}

function postingView(row: Selectable<PostingTable>): PostingView {
  const amount = BigInt(row.amount);
  return {
    account: row.account,
    side: amount >= 0n ? 'Dr' : 'Cr',
    amount: fromMicros(amount >= 0n ? amount : -amount),
    customerId: orNull(row.customer_id),
    revenueStream: row.revenue_stream === 0 ? null : row.revenue_stream,
    meter: orNull(row.meter),
    partnerId: orNull(row.partner_id),
    loanId: orNull(row.loan_id),
    servicePeriod: orNull(row.service_period),
  };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
