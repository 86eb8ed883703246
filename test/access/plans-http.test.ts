import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

async function signUp(customerId: string, more: object): Promise<number> {
  return (await service.ok('initializeCustomerRevenue', { customerId, ...more })).position ?? 0;
}
const limit = (customerId: string, resource: string, more: object = {}) =>
  service.ok<Record<string, unknown>>('checkUsageLimit', { customerId, resource, ...more });

interface Costs {
  readonly tier: string;
  readonly total: { readonly amount: string };
  readonly saving: { readonly amount: string };
}
interface RecommendationBody {
  readonly recommendedTier: string | null;
  readonly reasons: readonly string[];
  readonly whyNot: string | null;
  readonly saving: { readonly amount: string } | null;
  readonly months: readonly {
    readonly period: string;
    readonly basis: string;
    readonly now: Costs;
    readonly higher: readonly Costs[];
  }[];
}
const recommend = (customerId: string, more: object = {}) =>
  service.ok<RecommendationBody>('generateUpgradeRecommendation', { customerId, ...more });

describe('a contract', () => {
  it('decides limits and allowances that it names', async () => {
    const minPosition = await signUp('deal', {
      tier: 'enterprise',
      paymentMethod: true,
      contract: {
        contractId: 'ctr_deal',
        price: { amount: '5000.00', currency: 'USD' },
        allowances: { 'api.called': 500_000_000 },
        limits: { users: 75 },
      },
    });
    expect((await limit('deal', 'users', { currentUsage: 74, minPosition })).body).toMatchObject({
      allowed: true,
      limit: 75,
      rule: 'contract',
      source: 'ctr_deal',
    });
    expect((await limit('deal', 'users', { currentUsage: 75 })).body).toMatchObject({
      allowed: false,
      upgrade: null,
      remedy: expect.stringContaining('contract'),
    });
    expect((await limit('deal', 'profiles', { currentUsage: 1 })).body).toMatchObject({
      limit: 1_000_000,
      rule: 'plan',
    });
  });
});

describe('a trial', () => {
  it('has the plan’s features and a month’s allowance to try, and nothing above it is sold', async () => {
    const minPosition = await signUp('trial', { tier: 'growth', trialDays: 14 });
    expect(
      (
        await service.ok('hasFeatureAccess', {
          customerId: 'trial',
          featureName: 'campaigns.sms',
          minPosition,
        })
      ).body,
    ).toMatchObject({
      enabled: true,
      rule: 'plan',
      status: 'trialing',
    });
    const sent = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'trial', eventId: 't-1', eventType: 'ai.brief_generated', quantity: 25 }],
    });
    expect((await limit('trial', 'briefs', { minPosition: sent.position })).body).toMatchObject({
      allowed: false,
      reason: 'trial-allowance-used-up',
      limit: 25,
      used: 25,
      status: 'trialing',
    });
  });
});

describe('a payment method', () => {
  it('opens what Free had capped', async () => {
    await signUp('capped', { tier: 'free' });
    const sent = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'capped', eventId: 'c-1', eventType: 'ai.brief_generated', quantity: 1 }],
    });
    expect((await limit('capped', 'briefs', { minPosition: sent.position })).body).toMatchObject({
      allowed: false,
      reason: 'allowance-used-up',
    });
    const attached = await service.ok('attachPaymentMethod', { customerId: 'capped' });
    expect((await limit('capped', 'briefs', { minPosition: attached.position })).body).toMatchObject({
      allowed: true,
      reason: 'paid-overflow',
    });
  });
});

