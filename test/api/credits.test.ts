import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../api/client.ts';
import {
  balancesOf,
  type InvoiceBody,
  type MoneyBody,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../support/service.ts';

interface BalanceBody {
  readonly credit: {
    readonly balance: MoneyBody;
    readonly setAside: MoneyBody;
    readonly refunds: readonly { readonly refundId: string; readonly status: string }[];
  };
  readonly wallet: {
    readonly balance: MoneyBody;
    readonly topUps: readonly { readonly topUpId: string; readonly remaining: MoneyBody }[];
  };
  readonly promotions: {
    readonly balance: MoneyBody;
    readonly grants: readonly { readonly grantId: string; readonly remaining: MoneyBody }[];
  };
}

interface MovementBody {
  readonly fund: string;
  readonly kind: string;
  readonly amount: MoneyBody;
  readonly balance: MoneyBody;
}

interface Page {
  readonly data: readonly MovementBody[];
  readonly hasMore: boolean;
  readonly nextCursor?: string;
}

const customerId = 'acme';
const usd = (amount: string): MoneyBody => ({ amount, currency: 'USD' });

describe('what is held for a customer, by the clock and through HTTP', () => {
  let service: TestService;

  beforeEach(async () => {
    service = await startTestService();
    await service.ok('initializeCustomerRevenue', {
      customerId,
      tier: 'growth',
      taxRate: '0.08',
      paymentMethod: true,
    });
  });

  afterEach(() => service?.close());

  const advance = (to: string) => service.ok('advanceClock', { to });

  async function invoices(): Promise<readonly InvoiceBody[]> {
    await service.service.core.drain();
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    return body.data.toReversed();
  }

  async function pay(index: number, amount: string) {
    const invoiceId = (await invoices())[index]?.invoiceId;
    return service.ok('recordInvoicePayment', { invoiceId, amount: usd(amount), method: 'card' });
  }

  async function held(minPosition?: number): Promise<BalanceBody> {
    if (minPosition === undefined) await service.service.core.drain();
    const at = minPosition === undefined ? {} : { minPosition };
    return (await service.ok<BalanceBody>('getCreditBalance', { customerId, ...at })).body;
  }

  /** Accounts that are not zero; what is held must be what the books owe. */
  async function books(): Promise<Record<string, string>> {
    await service.service.core.drain();
    const { body } = await service.ok<TrialBalanceBody>('getTrialBalance', { customerId });
    expect(body.zero).toBe(true);
    const all = balancesOf(body);
    const { credit, wallet } = await held();
    expect([all['2200'] ?? '0.00', all['2210'] ?? '0.00']).toEqual(
      [credit.balance.amount, wallet.balance.amount].map((amount) =>
        amount === '0.00' ? amount : `-${amount}`,
      ),
    );
    return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== '0.00'));
  }

  const topUp = (amount: string, more: object = {}) =>
    service.ok<{ topUpId: string }>('topUpWallet', {
      customerId,
      amount: usd(amount),
      method: 'card',
      ...more,
    });

  const use = (quantity: number) =>
    service.ok('trackUsageEvent', {
      customerId,
      eventType: 'api.called',
      eventId: `calls-${quantity}`,
      quantity,
      occurredAt: '2026-01-01T00:00:00Z',
    });

  it('an overpayment of 25.00 is credit at once, and pays a part of the next monthly invoice', async () => {
    const paid = await pay(0, '347.92');
    const { credit } = await held(paid.position);
    expect(credit).toMatchObject({ balance: usd('25.00'), setAside: usd('0.00') });
    await advance('2026-02-02T00:00:00Z');
    const [first, second] = await invoices();
    expect(first).toMatchObject({ status: 'paid', due: usd('0.00') });
    expect(second).toMatchObject({ kind: 'monthly', total: usd('322.92'), due: usd('297.92') });
    expect(await books()).toEqual({
      '1110': '347.92',
      '1200': '297.92',
      '2100': '-299.00',
      '2300': '-47.84',
      '4010': '-299.00',
    });
    expect((await held()).credit.balance).toEqual(usd('0.00'));
  });

  it('credit that comes later pays no open invoice by itself', async () => {
    await advance('2026-02-02T00:00:00Z');
    await pay(0, '422.92');
    expect((await invoices())[1]).toMatchObject({ status: 'finalized', due: usd('322.92') });
    expect((await held()).credit.balance).toEqual(usd('100.00'));
    await advance('2026-03-02T00:00:00Z');
    expect((await invoices())[2]).toMatchObject({ due: usd('222.92') });
  });

  it('the wallet pays the usage part of an invoice with its tax, the credit balance the rest (USE-7, SUB-11)', async () => {
    await pay(0, '332.92');
    await topUp('20.00', { priority: 90 });
    await topUp('500.00', { priority: 10 });
    await topUp('25.00', { priority: 10, expiresAt: '2026-12-31T00:00:00Z' });
    await use(1_300_000);
    await advance('2026-02-02T00:00:00Z');
    const [, monthly] = await invoices();
    // 299.00 + 30.00 + 8 %; 32.40 from the wallet, 10.00 from the credit balance.
    expect(monthly).toMatchObject({ total: usd('355.32'), due: usd('312.92') });
    const { wallet, credit } = await held();
    expect(wallet.topUps.map(({ remaining }) => remaining.amount)).toEqual(['492.60', '20.00']);
    expect(credit.balance).toEqual(usd('0.00'));
    const { body } = await service.ok<{
      data: { postings: { side: string; account: string; amount: MoneyBody }[] }[];
    }>('listJournalEntries', { customerId, template: 'USE-7@1' });
    expect(
      body.data.map(({ postings }) =>
        postings.map(({ side, account, amount }) => `${side} ${account} ${amount.amount}`).sort(),
      ),
    ).toEqual([['Cr 1200 42.40', 'Dr 2200 10.00', 'Dr 2210 32.40']]);
    expect(await books()).toMatchObject({ '2210': '-512.60', '1200': '312.92' });
  });

  it('what is left of a top-up or grant at its end is gone: breakage of the one, nothing of the other', async () => {
    await topUp('20.00', { expiresAt: '2026-01-20T10:00:00+02:00' });
    await topUp('30.00');
    const grant = { amount: usd('5.00'), reason: 'Launch', expiresAt: '2026-01-20T08:00:00Z' };
    await service.ok('grantCredit', { customerId, ...grant });
    await advance('2026-01-20T07:59:59Z');
    expect(await held()).toMatchObject({
      wallet: { balance: usd('50.00') },
      promotions: { balance: usd('5.00') },
    });
    await advance('2026-01-20T08:00:00Z');
    expect(await held()).toMatchObject({
      wallet: { balance: usd('30.00'), topUps: [{ remaining: usd('30.00') }] },
      promotions: { balance: usd('0.00'), grants: [] },
    });
    expect(await books()).toMatchObject({ '1110': '50.00', '2210': '-30.00', '4025': '-20.00' });
    const again = await service.service.core.store.head();
    await service.service.core.scheduler.runDue('2026-01-20T08:00:00.000Z');
    expect(await service.service.core.store.head()).toBe(again);
  });

  it('credit balance is paid out on request, as far as it reaches', async () => {
    await pay(0, '347.03');
    const asked = await service.ok<{ refundId: string; status: string }>('refundCreditBalance', {
      customerId,
      amount: usd('24.11'),
    });
    expect(asked.body.status).toBe('requested');
    expect(await held(asked.position)).toMatchObject({
      credit: { balance: usd('0.00'), refunds: [{ refundId: asked.body.refundId, status: 'requested' }] },
    });
    expect(await books()).toMatchObject({ '2220': '-24.11' });
    const more = await service.client.call('refundCreditBalance', { customerId, amount: usd('0.01') });
    expect(more).toMatchObject({ status: 409, body: { code: 'insufficient-credit' } });
  });

  it('that refund settles, fails and settles again, by the operation that settles every refund', async () => {
    await pay(0, '347.03');
    const { body } = await service.ok<{ refundId: string }>('refundCreditBalance', {
      customerId,
      amount: usd('24.11'),
    });
    const { refundId } = body;
    await service.service.core.drain();
    const settled = await service.ok('settleRefund', { refundId });
    expect(settled.body).toEqual({
      refundId,
      customerId,
      invoiceId: null,
      status: 'settled',
      amount: usd('24.11'),
    });
    expect(await books()).toMatchObject({ '1100': '-24.11' });
    const again = await service.client.call('settleRefund', { refundId });
    expect(again).toMatchObject({ status: 409, body: { code: 'refund-settled' } });
    await service.ok('settleRefund', { refundId, outcome: 'failed', reason: 'Account closed' });
    expect(await books()).toMatchObject({ '2220': '-24.11' });
    expect((await held()).credit.refunds).toMatchObject([{ refundId, status: 'failed' }]);
    await service.ok('settleRefund', { refundId, outcome: 'settled' });
    expect(Object.keys(await books())).not.toContain('2220');
    const unknown = await service.client.call('settleRefund', { refundId: 'crf_none' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'refund-not-found' } });
  });

  it('promotional credit lowers the usage of the monthly invoice before tax; the wallet pays what is left of it', async () => {
    const grants = [
      { amount: usd('12.00'), reason: 'Second', priority: 60 },
      { amount: usd('8.00'), reason: 'First', priority: 40 },
    ];
    for (const grant of grants) await service.ok('grantCredit', { customerId, ...grant });
    await topUp('100.00');
    await use(1_150_000);
    await advance('2026-02-02T00:00:00Z');
    const monthly = await service.ok<InvoiceBody>('getInvoice', {
      invoiceId: (await invoices())[1]?.invoiceId,
    });
    expect(monthly.body.lines.map(({ kind, amount }) => `${kind} ${amount.amount}`)).toEqual([
      'subscription 299.00',
      'usage 15.00',
      'promotion -15.00',
    ]);
    // 299.00 + 8 %: the promotion takes all usage, so that the wallet pays nothing.
    expect(monthly.body).toMatchObject({ total: usd('322.92'), due: usd('322.92') });
    expect(await books()).toMatchObject({ '2210': '-100.00', '4020': '-15.00', '4910': '15.00' });
    expect(Object.keys(await books())).not.toContain('1210');
    expect((await held()).promotions).toMatchObject({
      balance: usd('5.00'),
      grants: [{ reason: 'Second', remaining: usd('5.00') }],
    });
    await service.ok('voidInvoice', { invoiceId: monthly.body.invoiceId, reason: 'Sent in error' });
    expect((await held()).promotions.balance).toEqual(usd('20.00'));
    expect(Object.keys(await books())).not.toContain('4910');
  });

  it('what a credit note leaves over on a paid invoice is credit, for the next one', async () => {
    await pay(0, '322.92');
    const note = await service.ok('issueCreditNote', {
      invoiceId: (await invoices())[0]?.invoiceId,
      amount: usd('50.00'),
      reason: 'Goodwill',
    });
    expect((await held(note.position)).credit.balance).toEqual(usd('50.00'));
    await advance('2026-02-02T00:00:00Z');
    expect((await invoices())[1]).toMatchObject({ due: usd('272.92') });
    expect((await held()).credit.balance).toEqual(usd('0.00'));
    await books();
  });

  it('every movement is listed, in pages, newest first', async () => {
    await pay(0, '347.92');
    await topUp('40.00');
    await service.ok('grantCredit', { customerId, amount: usd('5.00'), reason: 'Launch' });
    await use(1_300_000);
    await advance('2026-02-02T00:00:00Z');
    await service.service.core.drain();
    const first = await service.ok<Page>('listCreditMovements', { customerId, limit: 2 });
    const second = await service.ok<Page>('listCreditMovements', {
      customerId,
      startingAfter: first.body.nextCursor,
    });
    const lines = [...first.body.data, ...second.body.data].map(
      ({ fund, kind, amount, balance }) => `${fund} ${kind} ${amount.amount} → ${balance.amount}`,
    );
    expect(lines).toEqual([
      // Promotional credit lowers the usage of 30.00 before tax; the wallet pays what is left of it.
      'wallet used -27.00 → 13.00',
      'credit used -25.00 → 0.00',
      'promotion used -5.00 → 0.00',
      'promotion granted 5.00 → 5.00',
      'wallet topped-up 40.00 → 40.00',
      'credit added 25.00 → 25.00',
    ]);
    expect([first.body.hasMore, second.body.hasMore]).toEqual([true, false]);
    const back = await service.ok<Page>('listCreditMovements', {
      customerId,
      limit: 1,
      endingBefore: first.body.nextCursor,
    });
    expect(back.body.data).toEqual(first.body.data.slice(0, 1));
  });

  it('the same key gives the first answer; another body with it is refused', async () => {
    const body = { customerId, amount: usd('40.00'), method: 'ach' };
    const first = await service.ok<{ topUpId: string }>('topUpWallet', body, 'top-up-1');
    const head = await service.service.core.store.head();
    const again = await service.ok<{ topUpId: string }>('topUpWallet', body, 'top-up-1');
    expect([again.body.topUpId, again.status]).toEqual([first.body.topUpId, 200]);
    const options = { idempotencyKey: 'top-up-1' };
    const other = await service.client.call('topUpWallet', { ...body, amount: usd('41.00') }, options);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(await service.service.core.store.head()).toBe(head);
  });

  it('a customer’s key reads its own balance and moves nothing', async () => {
    const { body } = await service.ok<{ key: string }>('createApiKey', {
      role: 'customer',
      customerId,
      label: 'their own',
    });
    const own = await createClient({ url: service.url, key: body.key });
    await service.ok('initializeCustomerRevenue', { customerId: 'other', tier: 'free' });
    await service.service.core.drain();
    for (const query of ['getCreditBalance', 'listCreditMovements']) {
      expect((await own.call(query, { customerId })).status).toBe(200);
      expect((await own.call(query, { customerId: 'other' })).status).toBe(404);
      expect((await service.client.call(query, { customerId: 'nobody' })).status).toBe(404);
    }
    const refused = await own.call('topUpWallet', { customerId, amount: usd('1.00'), method: 'card' });
    expect(refused.status).toBe(403);
  });
});

