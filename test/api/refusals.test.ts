import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER_KEY, startTestService, type TestService } from '../support/service.ts';

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

describe('what is refused leaves no trace', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await service.ok(
      'initializeCustomerRevenue',
      { customerId: 'known', tier: 'starter' },
      'sign-up-of-known',
    );
    await service.service.core.drain();
  });

  afterAll(() => service?.close());

  /** Calls, expects a problem, and that log, books and vault are as they were. */
  async function problemOf(operationId: string, inputs: object, idempotencyKey?: string): Promise<Problem> {
    const before = await fingerprint();
    const answer = await service.client.call(
      operationId,
      { ...inputs },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
    expect(await fingerprint()).toEqual(before);
    const problem = answer.body as Problem;
    expect(problem.status).toBe(answer.status);
    expect(problem.requestId).toBe(answer.headers.get('Request-Id'));
    return problem;
  }

  async function fingerprint() {
    const { pool, store } = service.service.core;
    const { rows } = await pool.query(
      'select (select count(*) from vault.subjects) as subjects, (select count(*) from read.journal_entries) as entries',
    );
    return { head: await store.head(), ...rows[0] };
  }

  const cases: readonly (readonly [string, string, object, number, string])[] = [
    ['an unknown tier', 'initializeCustomerRevenue', { customerId: 'x1', tier: 'gold' }, 422, 'unknown-tier'],
    [
      'a tier change to nowhere',
      'changeSubscriptionTier',
      { customerId: 'known', newTier: 'gold' },
      422,
      'unknown-tier',
    ],
    [
      'a trial where there is none',
      'initializeCustomerRevenue',
      { customerId: 'x2', tier: 'enterprise', trialDays: 14 },
      422,
      'trial-not-available',
    ],
    [
      'a currency that is not the books’',
      'initializeCustomerRevenue',
      { customerId: 'x3', currency: 'EUR' },
      422,
      'currency-mismatch',
    ],
    ['a customer twice', 'initializeCustomerRevenue', { customerId: 'known' }, 409, 'customer-exists'],
    [
      'a second subscription',
      'createSubscription',
      { customerId: 'known', tier: 'pro' },
      409,
      'subscription-exists',
    ],
    [
      'a subscription of nobody',
      'createSubscription',
      { customerId: 'nobody', tier: 'pro' },
      404,
      'customer-not-found',
    ],
    [
      'a tier change of nobody',
      'changeSubscriptionTier',
      { customerId: 'nobody', newTier: 'pro' },
      404,
      'subscription-not-found',
    ],
    [
      'usage of nobody',
      'trackUsageEvent',
      { customerId: 'nobody', eventType: 'api.called', eventId: 'e' },
      404,
      'customer-not-found',
    ],
    [
      'an event type without a meter',
      'trackUsageEvent',
      { customerId: 'known', eventType: 'api.sung', eventId: 'e' },
      422,
      'unknown-event-type',
    ],
    [
      'an enrichment without its keys',
      'trackUsageEvent',
      { customerId: 'known', eventType: 'profile.enriched', eventId: 'e' },
      422,
      'invalid-usage',
    ],
    [
      'an invoice for a running month',
      'generateMonthlyInvoice',
      { customerId: 'known', period: '2026-01' },
      409,
      'period-not-ended',
    ],
    [
      'an invoice for nobody',
      'generateMonthlyInvoice',
      { customerId: 'nobody', period: '2025-12' },
      404,
      'customer-not-found',
    ],
    [
      'an invoice with nothing on it',
      'generateMonthlyInvoice',
      { customerId: 'known', period: '2025-11' },
      409,
      'nothing-to-bill',
    ],
    [
      'a payment of no invoice',
      'recordInvoicePayment',
      { invoiceId: 'inv_none', amount: { amount: '1.00', currency: 'USD' }, method: 'card' },
      404,
      'invoice-not-found',
    ],
    [
      'a contract for a plan without one',
      'changeSubscriptionTier',
      {
        customerId: 'known',
        newTier: 'pro',
        contract: { contractId: 'con_1', price: { amount: '4000.00', currency: 'USD' } },
      },
      422,
      'contract-not-available',
    ],
    [
      'a feature nobody has',
      'setFeatureOverride',
      { customerId: 'known', featureName: 'core.telepathy', enabled: true },
      422,
      'unknown-feature',
    ],
    [
      'a feature until yesterday',
      'grantFeature',
      { customerId: 'known', featureName: 'core.profiles', expiresAt: '2025-12-31T00:00:00Z' },
      422,
      'expiry-in-past',
    ],
    [
      'a price that stops halfway',
      'setPriceOverride',
      {
        customerId: 'known',
        eventType: 'api.called',
        price: { kind: 'graduated', tiers: [{ upTo: 10, unitPrice: '0.01' }] },
      },
      422,
      'invalid-price',
    ],
    [
      'a correction by nothing',
      'correctUsage',
      { customerId: 'known', eventType: 'api.called', quantity: 0, reason: 'none' },
      422,
      'invalid-usage',
    ],
    [
      'money for the wallet in another currency',
      'topUpWallet',
      { customerId: 'known', amount: { amount: '1.00', currency: 'EUR' }, method: 'card' },
      422,
      'currency-mismatch',
    ],
    [
      'a credit of nothing',
      'grantCredit',
      { customerId: 'known', amount: { amount: '0.00', currency: 'USD' }, reason: 'none' },
      422,
      'invalid-amount',
    ],
    [
      'more credit than there is',
      'refundCreditBalance',
      { customerId: 'known', amount: { amount: '1.00', currency: 'USD' } },
      409,
      'insufficient-credit',
    ],
    ['a refund that does not exist', 'settleRefund', { refundId: 'ref_none' }, 404, 'refund-not-found'],
    ['a bill run of a running month', 'runBilling', { period: '2026-01' }, 409, 'period-not-ended'],
    [
      'spend of a month to come',
      'recordFinanceInput',
      { month: '2026-02', kind: 'sales-and-marketing', amount: '1.00' },
      409,
      'not-due',
    ],
    ['a clock that goes back', 'advanceClock', { to: '2025-01-01T00:00:00Z' }, 409, 'clock-backwards'],
    ['an invoice that does not exist', 'getInvoice', { invoiceId: 'inv_none' }, 404, 'invoice-not-found'],
    ['an account that does not exist', 'getAccountStatement', { account: '9999' }, 404, 'account-not-found'],
    [
      'a customer id that is none',
      'createSubscription',
      { customerId: 'a/b', tier: 'pro' },
      400,
      'validation-failed',
    ],
    [
      'a negative quantity',
      'trackUsageEvent',
      { customerId: 'known', eventType: 'api.called', eventId: 'e', quantity: -1 },
      400,
      'validation-failed',
    ],
    [
      'a payment in floating point',
      'recordInvoicePayment',
      { invoiceId: 'inv_none', amount: 1.5, method: 'card' },
      400,
      'validation-failed',
    ],
    [
      'a field nobody knows',
      'createSubscription',
      { customerId: 'known', tier: 'pro', discount: 100 },
      400,
      'validation-failed',
    ],
  ];

  it.each(cases)('%s', async (_name, operationId, inputs, status, code) => {
    const problem = await problemOf(operationId, inputs);
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).not.toBe('');
    expect(problem.type).toContain(`#${code}`);
  });

  it('a field is named where it stands', async () => {
    const inPath = await problemOf('changeSubscriptionTier', { customerId: 'nobody', newTier: 'pro' });
    expect(inPath.errors).toMatchObject([{ pointer: '/customerId', in: 'path' }]);
    const inBody = await problemOf('changeSubscriptionTier', { customerId: 'known', newTier: 'gold' });
    expect(inBody.errors).toMatchObject([{ pointer: '/newTier', in: 'body' }]);
  });

  it('a reused key with another body, on the same customer and on another', async () => {
    for (const customerId of ['known', 'other']) {
      const problem = await problemOf(
        'initializeCustomerRevenue',
        { customerId, tier: 'pro' },
        'sign-up-of-known',
      );
      expect(problem).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    }
  });

  it('the first outcome, when the key comes with the same body', async () => {
    const head = await service.service.core.store.head();
    const again = await service.ok(
      'initializeCustomerRevenue',
      { customerId: 'known', tier: 'starter' },
      'sign-up-of-known',
    );
    expect(again.status).toBe(200);
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await service.service.core.store.head()).toBe(head);
  });

  it('a command without a key', async () => {
    const response = await post('/v1/customers', JSON.stringify({ customerId: 'x' }), {});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'idempotency-key-missing' });
  });

  it.each([
    ['not JSON', '{"customerId":', 400, 'invalid-json'],
    ['a huge body', JSON.stringify({ customerId: 'x', name: 'y'.repeat(200_000) }), 413, 'body-too-large'],
    ['a body as deep as a well', '['.repeat(50_000), 400, undefined],
    ['a prototype', '{"customerId":"x","__proto__":{"role":"owner"}}', 400, undefined],
    ['the same member twice', '{"customerId":"x","customerId":"y"}', 400, undefined],
    ['a null byte in an id', '{"customerId":"x\\u0000y"}', 400, undefined],
  ])('%s', async (_name, body, status, code) => {
    const before = await fingerprint();
    const response = await post('/v1/customers', body, { 'Idempotency-Key': 'malicious' });
    const problem = (await response.json()) as Problem;
    expect(response.status).toBe(status);
    if (code !== undefined) expect(problem.code).toBe(code);
    expect(await fingerprint()).toEqual(before);
  });

  it('a stale If-Match', async () => {
    const before = await fingerprint();
    const answer = await service.client.call(
      'changeSubscriptionTier',
      { customerId: 'known', newTier: 'pro' },
      { headers: { 'If-Match': '"17"' } },
    );
    expect(answer.status).toBe(412);
    expect(await fingerprint()).toEqual(before);
  });

  it('anybody without a key, and a customer’s key on another customer', async () => {
    const anonymous = await fetch(`${service.url}/v1/invoices`);
    expect(anonymous.status).toBe(401);
    const made = await service.ok<{ key: string }>('createApiKey', {
      role: 'customer',
      customerId: 'known',
      label: 'their own',
    });
    const foreign = await fetch(`${service.url}/v1/customers/other/dashboard`, {
      headers: { Authorization: `Bearer ${made.body.key}` },
    });
    const missing = await fetch(`${service.url}/v1/customers/nobody/dashboard`, {
      headers: { Authorization: `Bearer ${made.body.key}` },
    });
    expect(foreign.status).toBe(404);
    expect(((await foreign.json()) as Problem).detail).toBe(((await missing.json()) as Problem).detail);
    const own = await fetch(`${service.url}/v1/customers/known/dashboard`, {
      headers: { Authorization: `Bearer ${made.body.key}` },
    });
    expect(own.status).toBe(200);
  });

  function post(path: string, body: string, headers: Record<string, string>): Promise<Response> {
    return fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${OWNER_KEY}`, ...headers },
      body,
    });
  }
});
