import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../../platform/postgres.ts';
import { BinaryRows, copyRows } from '../../projections/runtime/binary-copy.ts';
import {
  addToRows,
  deleteRows,
  foldRows,
  insertRows,
  loadRows,
  type RowFold,
  upsertRows,
} from '../../projections/runtime/rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: pg.Pool;
let client: pg.PoolClient;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, name: 'test', as: 'owner' });
  client = await pool.connect();
  await client.query(`
    create table things (kind text, no bigint, amount numeric, at timestamptz, day date, extra json,
      primary key (kind, no));
    create table everything (a text, b smallint, c int, d bigint, e uuid, f timestamptz, g date)`);
});

afterAll(async () => {
  client.release();
  await pool.end();
  await database.drop();
});

const thing = (no: bigint | string, amount: string) => ({
  kind: `it's "odd"\n\\`,
  no,
  amount,
  at: '2026-01-31T23:59:59.999Z',
  day: '2026-01-31',
  extra: { lines: ['é', null] },
});

it('writes and reads rows exactly', async () => {
  const large = 9_007_199_254_740_993n;
  await insertRows(client, 'things', [thing(large, '0.000001'), thing(2n, '123456789012345.123456')]);
  await upsertRows(client, 'things', ['kind', 'no'], [thing('2', '7.10'), thing('3', '8.00')]);
  const keys = [large, '3', '99'].map((no) => ({ kind: thing('1', '1').kind, no }));
  const rows = await loadRows<{ no: string }>(client, 'things', ['kind', 'no'], keys);
  expect(rows.sort((a, b) => a.no.length - b.no.length)).toEqual([
    thing('3', '8.00'),
    thing('9007199254740993', '0.000001'),
  ]);
  await addToRows(client, 'things', ['kind', 'no'], ['amount'], [thing('2', '0.05'), thing('4', '1')]);
  await deleteRows(client, 'things', ['kind', 'no'], keys);
  const left = await client.query('select no, amount from things order by no');
  expect(left.rows).toEqual([
    { no: '2', amount: '7.15' },
    { no: '4', amount: '1' },
  ]);
  await client.query('truncate things');
});

it('refuses rows with different columns and a key that stands twice', async () => {
  await expect(insertRows(client, 'things', [thing('1', '1'), { kind: 'x' }])).rejects.toThrow(RangeError);
  const twice = [thing('1', '1'), thing('1', '2')];
  await expect(upsertRows(client, 'things', ['kind', 'no'], twice)).rejects.toThrow(/second time/);
  await upsertRows(client, 'things', ['kind', 'no'], []);
});

it('folds events over the rows they touch', async () => {
  type Thing = { kind: string; no: string; amount: string; at: string; day: string; extra: object };
  const fold: RowFold<{ no: string; add?: number }, Thing> = {
    table: 'things',
    keyColumns: ['kind', 'no'],
    keyOf: ({ no }) => (no === '0' ? undefined : { kind: thing('1', '1').kind, no }),
    evolve: (row, { no, add }) =>
      add === undefined
        ? undefined
        : { ...thing('1', '1'), no, amount: String(Number(row?.amount ?? 0) + add) },
  };
  await foldRows(client, fold, [
    { no: '1', add: 1 },
    { no: '0', add: 9 },
    { no: '1', add: 2 },
    { no: '2', add: 5 },
  ]);
  await foldRows(client, fold, [{ no: '2' }, { no: '1', add: 4 }, { no: '3', add: 1 }, { no: '3' }]);
  const { rows } = await client.query('select no, amount from things');
  expect(rows).toEqual([{ no: '1', amount: '7' }]);
});

it('copies binary rows, more than a buffer of them', async () => {
  const rows = new BinaryRows();
  const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const text = 'ü€😀 "quoted"\t\n';
  for (let index = 0; index < 3_000; index += 1) {
    rows.row(columns.length);
    rows.text(text);
    rows.int2(-index);
    rows.int4(index * 1_000);
    rows.int8(-9_007_199_254_740_993n);
    rows.uuid('00112233-4455-6677-8899-aabbccddeeff');
    rows.timestamptz(Date.parse('1999-12-31T23:59:59.999Z'));
    rows.date(Date.parse('2026-02-28') / 86_400_000);
  }
  await copyRows(client, 'everything', columns, rows);
  const { rows: found } = await client.query(
    `select a, sum(b) as b, sum(c) as c, d, e, f, g::text as g, count(*) from everything group by a, d, e, f, g`,
  );
  expect(found).toEqual([
    {
      a: text,
      b: '-4498500',
      c: '4498500000',
      d: '-9007199254740993',
      e: '00112233-4455-6677-8899-aabbccddeeff',
      f: new Date('1999-12-31T23:59:59.999Z'),
      g: '2026-02-28',
      count: '3000',
    },
  ]);
  expect(() => new BinaryRows().uuid('not-a-uuid')).toThrow(RangeError);
});

it('reports a refused copy as an error and leaves the connection usable', async () => {
  const rows = new BinaryRows();
  rows.row(1);
  rows.text('only one column');
  await expect(copyRows(client, 'everything', ['a', 'b'], rows)).rejects.toThrow(/row field count/);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
