import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../api/client.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

async function signUp(customerId: string, more: object = {}): Promise<number> {
  const { position } = await service.ok('initializeCustomerRevenue', { customerId, ...more });
  return position ?? 0;
}

const has = (customerId: string, featureName: string, minPosition?: number) =>
  service.ok<Record<string, unknown>>('hasFeatureAccess', {
    customerId,
    featureName,
    ...(minPosition === undefined ? {} : { minPosition }),
  });

describe('hasFeatureAccess', () => {
  it('says which rule decided, of which version, and how current the answer is', async () => {
    const position = await signUp('growth-1', { tier: 'growth', paymentMethod: true });
    const { body } = await has('growth-1', 'campaigns.sms', position);
    expect(body).toEqual({
      customerId: 'growth-1',
      featureName: 'campaigns.sms',
      enabled: true,
      access: 'full',
      rule: 'plan',
      source: 'growth',
      catalogueVersion: '2026-01',
      expiresAt: null,
      status: 'active',
      standing: 'good',
      asOf: expect.any(Number),
      maxStalenessMs: 2_000,
    });
    expect(body['asOf']).toBeGreaterThanOrEqual(position);
    expect((await has('growth-1', 'security.scim')).body).toMatchObject({
      enabled: false,
      access: 'none',
      rule: 'default',
    });
  });

  it('sees a change of its own at once, and what it costs to ask again is nothing', async () => {
    const position = await signUp('override-1', { tier: 'starter' });
    expect((await has('override-1', 'security.scim', position)).body).toMatchObject({ enabled: false });
    const on = await service.ok('setFeatureOverride', {
      customerId: 'override-1',
      featureName: 'security.scim',
      enabled: true,
    });
    expect(on.body).toEqual({
      customerId: 'override-1',
      featureName: 'security.scim',
      override: true,
      grantedUntil: null,
    });
    expect((await has('override-1', 'security.scim', on.position)).body).toMatchObject({
      enabled: true,
      rule: 'override',
      source: 'entitlements-override-1@0',
    });
    const event = await service.ok<{ type: string }>('getEvent', {
      stream: 'entitlements-override-1',
      revision: 0,
    });
    expect(event.body.type).toBe('entitlement.overridden');
    const back = await service.ok('setFeatureOverride', {
      customerId: 'override-1',
      featureName: 'security.scim',
      enabled: null,
    });
    expect((await has('override-1', 'security.scim', back.position)).body).toMatchObject({
      enabled: false,
      rule: 'default',
    });
  });

  it('ends a grant by the clock', async () => {
    const position = await signUp('grant-1', { tier: 'free' });
    const granted = await service.ok('grantFeature', {
      customerId: 'grant-1',
      featureName: 'analytics.cohorts',
      expiresAt: '2026-01-02T02:00:00+02:00',
    });
    expect((await has('grant-1', 'analytics.cohorts', granted.position ?? position)).body).toMatchObject({
      enabled: true,
      rule: 'grant',
      expiresAt: '2026-01-02T00:00:00.000Z',
    });
    await service.ok('advanceClock', { to: '2026-01-01T23:59:59.999Z' });
    expect((await has('grant-1', 'analytics.cohorts')).body).toMatchObject({ enabled: true });
    await service.ok('advanceClock', { to: '2026-01-02T00:00:00Z' });
    expect((await has('grant-1', 'analytics.cohorts')).body).toMatchObject({
      enabled: false,
      rule: 'default',
    });
    const late = await service.client.call('grantFeature', {
      customerId: 'grant-1',
      featureName: 'analytics.cohorts',
      expiresAt: '2026-01-02T00:00:00Z',
    });
    expect(late).toMatchObject({ status: 422, body: { code: 'expiry-in-past' } });
  });

  it('refuses what does not exist', async () => {
    await signUp('refuse-1');
    for (const operationId of ['hasFeatureAccess', 'checkFeatureAccess']) {
      const unknown = await service.client.call(operationId, {
        customerId: 'refuse-1',
        featureName: 'toString',
      });
      expect(unknown).toMatchObject({ status: 422, body: { code: 'unknown-feature' } });
      const nobody = await service.client.call(operationId, {
        customerId: 'nobody',
        featureName: 'core.profiles',
      });
      expect(nobody).toMatchObject({ status: 404, body: { code: 'customer-not-found' } });
    }
    for (const operationId of ['setFeatureOverride', 'grantFeature', 'revokeFeatureGrant']) {
      const more = {
        setFeatureOverride: { enabled: true },
        grantFeature: { expiresAt: '2027-01-01T00:00:00Z' },
      };
      const inputs = {
        customerId: 'refuse-1',
        featureName: 'core.nothing',
        ...more[operationId as keyof typeof more],
      };
      expect(await service.client.call(operationId, inputs)).toMatchObject({
        status: 422,
        body: { code: 'unknown-feature' },
      });
      const other = { ...inputs, featureName: 'core.profiles', customerId: 'nobody' };
      expect(await service.client.call(operationId, other)).toMatchObject({
        status: 404,
        body: { code: 'customer-not-found' },
      });
    }
  });
});

