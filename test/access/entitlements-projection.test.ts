import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { entitlementDecider } from '../../domain/entitlements/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { entitlementsProjection } from '../../projections/entitlements/projection.ts';
import { HoldingReads } from '../../projections/entitlements/reads.ts';
import { decided, registered, stored, subscribed } from '../support/events.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

const NOON = '2026-01-10T12:00:00.000Z';
let models: ReadModels;

beforeAll(async () => {
  models = await createReadModels(entitlementsProjection, billingProjection);
});
afterAll(() => models.close());
beforeEach(async () => {
  await models.reset(entitlementsProjection);
  await models.reset(billingProjection);
});

const command = fc.oneof(
  fc.record({
    type: fc.constant('setFeatureOverride' as const),
    enabled: fc.constantFrom(true, false, null),
  }),
  fc.record({
    type: fc.constant('grantFeature' as const),
    expiresAt: fc.constantFrom('2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'),
  }),
  fc.record({ type: fc.constant('revokeFeatureGrant' as const) }),
);
const featureName = fc.constantFrom('core.profiles', 'security.scim', 'campaigns.sms');
const history = fc.array(fc.tuple(fc.constantFrom('ann', 'bea'), featureName, command), { maxLength: 20 });

test('holds what a fold of the stream gives, however the log is cut into batches', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.array(fc.nat(20)), async (steps, cuts) => {
      await models.reset(entitlementsProjection);
      const of = (customerId: string) =>
        decided(
          entitlementDecider,
          steps.flatMap(([who, feature, what]) =>
            who === customerId ? [{ ...what, now: NOON, customerId, featureName: feature }] : [],
          ),
        );
      const streams = { ann: of('ann'), bea: of('bea') };
      const events = [...streams.ann, ...streams.bea];
      await models.apply(entitlementsProjection, ...cutAt(stored(events), cuts));
      const { rows } = await models.pool.query(
        'select customer_id, state, revision from read.entitlements order by customer_id',
      );
      const expected = Object.entries(streams).flatMap(([customer_id, stream]) =>
        stream.length === 0
          ? []
          : [
              {
                customer_id,
                state: stream.reduce(entitlementDecider.evolve, entitlementDecider.initialState),
                revision: stream.length - 1,
              },
            ],
      );
      expect(rows).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('what a customer holds is read with it, of one snapshot', async () => {
  const granted = decided(entitlementDecider, [
    {
      type: 'grantFeature',
      now: NOON,
      customerId: 'ann',
      featureName: 'security.scim',
      expiresAt: '2026-02-01T00:00:00.000Z',
    },
  ]);
  const events: DomainEvent[] = [
    ...registered('ann', NOON),
    ...subscribed('ann', { now: NOON, tier: 'growth' }),
    ...registered('bea', NOON),
    ...granted,
  ];
  for (const projection of [billingProjection, entitlementsProjection])
    await models.apply(projection, stored(events));
  const reads = new HoldingReads(models.pool);
  expect(await reads.of('ann')).toMatchObject({
    // No checkpoint has been written here: nothing is promised of any position.
    position: 0,
    holding: {
      customerId: 'ann',
      paymentMethod: true,
      dunning: null,
      subscription: { status: 'active', tier: 'growth' },
      entitlements: { grants: { 'security.scim': { revision: 0 } } },
    },
  });
  expect((await reads.of('bea')).holding).toMatchObject({
    subscription: { status: 'none' },
    entitlements: { revision: -1 },
  });
  expect((await reads.of('cid')).holding).toBeUndefined();
  expect((await reads.page('', 1)).holdings.map(({ customerId }) => customerId)).toEqual(['ann']);
  expect((await reads.page('ann', 10)).holdings.map(({ customerId }) => customerId)).toEqual(['bea']);
  expect((await reads.page('bea', 10)).holdings).toEqual([]);
});
