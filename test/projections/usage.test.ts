import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import type { RatingEvent } from '../../domain/metering/events.ts';
import { ratingDecider } from '../../domain/metering/rating-decider.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { usageProjection } from '../../projections/usage/projection.ts';
import { UsageReads } from '../../projections/usage/reads.ts';
import { append, changeTier, decided, quarantined, stored, subscribed, usage } from '../support/events.ts';
import { createReadModels, type ReadModels } from '../support/read-models.ts';

const start = '2026-01-01T00:00:00.000Z';
const noon = '2026-01-10T12:00:00.000Z';
const customerId = 'acme';
const growth = subscribed(customerId, { now: start, tier: 'growth' });

let models: ReadModels;
let reads: UsageReads;

beforeAll(async () => {
  models = await createReadModels(usageProjection);
  reads = new UsageReads(models.pool);
});
afterAll(() => models.close());
beforeEach(() => models.reset(usageProjection));

const apply = (events: readonly DomainEvent[]) => models.apply(usageProjection, stored(events));

/** `[quantity, ratedQuantity]` by meter. */
async function totals(month: string, customer = customerId): Promise<Record<string, [number, number]>> {
  const { totals: rows } = await reads.monthlyTotals(customer, month);
  return Object.fromEntries(
    rows.map((row) => [row.meter, [Number(row.quantity), Number(row.ratedQuantity)]] as const),
  );
}

const call = (eventId: string, at = noon, quantity = 1) => usage({ customerId, eventId, at, quantity });
const enrich = (eventId: string, uniqueKey: string, at = noon) =>
  usage({ customerId, eventId, at, meter: 'profile.enriched', uniqueKey });

describe('counting', () => {
  test('adds up quantities by meter and month, from the real log', async () => {
    const store = new PostgresEventStore({ url: models.url });
    try {
      const email = usage({ customerId, eventId: 'e1', at: noon, meter: 'email.sent', quantity: 7 });
      const log = await append(store, [...growth, call('a', noon, 5), call('b'), email]);
      await models.apply(usageProjection, log);
    } finally {
      await store.close();
    }
    expect(await totals('2026-01')).toEqual({ 'api.called': [6, 6], 'email.sent': [7, 7] });
    expect(await totals('2026-02')).toEqual({});
    expect(await totals('2026-01', 'other')).toEqual({});
  });

  test('the last millisecond of a month and the first of the next are two months', async () => {
    await apply([
      ...growth,
      call('a', '2026-01-31T23:59:59.999Z', 3),
      call('b', '2026-02-01T00:00:00.000Z', 4),
    ]);
    expect(await totals('2026-01')).toEqual({ 'api.called': [3, 3] });
    expect(await totals('2026-02')).toEqual({ 'api.called': [4, 4] });
    expect(await reads.hourly(customerId, '2026-01-31T23:00:00.000Z', '2026-02-01T01:00:00.000Z')).toEqual([
      { hour: '2026-01-31T23:00:00.000Z', meter: 'api.called', quantity: 3n },
      { hour: '2026-02-01T00:00:00.000Z', meter: 'api.called', quantity: 4n },
    ]);
  });

  test('a fact that stands twice in the log counts once, in one batch, in two, or among new ones', async () => {
    const [first, again] = stored([call('a', noon, 5), call('a', noon, 5)]);
    if (first === undefined || again === undefined) throw new Error('two events expected');
    await models.apply(usageProjection, [first, again]);
    await models.apply(usageProjection, [{ ...again, position: 3 }]);
    await models.apply(usageProjection, stored([call('a', noon, 5), call('b', noon, 2)], 3));
    expect(await totals('2026-01')).toEqual({ 'api.called': [7, 0] });
    const { rows } = await models.pool.query('select facts, last_position from read.usage_monthly');
    expect(rows).toEqual([{ facts: '2', last_position: '5' }]);
  });

  test('a large batch with one repetition counts the others', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => call(`e${index}`));
    await apply(many.slice(0, 1));
    await models.apply(usageProjection, stored([...many, call('e5')], 1));
    expect(await totals('2026-01')).toEqual({ 'api.called': [1_000, 0] });
    const { rows } = await models.pool.query('select count(*) from read.usage_facts');
    expect(rows).toEqual([{ count: '1000' }]);
  });

  test('the same event id of two customers is two facts', async () => {
    await apply([call('a'), usage({ customerId: 'other', eventId: 'a', at: noon })]);
    expect(await totals('2026-01')).toEqual({ 'api.called': [1, 0] });
    expect(await totals('2026-01', 'other')).toEqual({ 'api.called': [1, 0] });
  });

  test('quarantined facts are kept and seen and not counted', async () => {
    await apply([...growth, call('a'), quarantined({ customerId, eventId: 'late', at: noon, quantity: 9 })]);
    expect(await totals('2026-01')).toEqual({ 'api.called': [1, 1] });
    const view = await reads.usageView(customerId, '2026-01', true);
    expect(view.meters.find(({ meter }) => meter === 'api.called')).toMatchObject({ quarantined: 1 });
    const { rows } = await models.pool.query(
      `select event_id, reason, rated from read.usage_facts where status = 'quarantined'`,
    );
    expect(rows).toEqual([{ event_id: 'late', reason: 'too-old', rated: false }]);
  });

  test('a unique meter counts each key once a month', async () => {
    await apply([...growth, enrich('a', '["p1"]'), enrich('b', '["p1"]'), enrich('c', '["p2"]')]);
    await models.apply(usageProjection, stored([enrich('d', '["p2"]'), enrich('a', '["p3"]')], 10));
    expect(await totals('2026-01')).toEqual({ 'profile.enriched': [2, 2] });
    await models.apply(usageProjection, stored([enrich('e', '["p1"]', '2026-02-01T00:00:00.000Z')], 20));
    expect(await totals('2026-02')).toEqual({ 'profile.enriched': [1, 1] });
  });
});

