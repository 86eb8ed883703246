import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsFor, timeZone } from '../../api/documents/presentation.ts';

const formats = (locale: 'en-US' | 'en-GB' | 'de-DE', zone = 'UTC', currency = 'USD') =>
  formatsFor({ locale, timeZone: zone }, currency);

const MARCH = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };

describe('amounts', () => {
  it.each([
    ['en-US', 'USD', '1924.00', '$1,924.00'],
    ['en-US', 'USD', '-113.27', '−$113.27'],
    ['en-GB', 'EUR', '1924.00', '€1,924.00'],
    ['de-DE', 'EUR', '-1924.50', '−1.924,50\u00a0€'],
    ['en-US', 'JPY', '1500.00', '¥1,500'],
    ['en-US', 'JPY', '1500.50', '¥1,500.50'],
    ['en-US', 'KWD', '1.25', 'KWD\u00a01.250'],
    ['en-US', 'USD', '999999999999.99', '$999,999,999,999.99'],
  ] as const)('%s %s %s', (locale, currency, amount, expected) => {
    expect(formats(locale, 'UTC', currency).money(amount)).toBe(expected);
  });

  it('keep every digit that they have', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (cents) => {
        const amount = `${cents < 0n ? '-' : ''}${(cents < 0n ? -cents : cents) / 100n}.${String((cents < 0n ? -cents : cents) % 100n).padStart(2, '0')}`;
        const shown = formats('en-US').money(amount);
        expect(shown.replace('−', '-').replace(/[$,]/g, '')).toBe(amount);
      }),
    );
  });

  it('of a unit show all nine decimals, and counts all their digits', () => {
    expect(formats('en-US').price('0.000012345')).toBe('$0.000012345');
    expect(formats('de-DE').price('2.5')).toBe('2,50\u00a0$');
    expect(formats('en-US').count('9007199254740993')).toBe('9,007,199,254,740,993');
    expect(formats('en-US').percent('0.0825')).toBe('8.25%');
    expect(formats('de-DE').percent('0.19')).toBe('19\u00a0%');
  });
});

describe('days', () => {
  it.each([
    ['en-US', 'Feb 1, 2026'],
    ['en-GB', '1 Feb 2026'],
    ['de-DE', '01.02.2026'],
  ] as const)('%s', (locale, text) => {
    expect(formats(locale).day('2026-02-01T00:00:00.000Z')).toEqual({ text, utc: null });
  });

  it('name the UTC day where it is another one', () => {
    const midnight = '2026-02-01T00:00:00.000Z';
    expect(formats('en-US', 'America/New_York').day(midnight)).toEqual({
      text: 'Jan 31, 2026',
      utc: 'Feb 1, 2026 UTC',
    });
    expect(formats('en-US', 'Asia/Tokyo').day(midnight)).toEqual({ text: 'Feb 1, 2026', utc: null });
  });
});

describe('periods', () => {
  it('from midnight to midnight are days, the last one included', () => {
    expect(formats('en-US').period(MARCH)).toEqual({ text: 'Mar 1 – 31, 2026', utc: null });
    expect(formats('en-GB').period(MARCH).text).toBe('1 – 31 Mar 2026');
    expect(formats('de-DE').period(MARCH).text).toBe('01.–31.03.2026');
    const day = { from: '2026-02-28T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };
    expect(formats('en-US').period(day).text).toBe('Feb 28, 2026');
    const year = { from: '2025-12-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
    expect(formats('en-US').period(year).text).toBe('Dec 1, 2025 – Nov 30, 2026');
  });

  it('that start within a day say when', () => {
    const stub = { from: '2026-01-10T10:15:30.000Z', to: '2026-02-01T00:00:00.000Z' };
    expect(formats('en-US').period(stub).text).toBe('Jan 10, 2026, 10:15:30 – Jan 31, 2026 UTC');
    expect(formats('en-US', 'Asia/Kolkata').period(stub)).toEqual({
      text: 'Jan 10, 2026, 15:45:30 – Feb 1, 2026, 05:30 UTC+5:30',
      utc: 'Jan 10, 2026, 10:15:30 – Jan 31, 2026 UTC',
    });
  });

  it.each([
    ['America/New_York', 'Feb 28, 2026, 19:00 UTC−5 – Mar 31, 2026, 20:00 UTC−4'],
    ['Europe/Berlin', 'Mar 1, 2026, 01:00 UTC+1 – Apr 1, 2026, 02:00 UTC+2'],
    ['Australia/Lord_Howe', 'Mar 1, 2026, 11:00 – Apr 1, 2026, 11:00 UTC+11'],
    ['Europe/London', 'Mar 1, 2026 UTC – Apr 1, 2026, 01:00 UTC+1'],
  ])('across a change of the clocks in %s show both offsets, and UTC', (zone, text) => {
    expect(formats('en-US', zone).period(MARCH)).toEqual({ text, utc: 'Mar 1 – 31, 2026 UTC' });
  });

  it('when the clocks go back show both offsets as well', () => {
    const november = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
    expect(formats('en-GB', 'America/New_York').period(november)).toEqual({
      text: '31 Oct 2026, 20:00 UTC−4 – 30 Nov 2026, 19:00 UTC−5',
      utc: '1 – 30 Nov 2026 UTC',
    });
  });
});

describe('time zones', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Etc/GMT+5'])(
    '%s',
    (zone) => {
      expect(timeZone.parse(zone)).toBe(zone);
    },
  );

  it('are spelt as the database has them', () => {
    expect(timeZone.parse('europe/berlin')).toBe('Europe/Berlin');
  });

  it.each(['', 'Mars/Olympus', '+01:00', 'UTC; x', '../etc/passwd', 'a'.repeat(65)])('%j is none', (zone) => {
    expect(timeZone.safeParse(zone).success).toBe(false);
  });
});