describe('what cannot be done', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await service.ok('initializeCustomerRevenue', { customerId, tier: 'free' });
    await service.service.core.drain();
  });

  afterAll(() => service?.close());

  it.each([
    ['topUpWallet', { customerId: 'nobody' }, 404, 'customer-not-found'],
    ['topUpWallet', { amount: { amount: '1.00', currency: 'EUR' } }, 422, 'currency-mismatch'],
    ['topUpWallet', { amount: usd('1.001') }, 422, 'invalid-amount'],
    ['topUpWallet', { expiresAt: '2026-01-01T00:00:00Z' }, 422, 'expiry-in-past'],
    ['grantCredit', { customerId: 'nobody' }, 404, 'customer-not-found'],
    ['grantCredit', { amount: { amount: '1.00', currency: 'EUR' } }, 422, 'currency-mismatch'],
    ['grantCredit', { amount: usd('0.00') }, 422, 'invalid-amount'],
    ['grantCredit', { expiresAt: '2025-12-31T23:59:59Z' }, 422, 'expiry-in-past'],
    ['refundCreditBalance', { customerId: 'nobody' }, 404, 'customer-not-found'],
    ['refundCreditBalance', { amount: { amount: '1.00', currency: 'EUR' } }, 422, 'currency-mismatch'],
    ['refundCreditBalance', { amount: usd('0.001') }, 422, 'invalid-amount'],
    ['refundCreditBalance', {}, 409, 'insufficient-credit'],
  ])('%s of %j is refused and leaves no trace', async (operationId, inputs, status, code) => {
    const own = { topUpWallet: { method: 'card' }, grantCredit: { reason: 'Launch' } };
    const more = own[operationId as keyof typeof own] ?? {};
    const head = await service.service.core.store.head();
    const answer = await service.client.call(operationId, {
      customerId,
      amount: usd('1.00'),
      ...more,
      ...inputs,
    });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(await service.service.core.store.head()).toBe(head);
  });
});
