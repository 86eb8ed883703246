import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../api/client.ts';
import { commandIdOfKey } from '../../api/http/idempotency.ts';
import { subscriptionDecider } from '../../domain/subscriptions/decider.ts';
import type { SubscriptionEvent } from '../../domain/subscriptions/events.ts';
import { noSubscription } from '../../domain/subscriptions/state.ts';
import { decode } from '../../eventstore/codec.ts';
import { type StoreName, startTestService, type TestService } from '../support/service.ts';

const CALLERS = 64;
const TIERS = ['starter', 'growth', 'pro', 'enterprise'] as const;
const STORES: readonly StoreName[] = ['postgres', 'eventstoredb'];

describe.each(STORES)('64 callers change the tier of one customer at once, over %s', (store) => {
  let api: TestService;
  let answers: Answer[];

  const tierOf = (caller: number) => TIERS[caller % TIERS.length] as string;
  const keyOf = (caller: number) => `caller-${caller}`;
  const change = (caller: number) =>
    api.client.call(
      'changeSubscriptionTier',
      { customerId: 'cus', newTier: tierOf(caller) },
      { idempotencyKey: keyOf(caller) },
    );
  const callers = Array.from({ length: CALLERS }, (_, caller) => caller);
  const stream = () => api.service.core.store.readStream('subscription-cus');

  beforeAll(async () => {
    api = await startTestService({}, store);
    await api.ok('initializeCustomerRevenue', { customerId: 'cus', tier: 'free', paymentMethod: true });
    answers = await Promise.all(callers.map(change));
  });
  afterAll(() => api.close());

  test('each command has one outcome, and it is in the log if and only if it changed something', async () => {
    const events = await stream();
    const commands = Map.groupBy(events, (event) => event.metadata.commandId);
    for (const [caller, { status, body, headers }] of answers.entries()) {
      expect(status, JSON.stringify(body)).toBeLessThan(300);
      const own = commands.get(commandIdOfKey('key:owner', keyOf(caller))) ?? [];
      const position = headers.get('Revenue-Position');
      expect(own.length > 0).toBe(position !== null);
      expect(headers.get('ETag')).toBe(position === null ? headers.get('ETag') : `"${own.at(-1)?.revision}"`);
    }
    expect(answers.some(({ headers }) => headers.get('Revenue-Position') !== null)).toBe(true);
  });

  test('no update is lost: every change starts from what the one before it left', async () => {
    let tier = 'free';
    let scheduled: string | null = null;
    for (const { data, type } of (await stream()).slice(1)) {
      const fact = data as { readonly fromTier?: string; readonly tier?: string; readonly toTier?: string };
      if (fact.fromTier !== undefined) expect(fact.fromTier, type).toBe(tier);
      if (type === 'subscription.changed') tier = fact.tier ?? '';
      scheduled = type === 'subscription.change_scheduled' ? (fact.toTier ?? '') : null;
    }
    const { body } = await api.ok<{
      subscription: { tier: string; scheduledChange: { tier: string } | null };
    }>('getCustomerRevenueDashboard', {
      customerId: 'cus',
      minPosition: await api.service.core.store.head(),
    });
    // An upgrade takes effect at once, so whatever the order was, the highest tier stands.
    expect(tier).toBe('enterprise');
    expect(body.subscription.tier).toBe(tier);
    expect(body.subscription.scheduledChange?.tier ?? null).toBe(scheduled);
  });

  test('the state is the fold of the log', async () => {
    const events = await stream();
    const folded = events.reduce(
      (state, event) => subscriptionDecider.evolve(state, decode(event) as SubscriptionEvent),
      noSubscription,
    );
    expect(folded).toMatchObject({ status: 'active', tier: 'enterprise' });
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
  });

  test('all of them again: the same answers, and nothing new', async () => {
    const changed = callers.filter((caller) => answers[caller]?.headers.get('Revenue-Position') !== null);
    const before = await stream();
    const again = await Promise.all(changed.map(change));
    expect(again.map(({ body }) => body)).toEqual(changed.map((caller) => answers[caller]?.body));
    for (const { headers } of again) expect(headers.get('Idempotent-Replayed')).toBe('true');
    expect(await stream()).toEqual(before);
  });
});
