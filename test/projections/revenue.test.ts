import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fromMicros } from '../../domain/kernel/money.ts';
import type { EntryData } from '../../eventstore/metadata.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { type TemplateCode, template } from '../../ledger/templates.ts';
import { revenueProjection } from '../../projections/revenue/projection.ts';
import { RevenueReads } from '../../projections/revenue/reads.ts';
import { bucketOf, ReceivableReads } from '../../projections/revenue/receivables.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

const CASH = ['1010', '1100', '1110', '1130'];

let models: ReadModels;
let reads: RevenueReads;
let receivables: ReceivableReads;

beforeAll(async () => {
  models = await createReadModels(revenueProjection);
  reads = new RevenueReads(models.pool);
  receivables = new ReceivableReads(models.pool);
});
afterAll(() => models.close());
beforeEach(() => models.reset(revenueProjection));

interface Posted {
  readonly code: TemplateCode;
  readonly type?: string;
  readonly at?: string;
  readonly customerId?: string;
  readonly invoiceId?: string;
}

/** Events that carry the worked entries of templates, as a log gives them back. */
function posted(...entries: readonly Posted[]): StoredEvent[] {
  return entries.map((given, index) => {
    const { code, type = 'test.posted', at = '2026-01-15T12:00:00.000Z', customerId = 'acme' } = given;
    const invoice = given.invoiceId === undefined ? {} : { invoiceId: given.invoiceId };
    const lines = template(code).lines.map((line) => ({ ...line, customerId }));
    const entry: EntryData = {
      template: `${code}@1`,
      currency: 'USD',
      effectiveAt: at,
      description: code,
      postings: lines,
    };
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    return {
      id,
      type,
      schemaVersion: 1,
      data: { customerId, ...invoice },
      stream: `test-${index}`,
      revision: 0,
      position: index + 1,
      storedAt: at,
      metadata: {
        commandId: id,
        commandType: 'test',
        correlationId: id,
        causationId: id,
        actor: 'key:test',
        requestHash: '0'.repeat(64),
        recordedAt: at,
        effectiveAt: at,
        customerId,
        entry,
      },
    };
  });
}

const apply = (...entries: readonly Posted[]) => models.apply(revenueProjection, posted(...entries));

async function flows(): Promise<Record<string, string>> {
  const rows = await reads.grouped({ accounts: [...CASH, '1200'] }, ['flow']);
  const named = rows.filter(({ flow }) => flow !== '');
  return Object.fromEntries(named.map(({ flow, debit, credit }) => [flow, fromMicros(debit - credit)]));
}

describe('what cash and receivables are, by the other side of their entry', () => {
  test.each<[TemplateCode, Record<string, string>]>([
    ['SUB-3', { receipt: '322.92' }],
    ['RCV-1', { receipt: '322.92' }],
    ['RCV-2', { receipt: '347.03' }],
    ['RCV-3', { receipt: '-322.92' }],
    ['RCV-4', { receipt: '50.00' }],
    ['USE-6', { receipt: '500.00' }],
    ['DUN-4', { receipt: '215.28' }],
    ['REF-2', { refund: '-322.92' }],
    ['REF-5', { refund: '322.92' }],
    ['DSP-1', { dispute: '-337.92' }],
    ['DSP-2', { dispute: '322.92' }],
    ['DUN-3', { 'write-off': '-215.28' }],
    ['DUN-2', {}],
    ['SUB-4', {}],
    ['SUB-5', {}],
    ['SUB-11', {}],
    ['SUB-15', {}],
    ['STR-1', {}],
    ['STR-2', {}],
    ['TAX-1', {}],
    ['EQT-1', {}],
  ])('%s', async (code, expected) => {
    await apply({ code });
    const found = await flows();
    // A receivable that cash settles is not a flow of its own.
    expect(found).toEqual(expected);
  });
});

