import { beforeAll, describe, expect, it } from 'vitest';
import { amountText } from './arithmetic.ts';
import { textOf, timeOf } from './calendar.ts';
import { type Command, type History, signUp } from './history.ts';
import { NaiveModel } from './naive-model.ts';
import { expectSame } from './report.ts';
import { type Difference, runHistories } from './service-run.ts';

interface Case {
  readonly history: History;
  /** Worked out by hand: kind, when it takes effect, net. */
  readonly invoices: readonly string[];
  /** Likewise: kind of cause, net. */
  readonly creditNotes?: readonly string[];
}

const pro: Command = { do: 'change', tier: 'pro', cycle: null, at: 'now', prorate: 'invoice' };
const payAll: Command = { do: 'payAll', method: 'card' };
const PAID = '2028-03-02T06:00:00';

function story(...steps: readonly (readonly [at: string, command: Command])[]): History {
  return steps.map(([at, command]) => ({ at: `${at}.000Z`, command }));
}

const CASES: Readonly<Record<string, Case>> = {
  'the last second of a January': {
    history: story(['2028-01-31T23:59:59', signUp()], [PAID, payAll]),
    invoices: [
      'signup 2028-01-31T23:59:59 0.00',
      'monthly 2028-02-01T00:00:00 299.00',
      'monthly 2028-03-01T00:00:00 299.00',
    ],
  },
  'the first instant of a February is all of it': {
    history: story(['2028-02-01T00:00:00', signUp()], [PAID, payAll]),
    invoices: ['signup 2028-02-01T00:00:00 299.00', 'monthly 2028-03-01T00:00:00 299.00'],
  },
  'a leap day is one of twenty-nine': {
    history: story(['2028-02-29T00:00:00', signUp()], [PAID, payAll]),
    invoices: ['signup 2028-02-29T00:00:00 10.31', 'monthly 2028-03-01T00:00:00 299.00'],
  },
  'the half of a leap February is its fifteenth day at noon': {
    history: story(['2028-02-01T00:00:00', signUp()], ['2028-02-15T12:00:00', pro], [PAID, payAll]),
    invoices: [
      'signup 2028-02-01T00:00:00 299.00',
      'change 2028-02-15T12:00:00 250.00',
      'monthly 2028-03-01T00:00:00 799.00',
    ],
  },
  'a change in the last second of a leap February': {
    history: story(['2028-02-01T00:00:00', signUp()], ['2028-02-29T23:59:59', pro], [PAID, payAll]),
    invoices: [
      'signup 2028-02-01T00:00:00 299.00',
      'change 2028-02-29T23:59:59 0.00',
      'monthly 2028-03-01T00:00:00 799.00',
    ],
  },
  'a trial that ends at noon of a leap day': {
    history: story(['2028-02-15T12:00:00', signUp({ trialDays: 14 })], [PAID, payAll]),
    invoices: ['trial-conversion 2028-02-29T12:00:00 5.16', 'monthly 2028-03-01T00:00:00 299.00'],
  },
  'a coupon for a month, used on the 31st, lowers February': {
    history: story(
      ['2028-01-01T00:00:00', signUp()],
      ['2028-01-31T10:00:00', { do: 'coupon', id: 'spring', percentOff: '20', months: 1 }],
      [PAID, payAll],
    ),
    invoices: [
      'signup 2028-01-01T00:00:00 299.00',
      'monthly 2028-02-01T00:00:00 239.20',
      'monthly 2028-03-01T00:00:00 299.00',
    ],
  },
  'a pause over the last two days of a leap February': {
    history: story(
      ['2028-02-01T00:00:00', signUp()],
      ['2028-02-28T00:00:00', { do: 'pause' }],
      ['2028-03-01T00:00:00', { do: 'resume' }],
      [PAID, payAll],
    ),
    invoices: ['signup 2028-02-01T00:00:00 299.00', 'resume 2028-03-01T00:00:00 299.00'],
    creditNotes: ['pause 20.62'],
  },
  'half an allowance in half a leap February': {
    history: story(
      ['2028-02-15T12:00:00', signUp({ tier: 'starter' })],
      [
        '2028-02-20T00:00:00',
        { do: 'use', id: 'f1', meter: 'event.tracked', quantity: 1_000_000, ago: null, key: '' },
      ],
      [PAID, payAll],
    ),
    // 99.00 for March and 500,000 events above the allowance.
    invoices: ['signup 2028-02-15T12:00:00 49.50', 'monthly 2028-03-01T00:00:00 104.00'],
  },
  ...Object.fromEntries(
    ['2027-01-29', '2027-01-30', '2027-01-31', '2027-02-28'].map((day) => [
      `a term from ${day} renews on the same day, leap year or not`,
      {
        history: story(
          [`${day}T10:00:00`, signUp({ cycle: 'annual' })],
          [`${day}T10:00:01`, payAll],
          [PAID, payAll],
        ),
        invoices: [
          `signup ${day}T10:00:00 2870.40`,
          `renewal ${day.replace('2027', '2028')}T10:00:00 2870.40`,
        ],
      },
    ]),
  ),
  'a term from a leap day renews on the 28th': {
    history: story(['2028-02-29T10:00:00', signUp({ cycle: 'annual' })], [PAID, payAll]),
    invoices: ['signup 2028-02-29T10:00:00 2870.40', 'renewal 2029-02-28T10:00:00 2870.40'],
  },
  'a paused term ends as much later': {
    history: story(
      ['2027-02-10T00:00:00', signUp({ cycle: 'annual' })],
      ['2027-02-10T00:00:01', payAll],
      ['2027-12-01T00:00:00', { do: 'pause' }],
      // Thirty days, from which the term goes on to 11 March.
      ['2027-12-31T00:00:00', { do: 'resume' }],
      ['2028-03-31T00:00:00', payAll],
    ),
    invoices: ['signup 2027-02-10T00:00:00 2870.40', 'renewal 2028-03-11T00:00:00 2870.40'],
  },
};

const END = '2029-03-01T00:00:00.000Z';

describe('months, leap years and anchors', () => {
  let differences: (Difference | undefined)[];

  beforeAll(async () => {
    // Nobody is left to bill once the last term has renewed.
    const ended: Command = { do: 'cancel', at: 'now', refund: 'none' };
    const histories = Object.values(CASES).map(({ history }) =>
      history[0]?.at.startsWith('2028-02-29T10')
        ? history
        : [...history, { at: '2028-03-31T00:00:01.000Z', command: ended }],
    );
    differences = await runHistories(histories, [END]);
  });

  it.each(Object.entries(CASES).map(([name, of], index) => [name, of, index] as const))(
    '%s',
    (_name, { history, invoices, creditNotes = [] }, index) => {
      const until = history[0]?.at.startsWith('2028-02-29T10') ? END : '2028-03-31T00:00:00.000Z';
      const { account } = new NaiveModel(history, timeOf(until));
      const told = account.invoices.map(
        ({ kind, at, net }) => `${kind} ${textOf(at).slice(0, 19)} ${amountText(net)}`,
      );
      const notes = account.invoices.flatMap((invoice) => invoice.creditNotes);
      expect(told).toEqual(invoices);
      expect(notes.map(({ cause, net }) => `${cause} ${amountText(net)}`)).toEqual(creditNotes);
      expect(index in differences).toBe(true);
      expectSame(differences[index]);
    },
  );
});