describe('the life of a subscription', () => {
  it('a pause and an end leave nothing, and coming back gives it back', async () => {
    await signUp('life', { tier: 'growth', paymentMethod: true });
    const has = async (minPosition: number | undefined) =>
      (
        await service.ok<{ reason: string; flag: { rule: string } }>('checkFeatureAccess', {
          customerId: 'life',
          featureName: 'campaigns.journeys',
          minPosition,
        })
      ).body;
    const paused = await service.ok('pauseSubscription', { customerId: 'life' });
    expect(await has(paused.position)).toMatchObject({
      allowed: false,
      reason: 'subscription-paused',
      flag: { rule: 'status', source: 'paused' },
    });
    const resumed = await service.ok('resumeSubscription', { customerId: 'life' });
    expect(await has(resumed.position)).toMatchObject({ allowed: true, reason: 'ok' });
    const ended = await service.ok('cancelSubscription', {
      customerId: 'life',
      at: 'now',
      reason: 'too-expensive',
      refund: 'none',
    });
    expect(await has(ended.position)).toMatchObject({ allowed: false, reason: 'subscription-cancelled' });
    expect((await recommend('life')).body).toMatchObject({
      recommendedTier: null,
      whyNot: 'no-plan',
      months: [],
    });
    const back = await service.ok('createSubscription', { customerId: 'life', tier: 'starter' });
    expect(await has(back.position)).toMatchObject({ allowed: false, reason: 'feature-not-included' });
  });
});

describe('generateUpgradeRecommendation', () => {
  const worked = [
    ['event.tracked', 25_000_000],
    ['data.exported', 500_000],
    ['api.called', 1_100_000],
    ['email.sent', 350_000],
    ['audience.activated', 350_000],
    ['prediction.scored', 120_000],
    ['ai.brief_generated', 75],
    ['model.trained', 2],
  ] as const;

  it('shows what was paid and what the higher tiers would have cost, as invoices are rated', async () => {
    await signUp('worked', { tier: 'growth', paymentMethod: true });
    const events = worked.map(([eventType, quantity]) => ({
      customerId: 'worked',
      eventId: `w-${eventType}`,
      eventType,
      quantity,
    }));
    const sent = await service.ok('trackUsageEvents', { events });
    const early = (await recommend('worked', { minPosition: sent.position })).body;
    // The whole worked example but for 400.00 of enrichments.
    expect(early.months).toMatchObject([
      { period: '2026-01', basis: 'toDate', now: { total: { amount: '1524.00' } } },
    ]);
    const rated = await service.ok<{ total: { amount: string } }>('calculateBillableUsage', {
      customerId: 'worked',
      period: '2026-01',
    });
    expect(rated.body.total.amount).toBe('1225.00');
    expect(early).toMatchObject({
      recommendedTier: 'pro',
      reasons: ['overage-pays-for-it'],
      saving: { amount: '595.00' },
    });
    expect(early.months[0]?.higher).toMatchObject([
      { tier: 'pro', total: { amount: '929.00' }, saving: { amount: '595.00' } },
      { tier: 'enterprise', total: { amount: '2999.00' }, saving: { amount: '-1475.00' } },
    ]);

    await service.ok('advanceClock', { to: '2026-02-10T00:00:00Z' });
    const later = (await recommend('worked', { minPosition: await service.service.core.store.head() })).body;
    expect(later.months.map(({ period, basis, now }) => [period, basis, now.total.amount])).toEqual([
      ['2026-01', 'full', '1524.00'],
      ['2026-02', 'projected', '299.00'],
    ]);
    // January saves 595, a quiet February costs 500 more.
    expect(later).toMatchObject({ recommendedTier: 'pro', saving: { amount: '95.00' } });
  });

  it('looks at how many there are of what only the caller can count', async () => {
    const minPosition = await signUp('counted', { tier: 'starter', paymentMethod: true });
    expect((await recommend('counted', { minPosition, users: 1, segments: 19 })).body).toMatchObject({
      recommendedTier: null,
      whyNot: 'cheaper-as-it-is',
    });
    expect((await recommend('counted', { users: 1, segments: 20 })).body).toMatchObject({
      recommendedTier: 'growth',
      reasons: ['limit-near'],
    });
    expect((await recommend('counted', { users: 3 })).body).toMatchObject({
      recommendedTier: 'growth',
      reasons: ['limit-reached'],
    });
    expect(
      await service.client.call('generateUpgradeRecommendation', { customerId: 'nobody' }),
    ).toMatchObject({ status: 404 });
  });
});
