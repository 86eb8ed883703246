import { type ExpressionBuilder, type ExpressionWrapper, type Selectable, type SqlBool, sql } from 'kysely';
import { startOf } from './as-of.ts';
import type { JournalTables, PostingTable } from './tables.ts';

/** Which postings are meant: those that agree with everything that is given. */
export interface PostingFilter {
  readonly accounts?: readonly string[] | undefined;
  readonly customerId?: string | undefined;
  /** 0: postings of no stream. */
  readonly revenueStream?: number | undefined;
  /** Month, or '' for postings of none. */
  readonly servicePeriod?: string | undefined;
  /** '': postings of no meter. */
  readonly meter?: string | undefined;
  /** First posting date or instant that counts. */
  readonly from?: string | undefined;
  /** First posting date or instant that does not count any more. */
  readonly to?: string | undefined;
}

/** True if the filter is about lines, not only about entries. */
export function selectsPostings({ accounts, revenueStream, servicePeriod, meter }: PostingFilter): boolean {
  return [accounts, revenueStream, servicePeriod, meter].some((part) => part !== undefined);
}

/** The filter as a condition on `read.postings as p`. Throws RangeError on what is neither date nor instant. */
export function postingMatches(
  eb: ExpressionBuilder<JournalTables & { p: PostingTable }, 'p'>,
  filter: PostingFilter,
): ExpressionWrapper<JournalTables & { p: PostingTable }, 'p', SqlBool> {
  const { accounts, customerId, revenueStream, servicePeriod, meter, from, to } = filter;
  return eb.and([
    ...(accounts === undefined ? [] : [eb('p.account', 'in', accounts)]),
    ...(customerId === undefined ? [] : [eb('p.customer_id', '=', customerId)]),
    ...(revenueStream === undefined ? [] : [eb('p.revenue_stream', '=', revenueStream)]),
    ...(servicePeriod === undefined ? [] : [eb('p.service_period', '=', servicePeriod)]),
    ...(meter === undefined ? [] : [eb('p.meter', '=', meter)]),
    ...(from === undefined ? [] : [sql<SqlBool>`p.posting_at >= ${startOf(from)}`]),
    ...(to === undefined ? [] : [sql<SqlBool>`p.posting_at < ${startOf(to)}`]),
  ]);
}

/** The same condition on a row that is there. An entry has one posting time, so that is not looked at again. */
export function isMeant(row: Selectable<PostingTable>, filter: PostingFilter): boolean {
  const { accounts, customerId, revenueStream, servicePeriod, meter } = filter;
  return (
    (accounts?.includes(row.account) ?? true) &&
    row.customer_id === (customerId ?? row.customer_id) &&
    row.revenue_stream === (revenueStream ?? row.revenue_stream) &&
    row.service_period === (servicePeriod ?? row.service_period) &&
    row.meter === (meter ?? row.meter)
  );
}
