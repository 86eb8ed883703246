import { z } from 'zod';
import { type Instant, type Interval, type Month, monthStart, toMillis } from '../../domain/kernel/time.ts';

/** Number and date formats; the words of a document are English in each of them. */
export const DOCUMENT_LOCALES = ['en-US', 'en-GB', 'de-DE'] as const;
export type DocumentLocale = (typeof DOCUMENT_LOCALES)[number];

export const UTC = 'UTC';
const MINUS = '\u2212';
const FINEST_PRICE = 9;
const CENT_PLACES = 2;

/** How a document is to be read. It changes how figures look, never what they are. */
export interface Presentation {
  readonly locale: DocumentLocale;
  /** IANA name, `UTC` unless somebody asks. */
  readonly timeZone: string;
}

/** Something in time as the reader's zone has it, and as UTC has it where that reads differently. */
export interface Stated {
  readonly text: string;
  readonly utc: string | null;
}

/** An IANA time zone, in the spelling of the database; offsets such as `+01:00` are none. */
export const timeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'must be an IANA time zone, such as Europe/Berlin')
  .transform((name, context) => {
    try {
      return new Temporal.ZonedDateTime(0n, name).timeZoneId;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be an IANA time zone, such as Europe/Berlin' });
      return z.NEVER;
    }
  });

/** Figures and dates for one reader. Amounts, counts and rates come in as decimal strings and stay exact. */
export interface Formats {
  readonly timeZone: string;
  money(amount: string): string;
  /** A price of one unit or package, with all its decimals. */
  price(amount: string): string;
  count(units: string): string;
  /** `0.0825` → `8.25%` */
  percent(rate: string): string;
  /** The day that contains an instant. */
  day(at: Instant): Stated;
  /** `[from, to)`: days where it runs from midnight to midnight, time of day and offset where it does not. */
  period(interval: Interval): Stated;
  /** `January 2026` */
  month(month: Month): string;
}

export function formatsFor({ locale, timeZone: zone }: Presentation, currency: string): Formats {
  const local = daysIn(locale, zone);
  const universal = daysIn(locale, UTC);
  const counts = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 });
  const months = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: UTC });
  return {
    timeZone: zone,
    money: (amount) => typeset(moneyFormat(locale, currency, amount).format(asNumeric(amount))),
    price: (amount) => typeset(priceFormat(locale, currency).format(asNumeric(amount))),
    count: (units) => typeset(counts.format(asNumeric(units))),
    percent: (rate) => typeset(percents.format(asNumeric(rate))),
    day: (at) => stated(local.day(at), `${universal.day(at)} ${UTC}`, local.day(at) === universal.day(at)),
    period: (interval) => {
      const [here, there] = [local.period(interval), universal.period(interval)];
      return stated(here, there.endsWith(UTC) ? there : `${there} ${UTC}`, here === there);
    },
    month: (month) => months.format(toMillis(monthStart(month))),
  };
}

/** What a reader must know about the dates of a document. */
export function timeNote({ timeZone: zone }: Formats): string {
  return zone === UTC
    ? 'Dates, service periods and months are in UTC.'
    : `Dates are shown in the time zone ${zone}. Service periods, months and due dates are kept in UTC, and named in it where that differs.`;
}

function stated(text: string, utc: string, same: boolean): Stated {
  return { text, utc: same ? null : utc };
}

type Numeric = Parameters<Intl.NumberFormat['format']>[0];

/** A decimal string as Intl takes it: formatted digit by digit, never as a float. */
function asNumeric(value: string): Numeric {
  return value as Numeric;
}

/** The currency's own decimals, more where an amount has them: the ledger counts in hundredths always. */
function moneyFormat(locale: string, currency: string, amount: string): Intl.NumberFormat {
  const own = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const { minimumFractionDigits = CENT_PLACES } = own.resolvedOptions();
  const whole = /^-?\d+(\.0*)?$/.test(amount);
  if (whole || minimumFractionDigits >= CENT_PLACES) return own;
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: CENT_PLACES,
    maximumFractionDigits: CENT_PLACES,
  });
}

function priceFormat(locale: string, currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: FINEST_PRICE });
}

/** A true minus sign, and the spaces that every font has. */
function typeset(text: string): string {
  return text.replace(/^-/, MINUS).replace(/[\u2009\u202f]/g, ' ');
}

function daysIn(locale: string, zone: string) {
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone });
  const day = (at: Instant) => typeset(days.format(toMillis(at)));
  const zoned = (at: Instant) => Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  return {
    day,
    period({ from, to }: Interval): string {
      const [start, end] = [zoned(from), zoned(to)];
      const [startsDay, endsDay] = [isMidnight(start), isMidnight(end)];
      const lastMillisecond = toMillis(to) - 1;
      if (startsDay && endsDay) return typeset(days.formatRange(toMillis(from), lastMillisecond));
      const offsets =
        start.offset === end.offset ? ['', ` ${offsetOf(end)}`] : [offsetOf(start), offsetOf(end)];
      const first = startsDay ? day(from) : `${day(from)}, ${timeOf(start)}`;
      const last = endsDay ? typeset(days.format(lastMillisecond)) : `${day(to)}, ${timeOf(end)}`;
      return offsets[0] === ''
        ? `${first} – ${last}${offsets[1]}`
        : `${first} ${offsets[0]} – ${last} ${offsets[1]}`;
    },
  };
}

function isMidnight(moment: Temporal.ZonedDateTime): boolean {
  return moment.toPlainTime().equals(Temporal.PlainTime.from('00:00'));
}

/** `10:15`, with seconds where there are any. */
function timeOf(moment: Temporal.ZonedDateTime): string {
  const exact = moment.second !== 0 || moment.millisecond !== 0;
  return moment.toPlainTime().toString(exact ? { smallestUnit: 'second' } : { smallestUnit: 'minute' });
}

/** `UTC−5`, `UTC+5:30`, `UTC` */
function offsetOf(moment: Temporal.ZonedDateTime): string {
  const [hours = '', minutes] = moment.offset.slice(1).split(':');
  const size = `${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`;
  if (size === '0') return UTC;
  return `${UTC}${moment.offset.startsWith('-') ? MINUS : '+'}${size}`;
}
