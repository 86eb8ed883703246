import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DomainEvent, EventData } from '../../domain/events.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { usageProjection } from '../../projections/usage/projection.ts';
import { UsageReads } from '../../projections/usage/reads.ts';
import { corrected, type Fact, quarantined, released, stored, subscribed, usage } from '../support/events.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

const start = '2026-01-01T00:00:00.000Z';
const noon = '2026-01-10T12:00:00.000Z';

let models: ReadModels;
let reads: UsageReads;

beforeAll(async () => {
  models = await createReadModels(usageProjection);
  reads = new UsageReads(models.pool);
});
afterAll(() => models.close());

const converted = '2026-01-15T00:00:00.000Z';
/** When rated time begins; and the events that say so, at any place in the log. */
const plans = {
  none: { events: [], countsFrom: '9999' },
  paid: { events: subscribed('paid', { now: noon, tier: 'growth' }), countsFrom: noon },
  trial: {
    events: subscribed('trial', { now: start, tier: 'growth', trialDays: 14 }, [
      { type: 'convertTrial', now: converted, invoiceId: 'inv' },
    ]),
    countsFrom: converted,
  },
};
const customers = ['none', 'paid', 'trial'] as const;
const happening = fc.record({
  customer: fc.constantFrom(...customers),
  eventId: fc.integer({ min: 0, max: 40 }),
  hour: fc.integer({ min: 0, max: 60 * 24 }),
  kind: fc.constantFrom('call', 'call', 'key', 'quarantine', 'quarantine-key', 'release', 'correct'),
  quantity: fc.integer({ min: 1, max: 1_000 }),
});
const logs = fc
  .tuple(
    fc.array(happening, { maxLength: 80 }),
    fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([facts, places]) => {
    const inQuarantine: Fact[] = [];
    const events = facts.flatMap(({ customer, eventId, hour, kind, quantity }): DomainEvent[] => {
      const at = new Date(Date.parse(start) + hour * 3_600_000).toISOString();
      const common = { customerId: customer, eventId: `e${eventId}`, at, quantity };
      const keyed = { ...common, meter: 'profile.enriched', uniqueKey: `["p${quantity % 3}"]` };
      switch (kind) {
        case 'quarantine':
        case 'quarantine-key': {
          const fact = kind === 'quarantine' ? common : keyed;
          inQuarantine.push(fact);
          return [quarantined(fact)];
        }
        // Of any that was quarantined before, also once more.
        case 'release': {
          const fact = inQuarantine[eventId % Math.max(1, inQuarantine.length)];
          return fact === undefined ? [] : [released(fact)];
        }
        case 'correct':
          return [
            corrected({
              ...common,
              quantity: 500 - quantity,
              ...(hour % 2 ? {} : { meter: 'profile.enriched' }),
            }),
          ];
        case 'call':
          return [usage(common)];
        default:
          return [usage(keyed)];
      }
    });
    const subscriptions = [...plans.paid.events, ...plans.trial.events];
    const { length } = events;
    const inOrder = places.toSorted((a, b) => b - a);
    inOrder.forEach((place, index) => {
      const event = subscriptions[subscriptions.length - 1 - index];
      if (event !== undefined) events.splice(Math.min(place, length), 0, event);
    });
    return stored(events);
  });
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 8 });

interface Expected {
  quantity: number;
  rated: number;
  keys: Map<string, boolean>;
}

/** The same by a plain loop over the log. */
function expectedTotals(log: readonly StoredEvent[]): Map<string, [number, number]> {
  const seen = new Map<string, string>();
  const sums = new Map<string, Expected>();
  for (const { id, type, data } of log) {
    if (!type.startsWith('usage.') || !counts(seen, id, type, data)) continue;
    const sent = data as EventData<'usage.recorded'>;
    const name = `${sent.customerId} ${sent.occurredAt.slice(0, 7)} ${sent.eventType}`;
    const sum = sums.get(name) ?? { quantity: 0, rated: 0, keys: new Map() };
    const rated = sent.occurredAt >= plans[sent.customerId as keyof typeof plans].countsFrom;
    if (sent.uniqueKey == null) {
      sum.quantity += Number(sent.quantity);
      sum.rated += rated ? Number(sent.quantity) : 0;
    } else sum.keys.set(sent.uniqueKey, rated || sum.keys.get(sent.uniqueKey) === true);
    sums.set(name, sum);
  }
  return new Map(
    [...sums].map(([name, { quantity, rated, keys }]) => {
      const ratedKeys = [...keys.values()].filter(Boolean).length;
      return [name, [quantity + keys.size, rated + ratedKeys]];
    }),
  );
}

/** True for what adds to a sum here: the first of its id, and a release of what is still in quarantine. */
function counts(seen: Map<string, string>, id: string, type: string, data: object): boolean {
  if (type === 'usage.released') {
    const { quarantinedEvent } = data as { quarantinedEvent: string };
    if (seen.get(quarantinedEvent) !== 'usage.quarantined') return false;
    seen.set(quarantinedEvent, type);
    return true;
  }
  if (seen.has(id)) return false;
  seen.set(id, type);
  return type !== 'usage.quarantined';
}

test('any split gives the same bytes, and totals as a plain loop over the log says', async () => {
  await fc.assert(
    fc.asyncProperty(logs, cuts, async (log, places) => {
      await models.reset(usageProjection);
      await models.apply(usageProjection, ...cutAt(log, places));
      const incremental = await models.dump(usageProjection);
      const found = new Map<string, [number, number]>();
      for (const customer of customers) {
        for (const month of ['2026-01', '2026-02', '2026-03']) {
          const { totals } = await reads.monthlyTotals(customer, month);
          for (const row of totals) {
            const pair: [number, number] = [Number(row.quantity), Number(row.ratedQuantity)];
            found.set(`${customer} ${month} ${row.meter}`, pair);
          }
        }
      }
      expect(found).toEqual(expectedTotals(log));
      await models.reset(usageProjection);
      await models.apply(usageProjection, log);
      expect(await models.dump(usageProjection)).toEqual(incremental);
    }),
    { numRuns: 40 },
  );
});
