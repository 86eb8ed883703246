/** An instant in milliseconds since the epoch. */
export type Time = number;

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export function timeOf(text: string): Time {
  return Date.parse(text);
}

export function textOf(time: Time): string {
  return new Date(time).toISOString();
}

/** `2028-02` */
export function monthOf(time: Time): string {
  return textOf(time).slice(0, 7);
}

export function startOf(month: string): Time {
  return Date.parse(`${month}-01T00:00:00Z`);
}

export function monthAfter(month: string, count = 1): string {
  const at = new Date(startOf(month));
  return monthOf(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + count, 1));
}

export function endOf(month: string): Time {
  return startOf(monthAfter(month));
}

/** Ticks of the second hand between two instants. */
export function seconds(from: Time, to: Time): bigint {
  return BigInt(Math.ceil(to / SECOND) - Math.ceil(from / SECOND));
}

/** The same day of the month and time of day, months on; the last day where a month is too short for it. */
export function monthsOn(time: Time, months: number): Time {
  const at = new Date(time);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(at.getUTCDate(), lastDay);
  return Date.UTC(year, month, day) + (time % DAY);
}

export function yearsOn(time: Time, years: number): Time {
  return monthsOn(time, 12 * years);
}