describe('revenue', () => {
  test('is net of its contra accounts, by month and customer', async () => {
    await apply(
      { code: 'SUB-2' },
      { code: 'SUB-2', at: '2026-01-31T23:59:59.999Z' },
      { code: 'SUB-2', at: '2026-02-01T00:00:00.000Z', customerId: 'bolt' },
      { code: 'SUB-13', at: '2026-02-10T00:00:00.000Z' },
    );
    const accounts = ['4010', '4910'];
    const rows = await reads.grouped({ accounts }, ['posting_month', 'customer_id']);
    expect(
      rows.map((row) => [row.posting_month, row.customer_id, fromMicros(row.credit - row.debit)]),
    ).toEqual([
      ['2026-01', 'acme', '19.94'],
      ['2026-02', 'acme', '-46.30'],
      ['2026-02', 'bolt', '9.97'],
    ]);
    expect(fromMicros(-(await reads.balance({ accounts, from: '2026-02', to: '2026-02' })))).toBe('-36.33');
    const days = await reads.byDay(accounts, '2026-01');
    expect(days.map(({ date, amount }) => [date, fromMicros(amount)])).toEqual([
      ['2026-01-15', '9.97'],
      ['2026-01-31', '9.97'],
    ]);
  });

  test('of nothing is nothing', async () => {
    expect(await reads.balance({ accounts: ['4010'] })).toBe(0n);
    expect(await reads.grouped({ accounts: [] }, ['account'])).toEqual([]);
    expect(await reads.grouped({ accounts: ['4010'], serviceMonth: '2026-01' }, ['meter'])).toEqual([]);
  });
});

describe('receivables', () => {
  const open = async (asOf: string) =>
    (await receivables.open(asOf)).map((row) => [row.customerId, row.invoiceId, fromMicros(row.open)]);

  test('are what the postings of an invoice to account 1200 leave open, as of any instant', async () => {
    await apply(
      { code: 'SUB-1', invoiceId: 'inv-1' },
      { code: 'SUB-1', invoiceId: 'inv-2', customerId: 'bolt', at: '2026-01-20T00:00:00.000Z' },
      { code: 'SUB-13', invoiceId: 'inv-2', customerId: 'bolt', at: '2026-02-10T08:00:00.000Z' },
      { code: 'RCV-1', invoiceId: 'inv-1', at: '2026-02-20T00:00:00.000Z' },
    );
    expect(await open('2026-01-14')).toEqual([]);
    expect(await open('2026-01-15')).toEqual([['acme', 'inv-1', '322.92']]);
    expect(await open('2026-02-10T07:59:59.999Z')).toContainEqual(['bolt', 'inv-2', '322.92']);
    expect(await open('2026-02-10T08:00:00.000Z')).toContainEqual(['bolt', 'inv-2', '272.92']);
    expect(await open('2026-02-20')).toEqual([['bolt', 'inv-2', '272.92']]);
    const known = await receivables.open('2026-02-20', { knownThrough: 3 });
    expect(known.map(({ invoiceId, open: amount }) => [invoiceId, fromMicros(amount)])).toEqual([
      ['inv-1', '322.92'],
      ['inv-2', '272.92'],
    ]);
  });

  test('of no invoice are shown by customer, in pages like the rest', async () => {
    await apply(
      { code: 'SUB-1' },
      { code: 'SUB-1', customerId: 'bolt' },
      { code: 'SUB-1', invoiceId: 'inv-1' },
    );
    const first = await receivables.open('2026-03-01', { limit: 2 });
    const last = first.at(-1);
    const place = { dueAt: '9999', id: last?.invoiceId === '' ? last.customerId : (last?.invoiceId ?? '') };
    const rest = await receivables.open('2026-03-01', { after: place });
    expect([...first, ...rest].map(({ customerId, invoiceId }) => [customerId, invoiceId])).toEqual([
      ['acme', ''],
      ['bolt', ''],
      ['acme', 'inv-1'],
    ]);
  });

  test.each([
    [-30, 'current'],
    [0, 'current'],
    [1, '1-30'],
    [30, '1-30'],
    [31, '31-60'],
    [60, '31-60'],
    [61, '61-90'],
    [90, '61-90'],
    [91, '90+'],
  ])('%i days after the due date are %s', (days, bucket) => {
    expect(bucketOf(days)).toBe(bucket);
  });
});

test('batches do not matter: any cut of the log gives the same rows', async () => {
  const codes = fc.constantFrom<TemplateCode>('SUB-1', 'SUB-2', 'SUB-3', 'RCV-2', 'REF-2', 'DUN-3', 'USE-1');
  const entry = fc.record({
    code: codes,
    customerId: fc.constantFrom('acme', 'bolt'),
    invoiceId: fc.constantFrom('inv-1', 'inv-2'),
    at: fc.constantFrom('2026-01-15T12:00:00.000Z', '2026-02-01T00:00:00.000Z'),
  });
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 20 }), cuts, async (entries, places) => {
      const log = posted(...entries);
      await models.reset(revenueProjection);
      await models.apply(revenueProjection, log);
      const whole = await models.dump(revenueProjection);
      await models.reset(revenueProjection);
      await models.apply(revenueProjection, ...cutAt(log, places));
      expect(await models.dump(revenueProjection)).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});
