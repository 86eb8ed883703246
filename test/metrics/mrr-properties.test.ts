import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMillis, addMonths, type Month, monthEnd, monthsFromTo } from '../../domain/kernel/time.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { mrrProjection } from '../../projections/mrr/projection.ts';
import { MrrReads } from '../../projections/mrr/reads.ts';
import { MOVEMENT_KINDS, type MovementKind } from '../../projections/mrr/tables.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';
import { type GrainMonth, monthGrain } from './month-grain.ts';
import { planLogs } from './random-plans.ts';

const [FIRST, LAST] = ['2026-01', '2027-06'];
const RUNS = { numRuns: 40 };

let models: ReadModels;
let reads: MrrReads;

beforeAll(async () => {
  models = await createReadModels(mrrProjection);
  reads = new MrrReads(models.pool);
});
afterAll(() => models.close());

const least = (a: bigint, b: bigint) => (a > b ? b : a);

async function project(log: readonly StoredEvent[]): Promise<string[]> {
  await models.reset(mrrProjection);
  await models.apply(mrrProjection, log);
  return [...new Set(log.map(({ metadata }) => metadata.customerId ?? ''))];
}

describe('the month grain, computed by another way', () => {
  test('gives the same totals for each month', async () => {
    await fc.assert(
      fc.asyncProperty(planLogs, async (log) => {
        const customers = await project(log);
        expect(await fromProjection(customers)).toEqual(await monthGrain(models.pool, log, FIRST, LAST));
      }),
      RUNS,
    );
  });

  /** Movements of each customer, netted from month end to month end. */
  async function fromProjection(customers: readonly string[]): Promise<GrainMonth[]> {
    const zero = {
      closing: 0n,
      new: 0n,
      reactivation: 0n,
      expansion: 0n,
      contraction: 0n,
      churn: 0n,
      kept: 0n,
    };
    const months = new Map(monthsFromTo(FIRST, LAST).map((month) => [month, { month, ...zero }]));
    for (const customerId of customers) {
      let before = false;
      for (const row of await reads.mrrMovements(FIRST, LAST, { customerId })) {
        const sums = months.get(row.month);
        if (sums === undefined) throw new Error('a month too many');
        const [was, is] = [row.opening.arrMinor, row.closing.arrMinor];
        sums.closing += is;
        sums.kept += least(was, is);
        if (is !== was) sums[kindOf(was, is, before)] += is - was;
        before ||= MOVEMENT_KINDS.some((kind) => row[kind].arrMinor > 0n);
      }
    }
    return [...months.values()];
  }

  function kindOf(was: bigint, is: bigint, before: boolean): MovementKind {
    if (was === 0n) return before ? 'reactivation' : 'new';
    if (is === 0n) return 'churn';
    return is > was ? 'expansion' : 'contraction';
  }
});