describe('checkUsageLimit', () => {
  const check = (customerId: string, resource: string, more: object = {}) =>
    service.ok<Record<string, unknown>>('checkUsageLimit', { customerId, resource, ...more });

  it('blocks creation at a static limit, and says who has room', async () => {
    const minPosition = await signUp('limit-1', { tier: 'growth', paymentMethod: true });
    expect((await check('limit-1', 'segments', { currentUsage: 99, minPosition })).body).toMatchObject({
      allowed: true,
      reason: 'within-limit',
      limit: 100,
      used: 99,
      remaining: 1,
      percent: 99,
      alertPoint: 90,
      rule: 'plan',
      source: 'growth',
      upgrade: null,
      remedy: null,
    });
    expect((await check('limit-1', 'segments', { currentUsage: 100 })).body).toMatchObject({
      allowed: false,
      reason: 'limit-reached',
      remaining: 0,
      excess: 0,
      alertPoint: 100,
      upgrade: { tier: 'pro', limit: 500, price: { amount: '799.00', currency: 'USD' } },
      remedy: expect.stringContaining('change to pro'),
    });
    const missing = await service.client.call('checkUsageLimit', {
      customerId: 'limit-1',
      resource: 'users',
    });
    expect(missing).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
  });

  it('counts the running month of a metered one, as of the position asked for', async () => {
    await signUp('meter-1', { tier: 'free' });
    const sent = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'meter-1', eventId: 'm-1', eventType: 'api.called', quantity: 5_000 }],
    });
    const { body } = await check('meter-1', 'api_calls', { minPosition: sent.position });
    expect(body).toMatchObject({ allowed: true, reason: 'within-limit', used: 5_000, kind: 'metered' });
    expect(body['countedThrough']).toBeGreaterThanOrEqual(sent.position ?? 0);
    const limit = body['limit'] as number;
    const rest = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'meter-1', eventId: 'm-2', eventType: 'api.called', quantity: limit - 5_000 }],
    });
    expect((await check('meter-1', 'api_calls', { minPosition: rest.position })).body).toMatchObject({
      allowed: false,
      reason: 'allowance-used-up',
      used: limit,
      remaining: 0,
      percent: 100,
      upgrade: { tier: 'starter', limit: 100_000 },
      remedy: expect.stringContaining('Attach a payment method'),
    });
  });

  it('lets a paid plan overflow', async () => {
    await signUp('meter-2', { tier: 'growth', paymentMethod: true });
    const sent = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'meter-2', eventId: 'x-1', eventType: 'ai.brief_generated', quantity: 30 }],
    });
    expect((await check('meter-2', 'briefs', { minPosition: sent.position })).body).toMatchObject({
      allowed: true,
      reason: 'paid-overflow',
      used: 30,
      remaining: 0,
    });
  });
});

