import { DAY_MS, fromMillis, type Instant, toMillis } from '../../domain/kernel/time.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A point in book time, inclusive: a whole day `2026-01-31`, or an instant. */
export type AsOf = string;

/** A point in knowledge, inclusive: a log position, or an instant of the business clock (`recordedAt`). */
export type KnownAt = number | Instant;

/**
 * The first instant that does not count any more. Throws RangeError on what is neither date nor instant.
 * Instants of events have milliseconds, so the next one is a millisecond later.
 */
export function instantAfter(asOf: AsOf): Date {
  return new Date(DATE.test(asOf) ? startOf(asOf).getTime() + DAY_MS : toMillis(asOf) + 1);
}

/** The first instant of a day, or the instant itself. */
export function startOf(dateOrInstant: string): Date {
  return new Date(toMillis(DATE.test(dateOrInstant) ? `${dateOrInstant}T00:00:00Z` : dateOrInstant));
}

/** Start of the UTC day in which an instant lies, and its date. */
export function dayStart(instant: Date): { readonly at: Date; readonly date: string } {
  const date = fromMillis(instant.getTime()).slice(0, 10);
  return { at: startOf(date), date };
}