describe('rating', () => {
  const trial = subscribed(customerId, { now: start, tier: 'growth', trialDays: 14 }, [
    { type: 'convertTrial', now: '2026-01-15T00:00:00.000Z', invoiceId: 'inv' },
  ]);

  test('trial usage and usage without a subscription is recorded and never rated', async () => {
    await apply([
      ...trial.slice(0, 1),
      call('before', '2025-12-31T23:59:59.999Z', 3),
      call('in', '2026-01-14T23:59:59.999Z', 4),
      usage({ customerId: 'nobody', eventId: 'x', at: noon }),
    ]);
    expect(await totals('2025-12')).toEqual({ 'api.called': [3, 0] });
    expect(await totals('2026-01')).toEqual({ 'api.called': [4, 0] });
    expect(await totals('2026-01', 'nobody')).toEqual({ 'api.called': [1, 0] });
  });

  test('facts of the time after a trial are rated although its conversion comes later in the log', async () => {
    const after = '2026-01-15T00:00:00.000Z';
    await apply([
      ...trial.slice(0, 1),
      call('in', noon, 4),
      call('after', after, 5),
      enrich('k1', '["p"]', noon),
      enrich('k2', '["p"]', after),
    ]);
    expect(await totals('2026-01')).toEqual({ 'api.called': [9, 0], 'profile.enriched': [1, 0] });
    await models.apply(usageProjection, stored(trial.slice(1), 10));
    expect(await totals('2026-01')).toEqual({ 'api.called': [9, 5], 'profile.enriched': [1, 1] });
  });
});

