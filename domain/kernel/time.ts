/** A point in time, UTC, canonical ISO 8601 with milliseconds: `2026-01-31T23:59:59.000Z`. */
export type Instant = string;

/** A calendar month, UTC: `2026-01`. */
export type Month = string;

/** A half-open interval `[from, to)`. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

export const DAY_MS = 86_400_000;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Milliseconds since the epoch. Throws RangeError on an unparsable instant. */
export function toMillis(instant: Instant): number {
  return Temporal.Instant.from(instant).epochMilliseconds;
}

/** Canonical form of milliseconds since the epoch. */
export function fromMillis(millis: number): Instant {
  return Temporal.Instant.fromEpochMilliseconds(millis).toString({ fractionalSecondDigits: 3 });
}

/** Any RFC 3339 timestamp, with any offset, in canonical UTC form. Throws RangeError. */
export function canonicalInstant(value: string): Instant {
  return fromMillis(toMillis(value));
}

export function addMillis(instant: Instant, millis: number): Instant {
  return fromMillis(toMillis(instant) + millis);
}

export function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

export function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

/**
 * Seconds of an interval, counted so that the parts of a split always add up to the whole: a started second
 * belongs to what ran before it. Negative where it runs backwards.
 */
export function secondsOf({ from, to }: Interval): number {
  return Math.ceil(toMillis(to) / 1000) - Math.ceil(toMillis(from) / 1000);
}

export function isMonth(value: string): value is Month {
  return MONTH.test(value);
}

/** The calendar month that contains an instant, UTC. */
export function monthOf(instant: Instant): Month {
  return instant.slice(0, 7);
}

/** The UTC calendar day that contains an instant: `2026-01-31`. */
export function dayOf(instant: Instant): string {
  return instant.slice(0, 10);
}

/** First instant of a month. */
export function monthStart(month: Month): Instant {
  if (!isMonth(month)) throw new RangeError(`not a month: ${month}`);
  return `${month}-01T00:00:00.000Z`;
}

/** The month `count` months later (negative: earlier). */
export function addMonths(month: Month, count: number): Month {
  return Temporal.PlainYearMonth.from(month).add({ months: count }).toString();
}

/** First instant after a month. */
export function monthEnd(month: Month): Instant {
  return monthStart(addMonths(month, 1));
}

/** The whole month as a half-open interval. */
export function monthInterval(month: Month): Interval {
  return { from: monthStart(month), to: monthEnd(month) };
}

/** Every month from `first` to `last`, both included. */
export function monthsFromTo(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = first; month <= last; month = addMonths(month, 1)) months.push(month);
  return months;
}

/**
 * The `years`-th anniversary of an anchor: same time of day, 29 February clamps to the 28th in common
 * years and comes back in leap years, because the anchor is kept and never derived from the last boundary.
 */
export function anniversary(anchor: Instant, years: number): Instant {
  const zoned = Temporal.Instant.from(anchor).toZonedDateTimeISO('UTC').add({ years });
  return fromMillis(zoned.epochMilliseconds);
}

/** The same day of the month and time of day `months` later, clamped to the end of a shorter month. */
export function addCalendarMonths(instant: Instant, months: number): Instant {
  const zoned = Temporal.Instant.from(instant).toZonedDateTimeISO('UTC').add({ months });
  return fromMillis(zoned.epochMilliseconds);
}

/** The part of `interval` inside `bounds`; undefined where they do not meet. */
export function intersect(interval: Interval, bounds: Interval): Interval | undefined {
  const from = later(interval.from, bounds.from);
  const to = earlier(interval.to, bounds.to);
  return from < to ? { from, to } : undefined;
}
