import { addMonths, type Instant, type Month, monthOf, monthStart } from '../../domain/kernel/time.ts';

export interface PostingTime {
  readonly at: Instant;
  readonly period: Month;
}

/** No closing event type exists yet, so no month is closed by log order. */
export const NO_CLOSED_MONTHS: ReadonlySet<Month> = new Set();

/**
 * When an entry counts in the books, decided by log order: at its effective time while that month is open, else
 * at the first instant of the first open month after it.
 * @param closed months with a closing event before the entry in the log
 */
export function postingTime(effectiveAt: Instant, closed: ReadonlySet<Month>): PostingTime {
  const month = monthOf(effectiveAt);
  if (!closed.has(month)) return { at: effectiveAt, period: month };
  let open = addMonths(month, 1);
  while (closed.has(open)) open = addMonths(open, 1);
  return { at: monthStart(open), period: open };
}