describe('the view of a month', () => {
  const meterOf = async (meter: string, paymentMethod = true) => {
    const view = await reads.usageView(customerId, '2026-01', paymentMethod);
    return view.meters.find((line) => line.meter === meter);
  };

  test("the catalogue's worked example: Growth with that usage is 1,625.00 of usage", async () => {
    const used = {
      'event.tracked': 25_000_000,
      'data.exported': 500_000,
      'api.called': 1_100_000,
      'email.sent': 350_000,
      'audience.activated': 350_000,
      'prediction.scored': 120_000,
      'profile.enriched': 22_500,
      'ai.brief_generated': 75,
      'model.trained': 2,
    };
    const facts = Object.entries(used).map(([meter, quantity]) =>
      usage({ customerId, eventId: meter, at: noon, meter, quantity }),
    );
    await apply([...growth, ...facts]);
    const view = await reads.usageView(customerId, '2026-01', true);
    expect(view).toMatchObject({ tier: 'growth', overflow: true, amount: '1625.00' });
    expect(view.meters).toHaveLength(10);
    expect(await meterOf('email.sent')).toMatchObject({
      unit: 'message',
      quantity: 350_000n,
      ratedQuantity: 350_000n,
      included: 50_000n,
      billable: 300_000n,
      amount: '240.00',
      accrued: '0.00',
      billed: '0.00',
    });
  });

  test('an allowance is prorated over the tiers of the month, the present one assumed to stay', async () => {
    await apply(
      subscribed(customerId, { now: start, tier: 'starter' }, [
        changeTier('2026-01-16T12:00:00.000Z', 'growth'),
      ]),
    );
    expect(await meterOf('email.sent')).toMatchObject({ included: 30_000n, quantity: 0n, amount: '0.00' });
  });

  test('Free is capped until there is a payment method', async () => {
    const events = [...subscribed(customerId, { now: start, tier: 'free' }), call('a', noon, 30_000)];
    await apply(events);
    expect(await meterOf('api.called', false)).toMatchObject({ billable: 0n, amount: '0.00' });
    expect(await meterOf('api.called', true)).toMatchObject({ billable: 20_000n, amount: '2.00' });
    expect(await reads.usageView('nobody', '2026-01', true)).toMatchObject({ tier: null, overflow: false });
  });
});

describe('what is not billed yet', () => {
  const month = '2026-01';
  const rated = (quantity: bigint, bill: boolean): RatingEvent[] => {
    const totalsOf = [{ meter: 'api.called', quantity, included: 0n }];
    const accrual = {
      customerId,
      month,
      currency: 'USD',
      countedThrough: 9,
      totals: totalsOf,
      invoiceFinal: false,
      overflow: true,
    };
    const now = '2026-02-01T00:00:00.000Z';
    return decided(ratingDecider, [
      { type: 'accrueUsage', now, ...accrual },
      ...(bill
        ? [{ type: 'billUsage', now, customerId, month, invoiceId: 'inv-1', period: month } as const]
        : []),
    ]);
  };
  const unbilled = async () => [
    await reads.monthsWithUnbilledUsage(customerId, month),
    await reads.customersWithUnbilledUsage({ from: '2025-12', upTo: month }),
  ];
  const pending = [[month], [customerId]];

  test('rated usage is, until it is accrued and billed, and again after a late fact', async () => {
    await apply([...growth, call('a', noon, 123_457)]);
    expect(await unbilled()).toEqual(pending);
    await models.apply(usageProjection, stored(rated(123_457n, false), 10));
    expect(await unbilled()).toEqual(pending);
    await models.apply(usageProjection, stored(rated(123_457n, true).slice(1), 20));
    expect(await unbilled()).toEqual([[], []]);
    const view = await reads.usageView(customerId, month, true);
    expect(view.meters.find(({ meter }) => meter === 'api.called')).toMatchObject({
      accrued: '12.3457',
      billed: '12.35',
    });
    await models.apply(usageProjection, stored([call('late', noon)], 30));
    expect(await unbilled()).toEqual(pending);
    expect(await reads.monthsWithUnbilledUsage(customerId, '2025-12')).toEqual([]);
  });

  test('customers with rated usage in a month', async () => {
    const other = subscribed('beta', { now: start, tier: 'pro', trialDays: 14 });
    await apply([...growth, ...other, call('a'), usage({ customerId: 'beta', eventId: 'b', at: noon })]);
    expect(await reads.customersWithUsage(month)).toEqual([customerId]);
    expect(await reads.customersWithUsage(month, { after: customerId })).toEqual([]);
    expect(await reads.customersWithUsage('2026-02')).toEqual([]);
  });
});