describe('invariants', () => {
  test('customers, streams and kinds each sum to the total, in every month', async () => {
    await fc.assert(
      fc.asyncProperty(planLogs, async (log) => {
        const customers = await project(log);
        const total = await reads.mrrMovements(FIRST, LAST);
        const parts = await Promise.all(
          customers.map((customerId) => reads.mrrMovements(FIRST, LAST, { customerId })),
        );
        const streams = await reads.mrrMovementsByStream(FIRST, LAST);
        const kinds = await reads.mrrMovementsByKind(FIRST, LAST);
        for (const [index, row] of total.entries()) {
          for (const field of ['opening', ...MOVEMENT_KINDS, 'closing'] as const) {
            const ofCustomers = parts.reduce((sum, rows) => sum + (rows[index]?.[field].arrMinor ?? 0n), 0n);
            expect(ofCustomers).toBe(row[field].arrMinor);
            const own = streams.filter(({ month }) => month === row.month);
            expect(own.reduce((sum, each) => sum + each[field].arrMinor, 0n)).toBe(row[field].arrMinor);
          }
          for (const kind of MOVEMENT_KINDS) {
            const own = kinds.filter((each) => each.month === row.month && each.kind === kind);
            expect(own.reduce((sum, { amount }) => sum + amount.arrMinor, 0n)).toBe(row[kind].arrMinor);
          }
          expect(parts.filter((rows) => (rows[index]?.closing.arrMinor ?? 0n) > 0n)).toHaveLength(
            row.payingCustomers,
          );
        }
      }),
      RUNS,
    );
  });

  test('what is kept is at most what there was and what there is: GRR <= 1 and GRR <= NRR', async () => {
    const month = fc.integer({ min: 0, max: 16 }).map((index) => addMonths(FIRST, index));
    await fc.assert(
      fc.asyncProperty(planLogs, month, fc.integer({ min: 0, max: 12 }), async (log, from, length) => {
        const customers = await project(log);
        const to = addMonths(from, length);
        const sums = await reads.periodSums(from, to);
        expect(sums.cohortKept <= sums.opening).toBe(true);
        expect(sums.cohortKept <= sums.cohortClosing).toBe(true);
        expect(Object.values(sums.lostBy).reduce((sum, lost) => sum + lost, 0)).toBe(sums.lost);
        await expectNaive(customers, from, to, sums);
      }),
      RUNS,
    );
  });

  /** The same sums, customer by customer. */
  async function expectNaive(
    customers: readonly string[],
    from: Month,
    to: Month,
    sums: Awaited<ReturnType<MrrReads['periodSums']>>,
  ) {
    const ends = await Promise.all(
      customers.map(async (customerId) => {
        const rows = await reads.mrrMovements(from, to, { customerId });
        return [rows[0]?.opening.arrMinor ?? 0n, rows.at(-1)?.closing.arrMinor ?? 0n] as const;
      }),
    );
    const cohort = ends.filter(([opening]) => opening > 0n);
    expect(sums).toMatchObject({
      opening: ends.reduce((sum, [opening]) => sum + opening, 0n),
      closing: ends.reduce((sum, [, closing]) => sum + closing, 0n),
      cohortClosing: cohort.reduce((sum, [, closing]) => sum + closing, 0n),
      cohortKept: cohort.reduce((sum, [opening, closing]) => sum + least(opening, closing), 0n),
      payingAtStart: cohort.length,
      payingAtEnd: ends.filter(([, closing]) => closing > 0n).length,
      lost: cohort.filter(([, closing]) => closing === 0n).length,
    });
  }

  test('splitting a period in two moves the same', async () => {
    const cut = fc.integer({ min: 0, max: 10 });
    await fc.assert(
      fc.asyncProperty(planLogs, cut, async (log, months) => {
        await project(log);
        const [whole, first, second] = await Promise.all([
          reads.periodSums(FIRST, addMonths(FIRST, 11)),
          reads.periodSums(FIRST, addMonths(FIRST, months)),
          reads.periodSums(addMonths(FIRST, months + 1), addMonths(FIRST, 11)),
        ]);
        if (months === 11) return;
        expect(second.opening).toBe(first.closing);
        expect(second.closing).toBe(whole.closing);
        for (const kind of MOVEMENT_KINDS) {
          expect(first.moved[kind] + second.moved[kind]).toBe(whole.moved[kind]);
        }
      }),
      RUNS,
    );
  });

  test('as of an instant is what the events until then give', async () => {
    const hours = fc.integer({ min: 0, max: 6000 });
    await fc.assert(
      fc.asyncProperty(planLogs, hours, async (log, after) => {
        const at = addMillis('2026-01-10T12:00:00.000Z', after * 3_600_000);
        await project(log);
        const then = await reads.totalAt(at);
        await project(log.filter(({ metadata }) => metadata.effectiveAt <= at));
        expect(await reads.totalAt('2099-01-01T00:00:00.000Z')).toEqual(then);
      }),
      RUNS,
    );
  });

  test('the order of different customers’ events does not matter, nor do batches', async () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(planLogs, cuts, async (log, places) => {
        await project(log);
        const rows = await reads.mrrMovements(FIRST, LAST);
        const byCustomer = Map.groupBy(log, ({ metadata }) => metadata.customerId);
        const other = [...byCustomer.values()].reverse().flat();
        const renumbered = other.map((event, index) => ({ ...event, position: index + 1 }));
        await models.reset(mrrProjection);
        await models.apply(mrrProjection, ...cutAt(renumbered, places));
        expect(await reads.mrrMovements(FIRST, LAST)).toEqual(rows);
      }),
      RUNS,
    );
  });

  test('a month is its last instant, never an average', async () => {
    await fc.assert(
      fc.asyncProperty(planLogs, async (log) => {
        await project(log);
        for (const { month, closing, payingCustomers } of await reads.mrrMovements(FIRST, LAST)) {
          const last = await reads.totalAt(addMillis(monthEnd(month), -1));
          expect(last).toEqual({ ...closing, payingCustomers });
        }
      }),
      { numRuns: 10 },
    );
  });
});
