import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MoneyBody, startTestService, type TestService } from '../support/service.ts';

interface Recurring {
  readonly mrr: MoneyBody;
}

let service: TestService;

/** Half an hour before February in UTC: the first of February in Berlin, the 31st of January in New York. */
const SIGN_UP = '2026-01-31T23:30:00Z';

beforeAll(async () => {
  service = await startTestService();
  await service.ok('advanceClock', { to: SIGN_UP });
  const { position } = await service.ok('initializeCustomerRevenue', { customerId: 'acme', tier: 'growth' });
  await service.ok('getMrr', { minPosition: position });
});
afterAll(() => service?.close());

describe('months are UTC, whatever the reader’s time zone', () => {
  it('a change belongs to the month that it falls into in UTC', async () => {
    const { body } = await service.ok<{ months: { month: string; new: Recurring }[] }>('getMrrMovements', {
      from: '2026-01',
      to: '2026-02',
    });
    expect(body.months.map((row) => [row.month, row.new.mrr.amount])).toEqual([
      ['2026-01', '299.00'],
      ['2026-02', '0.00'],
    ]);
  });

  it.each([
    ['2026-01-31T23:30:00Z', '299.00'],
    ['2026-02-01T00:30:00+01:00', '299.00'],
    ['2026-01-31T18:30:00-05:00', '299.00'],
    ['2026-02-01T00:29:59+01:00', '0.00'],
    // An hour that is there twice when clocks go back is told apart by its offset.
    ['2026-10-25T02:30:00+02:00', '299.00'],
  ])('an instant counts as it is, whatever its offset: %s', async (asOf, mrr) => {
    const { body } = await service.ok<Recurring & { asOf: string }>('getMrr', { asOf });
    expect(body.mrr.amount).toBe(mrr);
    expect(body.asOf).toBe(new Date(asOf).toISOString());
  });

  it('a balance of a posting date is of the whole day in UTC', async () => {
    const openAsOf = async (asOf: string) => {
      const minPosition = await service.service.core.store.head();
      const inputs = { asOf, minPosition };
      const { body } = await service.ok<{ total: { amount: MoneyBody } }>('getReceivablesAging', inputs);
      return Number(body.total.amount.amount);
    };
    expect(await openAsOf('2026-01-30')).toBe(0);
    expect(await openAsOf('2026-01-31')).toBeGreaterThan(0);
    expect(await openAsOf('2026-02-01T00:29:59.999+01:00')).toBe(0);
  });
});