describe('checkFeatureAccess', () => {
  it('puts flag, limit and payments together', async () => {
    await signUp('feature-1', { tier: 'free' });
    const sent = await service.ok('trackUsageEvents', {
      events: [{ customerId: 'feature-1', eventId: 'f-1', eventType: 'ai.brief_generated', quantity: 1 }],
    });
    const ask = (featureName: string, more: object = {}) =>
      service.ok('checkFeatureAccess', {
        customerId: 'feature-1',
        featureName,
        minPosition: sent.position,
        ...more,
      });
    expect((await ask('analytics.dashboards')).body).toMatchObject({
      allowed: true,
      reason: 'ok',
      uses: null,
      limit: null,
    });
    expect((await ask('ml.ai_briefs')).body).toMatchObject({
      allowed: false,
      reason: 'allowance-used-up',
      flag: { enabled: true, rule: 'plan' },
      uses: { kind: 'metered', name: 'ai.brief_generated', limit: 1 },
      limit: { allowed: false, used: 1 },
    });
    expect((await ask('campaigns.sms')).body).toMatchObject({
      allowed: false,
      reason: 'feature-not-included',
      remedy: 'The tier growth has this feature: change to it with changeSubscriptionTier.',
    });
    expect((await ask('core.segments_basic')).body).toMatchObject({
      allowed: true,
      uses: { name: 'segments', limit: 5 },
      limit: null,
    });
    expect((await ask('core.segments_basic', { currentUsage: 5 })).body).toMatchObject({
      allowed: false,
      reason: 'limit-reached',
    });
  });
});

describe('what everybody may ask', () => {
  it('a customer’s key sees its own access, and the pricing page', async () => {
    const minPosition = await signUp('own-1', { tier: 'pro', paymentMethod: true });
    await signUp('own-2');
    const made = await service.ok<{ key: string }>('createApiKey', {
      role: 'customer',
      customerId: 'own-1',
      label: 'own',
    });
    const own = await createClient({ url: service.url, key: made.body.key });
    const asked = {
      hasFeatureAccess: { featureName: 'core.profiles' },
      checkFeatureAccess: { featureName: 'core.profiles' },
      checkUsageLimit: { resource: 'users', currentUsage: 3 },
      generateUpgradeRecommendation: {},
    };
    for (const [operationId, inputs] of Object.entries(asked)) {
      expect(await own.call(operationId, { customerId: 'own-1', minPosition, ...inputs })).toMatchObject({
        status: 200,
      });
      expect(await own.call(operationId, { customerId: 'own-2', ...inputs })).toMatchObject({
        status: 404,
        body: { code: 'customer-not-found' },
      });
    }
    expect(await own.call('getTierComparison')).toMatchObject({ status: 200 });
    expect(
      await own.call('setFeatureOverride', {
        customerId: 'own-1',
        featureName: 'security.scim',
        enabled: true,
      }),
    ).toMatchObject({ status: 403 });
  });

  it('compares the tiers', async () => {
    const { body } = await service.ok<{
      tiers: {
        tier: string;
        features: number;
        annualSaving: { amount: string };
        annualSavingPercent: number;
      }[];
      features: { category: string; flags: unknown[] }[];
      meters: unknown[];
    }>('getTierComparison');
    expect(
      body.tiers.map(({ tier, features, annualSavingPercent }) => [tier, features, annualSavingPercent]),
    ).toEqual([
      ['free', 9, 0],
      ['starter', 14, 20],
      ['growth', 23, 20],
      ['pro', 37, 20],
      ['enterprise', 47, 20],
    ]);
    expect(body.tiers[2]?.annualSaving.amount).toBe('717.60');
    expect(body.features.flatMap(({ flags }) => flags)).toHaveLength(47);
    expect(body.meters).toHaveLength(10);
  });

  it('lists the catalogue versions', async () => {
    const { body } = await service.ok('listCatalogueVersions');
    expect(body).toEqual({
      versions: [{ id: '2026-01', effectiveFrom: '1970-01-01T00:00:00.000Z', state: 'inForce' }],
    });
  });
});
