import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import { addMillis, addMonths, type Month, monthEnd } from '../../domain/kernel/time.ts';
import type { SubscriptionCommand } from '../../domain/subscriptions/decider.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { mrrProjection } from '../../projections/mrr/projection.ts';
import { MrrReads } from '../../projections/mrr/reads.ts';
import { MOVEMENT_KINDS, type MovementKind } from '../../projections/mrr/tables.ts';
import { append, changeTier, registered, stored, subscribed } from '../support/events.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

const noon = '2026-01-10T12:00:00.000Z';

let models: ReadModels;
let reads: MrrReads;

beforeAll(async () => {
  models = await createReadModels(mrrProjection);
  reads = new MrrReads(models.pool);
});
afterAll(() => models.close());
beforeEach(() => models.reset(mrrProjection));

const apply = (...events: DomainEvent[]) => models.apply(mrrProjection, stored(events));

/** Movements of one month as MRR, without those that are zero. */
async function month(of: Month): Promise<Record<string, string | number>> {
  const [row] = await reads.mrrMovements(of, of);
  if (row === undefined) throw new Error('one month expected');
  const moved = MOVEMENT_KINDS.filter((kind) => row[kind].arrMinor !== 0n);
  return {
    opening: row.opening.mrr,
    ...Object.fromEntries(moved.map((kind) => [kind, row[kind].mrr])),
    closing: row.closing.mrr,
    paying: row.payingCustomers,
  };
}

const renew = (upTo: string, invoiceId = 'inv-next'): SubscriptionCommand => ({
  type: 'renewSubscription',
  upTo,
  invoiceId,
});

describe('movements', () => {
  test('a sign-up is new at the full price of a month, its stub and tax left out; from the real log', async () => {
    const store = new PostgresEventStore({ url: models.url });
    try {
      const events = [...registered('acme', noon), ...subscribed('acme', { now: noon, tier: 'growth' })];
      await models.apply(mrrProjection, await append(store, events));
    } finally {
      await store.close();
    }
    expect(await month('2026-01')).toEqual({ opening: '0.00', new: '299.00', closing: '299.00', paying: 1 });
    const mrr = { arrMinor: 358_800n, mrr: '299.00', arr: '3588.00', tier: 'growth', firstAt: noon };
    expect(await reads.mrrOf('acme')).toEqual(mrr);
    expect(await reads.mrrOf('nobody')).toBeUndefined();
  });

  test('an annual term counts a twelfth, a trial and Free nothing', async () => {
    await apply(
      ...subscribed('annual', { now: noon, tier: 'growth', billingCycle: 'annual' }),
      ...subscribed('trial', { now: noon, tier: 'pro', trialDays: 14 }),
      ...subscribed('free', { now: noon, tier: 'free' }),
    );
    expect(await month('2026-01')).toEqual({ opening: '0.00', new: '239.20', closing: '239.20', paying: 1 });
    expect(await reads.mrrOf('trial')).toMatchObject({ arrMinor: 0n, firstAt: null });
    expect(await reads.mrrOf('free')).toMatchObject({ arrMinor: 0n, firstAt: null });
  });

  test('a trial is new when it converts, in the month of that instant, whatever tier it is on by then', async () => {
    const [start, change] = [noon, '2026-01-20T00:00:00.000Z'];
    const convert = { type: 'convertTrial', now: '2026-02-09T12:00:00.000Z', invoiceId: 'inv' } as const;
    await apply(
      ...subscribed('acme', { now: start, tier: 'growth', trialDays: 30 }, [
        changeTier(change, 'pro'),
        convert,
      ]),
    );
    expect(await month('2026-01')).toEqual({ opening: '0.00', closing: '0.00', paying: 0 });
    expect(await month('2026-02')).toEqual({ opening: '0.00', new: '799.00', closing: '799.00', paying: 1 });
  });

  test('an upgrade is expansion at once, a downgrade contraction when the next month begins', async () => {
    await apply(
      ...subscribed('acme', { now: noon, tier: 'growth' }, [
        changeTier('2026-01-20T00:00:00.000Z', 'pro'),
        changeTier('2026-01-25T00:00:00.000Z', 'starter'),
        renew('2026-02-01T00:00:00.000Z'),
      ]),
    );
    const january = { opening: '0.00', new: '299.00', expansion: '500.00', closing: '799.00', paying: 1 };
    const february = { opening: '799.00', contraction: '-700.00', closing: '99.00', paying: 1 };
    expect(await month('2026-01')).toEqual(january);
    expect(await month('2026-02')).toEqual(february);
  });

  test('paid to Free is churn, and back is reactivation, never new again', async () => {
    await apply(
      ...subscribed('acme', { now: noon, tier: 'growth' }, [
        changeTier('2026-01-25T00:00:00.000Z', 'free'),
        renew('2026-02-01T00:00:00.000Z'),
        changeTier('2026-03-05T00:00:00.000Z', 'starter'),
      ]),
    );
    expect(await month('2026-02')).toEqual({
      opening: '299.00',
      churn: '-299.00',
      closing: '0.00',
      paying: 0,
    });
    expect(await month('2026-03')).toEqual({
      opening: '0.00',
      reactivation: '99.00',
      closing: '99.00',
      paying: 1,
    });
    expect(await reads.mrrOf('acme')).toMatchObject({ tier: 'starter', firstAt: noon });
  });

  test('a renewal at the same price moves nothing, at another price it does', async () => {
    const events = subscribed('acme', { now: noon, tier: 'growth' }, [
      renew('2026-02-01T00:00:00.000Z'),
      renew('2026-03-01T00:00:00.000Z'),
    ]);
    const dearer = events.map((event, index) =>
      index === 2 && event.type === 'subscription.renewed'
        ? { ...event, data: { ...event.data, price: '329.00' } }
        : event,
    );
    await apply(...dearer);
    expect(await month('2026-02')).toEqual({ opening: '299.00', closing: '299.00', paying: 1 });
    expect(await month('2026-03')).toEqual({
      opening: '299.00',
      expansion: '30.00',
      closing: '329.00',
      paying: 1,
    });
  });

  test('an instant counts what changes at it', async () => {
    await apply(...subscribed('acme', { now: noon, tier: 'growth' }));
    expect(await reads.totalAt(addMillis(noon, -1))).toMatchObject({ arrMinor: 0n, payingCustomers: 0 });
    expect(await reads.totalAt(noon)).toMatchObject({ mrr: '299.00', arr: '3588.00', payingCustomers: 1 });
  });

  test('a change of what never began stops the line', async () => {
    const [, change] = subscribed('acme', { now: noon, tier: 'growth' }, [changeTier(noon, 'pro')]);
    if (change === undefined) throw new Error('two events expected');
    await expect(apply(change)).rejects.toThrow(/no subscription/);
  });
});

