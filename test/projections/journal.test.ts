import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntryData } from '../../eventstore/metadata.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { entryByEventId, listEntries } from '../../projections/journal/entries.ts';
import { normalBalance } from '../../projections/journal/normal-balance.ts';
import { postingTime } from '../../projections/journal/posting-time.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import { accountStatement } from '../../projections/journal/statement.ts';
import type { JournalTables } from '../../projections/journal/tables.ts';
import { trialBalance } from '../../projections/journal/trial-balance.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { append, type Books, fact, openBooks, payment, quiet } from './support.ts';

let books: Books;
let projector: Projector;
let db: Kysely<JournalTables>;

const events = [
  payment('a', '10.00', { at: '2026-01-10T09:00:00.000Z' }),
  fact('a', '5'),
  payment('b', '20.000001', { at: '2026-01-10T18:00:00.000Z' }),
  payment('a', '5.50', { at: '2026-01-20T00:00:00.000Z' }),
  // Known late: effective in January, recorded in March.
  payment('a', '1.00', { at: '2026-01-15T00:00:00.000Z', recordedAt: '2026-03-01T00:00:00.000Z' }),
];

beforeAll(async () => {
  books = await openBooks();
  db = queryBuilder<JournalTables>(books.pool);
  projector = startProjector({
    store: books.store,
    url: books.url,
    projections: [journalProjection],
    log: quiet,
  });
  // One by one, so that entry numbers go on over batches.
  for (const event of events) await projector.drained(await append(books.store, [event]));
});

afterAll(async () => {
  await projector.stop();
  await books.close();
});

const balances = async (filter = {}) =>
  (await trialBalance(db, filter)).accounts.map(({ account, debit, credit, balance }) => [
    account,
    debit,
    credit,
    balance,
  ]);

describe('trial balance', () => {
  it('sums every account exactly and comes to zero', async () => {
    expect(await trialBalance(db)).toEqual({
      accounts: [
        {
          account: '1010',
          name: 'Cash - operating bank',
          currency: 'USD',
          debit: '36.500001',
          credit: '0.00',
          balance: '36.500001',
        },
        {
          account: '1200',
          name: 'Accounts receivable',
          currency: 'USD',
          debit: '0.00',
          credit: '36.500001',
          balance: '-36.500001',
        },
      ],
      totals: [{ currency: 'USD', debit: '36.500001', credit: '36.500001' }],
      zero: true,
    });
  });

  it('is empty and zero without entries', async () => {
    expect(await trialBalance(db, { customerId: 'nobody' })).toEqual({
      accounts: [],
      totals: [],
      zero: true,
    });
  });

  it('as of: whole days and instants, inclusive', async () => {
    expect((await balances({ asOf: '2026-01-09' })).length).toBe(0);
    expect((await balances({ asOf: '2026-01-10' }))[0]?.[3]).toBe('30.000001');
    expect((await balances({ asOf: '2026-01-10T08:59:59.999Z' })).length).toBe(0);
    expect((await balances({ asOf: '2026-01-10T09:00:00Z' }))[0]?.[3]).toBe('10.00');
    expect((await balances({ asOf: '2026-01-19' }))[0]?.[3]).toBe('31.000001');
    expect((await balances({ asOf: '2026-01-20T00:00:00Z' }))[0]?.[3]).toBe('36.500001');
    await expect(trialBalance(db, { asOf: 'yesterday' })).rejects.toThrow(RangeError);
  });

  it('known at: a position or an instant, and both clocks together', async () => {
    expect((await balances({ knownAt: 0 })).length).toBe(0);
    expect((await balances({ knownAt: 2 }))[0]?.[3]).toBe('10.00');
    expect((await balances({ knownAt: 3 }))[0]?.[3]).toBe('30.000001');
    expect((await balances({ knownAt: '2026-02-28T23:59:59.999Z' }))[0]?.[3]).toBe('35.500001');
    expect((await balances({ asOf: '2026-01-15', knownAt: '2026-02-01T00:00:00Z' }))[0]?.[3]).toBe(
      '30.000001',
    );
    expect((await balances({ asOf: '2026-01-15', knownAt: '2026-03-01T00:00:00Z' }))[0]?.[3]).toBe(
      '31.000001',
    );
  });

  it('of one customer', async () => {
    expect(await balances({ customerId: 'a', asOf: '2026-01-10' })).toEqual([
      ['1010', '10.00', '0.00', '10.00'],
      ['1200', '0.00', '10.00', '-10.00'],
    ]);
    expect((await balances({ customerId: 'b' }))[0]?.[3]).toBe('20.000001');
  });
});

describe('normal balance', () => {
  const everything = { currency: 'USD', asOf: '2026-12-31', knownAt: 99 };

  it('is on the side on which the account increases', async () => {
    // Debits of 36.500001 on cash and as many credits on receivables: both assets.
    expect(await normalBalance(db, '1010', everything)).toBe('36.500001');
    expect(await normalBalance(db, '1200', everything)).toBe('-36.500001');
  });

  it('as of a date, as known at a position, in one currency', async () => {
    expect(await normalBalance(db, '1010', { ...everything, asOf: '2026-01-15' })).toBe('31.000001');
    expect(await normalBalance(db, '1010', { ...everything, asOf: '2026-01-15', knownAt: 4 })).toBe(
      '30.000001',
    );
    expect(await normalBalance(db, '1010', { ...everything, currency: 'EUR' })).toBe('0.00');
  });
});

