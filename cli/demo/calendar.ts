import {
  addMillis,
  addMonths,
  DAY_MS,
  type Instant,
  type Month,
  monthStart,
} from '../../domain/kernel/time.ts';

export const FIRST_MONTH: Month = '2025-01';
export const OPENS_AT: Instant = monthStart(FIRST_MONTH);

const HOUR_MS = 3_600_000;
/** Two working days a week, a week apart each: a trial of 14 days ends on one of them. */
const WEEK_MS = 7 * DAY_MS;
const IN_A_WEEK = [9 * HOUR_MS, 3 * DAY_MS + 14 * HOUR_MS + 1_631_000];
export const DAYS_A_WEEK = IN_A_WEEK.length;

/** The instant of a working day, by its index. */
export function workingDay(index: number): Instant {
  const week = Math.floor(index / DAYS_A_WEEK);
  return addMillis(OPENS_AT, week * WEEK_MS + (IN_A_WEEK[index % DAYS_A_WEEK] ?? 0));
}

/** The instants at which the company's customers do something, up to the end of its last month. */
export function workingDays(months: number): readonly Instant[] {
  const end = monthStart(addMonths(FIRST_MONTH, months));
  const days: Instant[] = [];
  for (let at = workingDay(0); at < end; at = workingDay(days.length)) days.push(at);
  return days;
}

/** Noon of the second day after the last month: its invoices are cut by then. */
export function endsAt(months: number): Instant {
  return addMillis(monthStart(addMonths(FIRST_MONTH, months)), 1.5 * DAY_MS);
}