describe('properties', () => {
  const tiers = fc.constantFrom('free', 'starter', 'growth', 'pro', 'enterprise');
  const step = fc.record({ hours: fc.integer({ min: 1, max: 900 }), tier: tiers, change: fc.boolean() });
  const story = fc.record({
    tier: fc.constantFrom('free', 'starter', 'growth', 'pro'),
    annual: fc.boolean(),
    trial: fc.boolean(),
    steps: fc.array(step, { maxLength: 8 }),
  });
  const logs = fc.array(story, { minLength: 1, maxLength: 4 }).map((stories) =>
    stored(
      stories.flatMap(({ tier, annual, trial, steps }, index) => {
        const trialDays = trial && tier !== 'free' ? 14 : 0;
        const signUp = { now: noon, tier, billingCycle: annual ? 'annual' : 'monthly', trialDays } as const;
        return subscribed(`c${index}`, signUp, commandsOf(steps), 'leaves nothing');
      }),
    ),
  );
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 6 });

  function commandsOf(steps: readonly { hours: number; tier: string; change: boolean }[]) {
    let now = noon;
    return steps.flatMap(({ hours, tier, change }): SubscriptionCommand[] => {
      now = addMillis(now, hours * 3_600_000);
      return [
        { type: 'convertTrial', now, invoiceId: 'inv-trial' },
        { type: 'applyScheduledChange', now },
        renew(now),
        ...(change ? [changeTier(now, tier)] : []),
      ];
    });
  }

  test('opening and movements make closing, months chain, customers sum to the total, splits do not matter', async () => {
    await fc.assert(
      fc.asyncProperty(logs, cuts, async (log, places) => {
        await models.reset(mrrProjection);
        await models.apply(mrrProjection, ...cutAt(log, places));
        const incremental = await models.dump(mrrProjection);
        const rows = await reads.mrrMovements('2026-01', '2027-06');
        for (const [index, row] of rows.entries()) {
          const moved = MOVEMENT_KINDS.reduce((sum, kind: MovementKind) => sum + row[kind].arrMinor, 0n);
          expect(row.opening.arrMinor + moved).toBe(row.closing.arrMinor);
          expect(row.opening.arrMinor).toBe(rows[index - 1]?.closing.arrMinor ?? 0n);
          const alone = await reads.mrrMovements(row.month, row.month);
          expect(alone).toEqual([row]);
          const last = await reads.totalAt(addMillis(monthEnd(row.month), -1));
          expect(last.arrMinor).toBe(row.closing.arrMinor);
          expect(last.payingCustomers).toBe(row.payingCustomers);
        }
        const customers = new Set(log.map(({ metadata }) => metadata.customerId ?? ''));
        let sum = 0n;
        for (const customer of customers) sum += (await reads.mrrOf(customer))?.arrMinor ?? 0n;
        expect((await reads.totalAt('2099-01-01T00:00:00.000Z')).arrMinor).toBe(sum);
        await models.reset(mrrProjection);
        await models.apply(mrrProjection, log);
        expect(await models.dump(mrrProjection)).toEqual(incremental);
      }),
      { numRuns: 20 },
    );
  });

  test('months before the first movement and after the last are there too', async () => {
    await apply(...subscribed('acme', { now: noon, tier: 'growth' }));
    const rows = await reads.mrrMovements('2025-12', addMonths('2026-01', 2));
    expect(rows.map((row) => [row.month, row.closing.mrr])).toEqual([
      ['2025-12', '0.00'],
      ['2026-01', '299.00'],
      ['2026-02', '299.00'],
      ['2026-03', '299.00'],
    ]);
  });
});