describe('account statement', () => {
  it('runs in order of posting time with a balance on each line', async () => {
    const statement = await accountStatement(db, '1010');
    expect(statement.lines.map(({ entryNo, debit, balance }) => [entryNo, debit, balance])).toEqual([
      [1, '10.00', '10.00'],
      [2, '20.000001', '30.000001'],
      [4, '1.00', '31.000001'],
      [3, '5.50', '36.500001'],
    ]);
    expect(statement).toMatchObject({
      openingBalance: '0.00',
      closingBalance: '36.500001',
      nextCursor: null,
    });
  });

  it('continues its balance over pages and from a date', async () => {
    const first = await accountStatement(db, '1200', { limit: 3 });
    const second = await accountStatement(db, '1200', { limit: 3, cursor: first.nextCursor ?? '' });
    expect(first.lines.length).toBe(3);
    expect(second.openingBalance).toBe(first.closingBalance);
    expect(second).toMatchObject({ closingBalance: '-36.500001', nextCursor: null });
    const part = await accountStatement(db, '1010', {
      from: '2026-01-11',
      to: '2026-01-20',
      customerId: 'a',
    });
    expect(part).toMatchObject({ openingBalance: '10.00', closingBalance: '11.00' });
    expect(part.lines.map(({ entryNo }) => entryNo)).toEqual([4]);
    await expect(accountStatement(db, '1010', { cursor: 'nonsense' })).rejects.toThrow(RangeError);
  });
});

describe('entries', () => {
  it('are numbered without gaps in log order and found by event', async () => {
    const all = await listEntries(db);
    expect(all.entries.map(({ entryNo, position }) => [entryNo, position])).toEqual([
      [1, 1],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    const entry = await entryByEventId(db, events[2]?.id ?? '');
    expect(entry).toMatchObject({
      entryNo: 2,
      template: 'RCV-1@1',
      customerId: 'b',
      postingDate: '2026-01-10',
      period: '2026-01',
      postings: [
        {
          account: '1010',
          side: 'Dr',
          amount: '20.000001',
          customerId: 'b',
          meter: null,
          revenueStream: null,
        },
        { account: '1200', side: 'Cr', amount: '20.000001', customerId: 'b' },
      ],
    });
    expect(await entryByEventId(db, events[1]?.id ?? '')).toBeUndefined();
  });

  it('come in pages with a stable cursor', async () => {
    const first = await listEntries(db, { limit: 2, customerId: 'a' });
    expect(first.entries.map(({ entryNo }) => entryNo)).toEqual([1, 3]);
    const second = await listEntries(db, { limit: 2, customerId: 'a', cursor: first.nextCursor ?? '' });
    expect(second).toMatchObject({ entries: [{ entryNo: 4 }], nextCursor: null });
    await expect(listEntries(db, { cursor: 'AAAA' })).rejects.toThrow(RangeError);
  });
});

it('posts to the first open month after a closed one', () => {
  const closed = new Set(['2026-01', '2026-02']);
  const at = '2026-01-31T23:59:59.999Z';
  expect(postingTime(at, new Set())).toEqual({ at, period: '2026-01' });
  expect(postingTime(at, closed)).toEqual({ at: '2026-03-01T00:00:00.000Z', period: '2026-03' });
  expect(postingTime('2026-03-05T00:00:00.000Z', closed).period).toBe('2026-03');
});

it('adds up postings that belong to no customer', async () => {
  const entry = {
    template: 'RCV-1@1',
    currency: 'EUR',
    effectiveAt: '2026-04-01T00:00:00.000Z',
    description: 'Between two bank accounts',
    postings: [
      { account: '1010', side: 'Dr' as const, amount: '7.00' },
      { account: '1010', side: 'Cr' as const, amount: '7.00' },
    ],
  };
  await projector.drained(await append(books.store, [payment('a', '7.00', { entry })]));
  expect(await balances({ customerId: '' })).toEqual([['1010', '7.00', '7.00', '0.00']]);
});

it('holds an allowance on its credit side', async () => {
  const at = '2027-01-10T00:00:00.000Z';
  const postings = [
    { account: '5100', side: 'Dr', amount: '7.00' },
    { account: '1205', side: 'Cr', amount: '7.00' },
  ] satisfies EntryData['postings'];
  const entry = { template: 'DUN-2@1', currency: 'USD', effectiveAt: at, description: 'allowance', postings };
  const head = await append(books.store, [payment('c', '7.00', { at, entry })]);
  await projector.drained(head);
  const asOf = { currency: 'USD', asOf: '2027-01-31' };
  expect(await normalBalance(db, '1205', { ...asOf, knownAt: head })).toBe('7.00');
  expect(await normalBalance(db, '1205', { ...asOf, knownAt: head - 1 })).toBe('0.00');
});
