import { beforeAll, expect, it } from 'vitest';
import { type Command, type History, type Step, signUp } from './history.ts';
import { expectSame } from './report.ts';
import { type Difference, runHistories } from './service-run.ts';

const change = (asked: Partial<Extract<Command, { do: 'change' }>>): Command => ({
  do: 'change',
  tier: 'pro',
  cycle: null,
  at: null,
  prorate: 'invoice',
  ...asked,
});
const payAll: Command = { do: 'payAll', method: 'card' };
const at = (day: string, command: Command): Step => ({ at: `${day}.000Z`, command });

/** Histories on which service and model once differed, by what was wrong. */
const FOUND: Readonly<Record<string, History>> = {
  'a proration kept for the next invoice was never billed to who had no month to renew': [
    at('2028-01-10T09:00:00', signUp()),
    at('2028-01-12T09:00:00', change({ prorate: 'nextInvoice' })),
    at('2028-01-14T09:00:00', change({ tier: 'free' })),
  ],
  'what was scheduled for the end of the month came about in a pause': [
    at('2028-01-10T09:00:00', signUp()),
    at('2028-01-12T09:00:00', change({ tier: 'starter' })),
    at('2028-01-14T09:00:00', { do: 'pause' }),
    at('2028-02-14T09:00:00', { do: 'resume' }),
  ],
  'a scheduled end came about in a pause and left the frozen rest of the term deferred for ever': [
    at('2027-02-10T09:00:00', signUp({ cycle: 'annual' })),
    at('2027-02-12T09:00:00', payAll),
    at('2027-02-14T09:00:00', { do: 'cancel', at: 'periodEnd', refund: 'none' }),
    at('2028-01-12T09:00:00', { do: 'pause' }),
    at('2028-02-14T09:00:00', { do: 'resume' }),
  ],
  'the frozen rest of a term stayed deferred for ever when a pause outlasted the term and was ended': [
    at('2027-02-10T09:00:00', signUp({ cycle: 'annual' })),
    at('2027-02-12T09:00:00', payAll),
    at('2027-12-12T09:00:00', { do: 'pause' }),
    at('2028-02-14T09:00:00', { do: 'cancel', at: 'now', refund: 'unused' }),
  ],
  'usage after a scheduled change that came about in a suspension was never rated': [
    at('2027-12-31T23:59:54', signUp({ tier: 'enterprise' })),
    at('2028-02-14T09:00:00', change({ tier: 'growth' })),
    at('2028-03-13T09:00:00', { do: 'use', id: 'f1', meter: 'sms.sent', quantity: 500, ago: null, key: '' }),
    at('2028-03-14T09:00:00', payAll),
  ],
  'a plan that went over to annual terms in a pause was never charged when it went on': [
    at('2028-01-10T09:00:00', signUp({ tier: 'starter' })),
    at('2028-01-11T09:00:00', change({ tier: 'starter', cycle: 'annual', at: 'periodEnd' })),
    at('2028-01-12T09:00:00', { do: 'pause' }),
    at('2028-02-14T09:00:00', { do: 'resume' }),
  ],
  'an invoice for a month long past was overdue when it came, and stopped the service at once': [
    at('2028-01-10T09:00:00', signUp({ tier: 'starter' })),
    at('2028-01-12T09:00:00', change({ prorate: 'nextInvoice' })),
    at('2028-01-14T09:00:00', { do: 'invoice', back: 3 }),
    at('2028-01-15T09:00:00', change({ tier: 'enterprise' })),
  ],
  'goodwill on an invoice that took over unused time would have credited less than nothing': [
    at('2028-01-10T09:00:00', signUp()),
    at('2028-01-12T09:00:00', change({})),
    at('2028-01-14T09:00:00', { do: 'credit', pick: 1, percent: 50 }),
  ],
};

let differences: (Difference | undefined)[];

beforeAll(async () => {
  differences = await runHistories(Object.values(FOUND), [
    '2028-02-02T00:00:00.000Z',
    '2028-03-02T00:00:00.000Z',
  ]);
});

it.each(Object.keys(FOUND).map((name, index) => [name, index] as const))('%s', (_name, index) => {
  expect(index in differences).toBe(true);
  expectSame(differences[index]);
});
