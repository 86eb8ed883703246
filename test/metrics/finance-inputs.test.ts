import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MoneyBody, startTestService, type TestService } from '../support/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

interface Input {
  readonly month: string;
  readonly kind: string;
  readonly amount: string;
  readonly currency: string | null;
  readonly note: string;
  readonly standing: boolean;
}

const list = async (inputs: Record<string, unknown> = {}) =>
  (await service.ok<{ data: Input[]; nextCursor?: string }>('listFinanceInputs', inputs)).body;

describe('finance inputs', () => {
  it('are money or per cent, and the newest of a month and kind stands', async () => {
    await service.ok('recordFinanceInput', {
      month: '2026-01',
      kind: 'sales-and-marketing',
      amount: { amount: '4000', currency: 'USD' },
      note: 'estimate',
    });
    await service.ok('recordFinanceInput', { month: '2026-01', kind: 'gross-margin', amount: '82.5' });
    const { body, position } = await service.ok('recordFinanceInput', {
      month: '2026-01',
      kind: 'sales-and-marketing',
      amount: '4200.50',
      note: 'actual',
    });
    const spend = { month: '2026-01', kind: 'sales-and-marketing', currency: 'USD' };
    expect(body).toEqual({ ...spend, amount: '4200.50', note: 'actual' });
    const standing = await list({ minPosition: position });
    expect(standing.data).toMatchObject([
      { ...spend, amount: '4200.50', standing: true },
      { kind: 'gross-margin', amount: '82.5', currency: null, standing: true },
    ]);
    const history = await list({ history: true, kind: 'sales-and-marketing' });
    expect(history.data.map(({ amount, standing: stands }) => [amount, stands])).toEqual([
      ['4200.50', true],
      ['4000.00', false],
    ]);
  });

  it('come in pages that stay where they are', async () => {
    const first = await list({ history: true, limit: 2 });
    const second = await list({ history: true, limit: 2, startingAfter: first.nextCursor });
    expect([...first.data, ...second.data].map(({ amount }) => amount)).toEqual([
      '4200.50',
      '82.5',
      '4000.00',
    ]);
    expect(second.nextCursor).toBeUndefined();
  });

  it('answers a repeated request with its first outcome, and the same value again appends nothing', async () => {
    const input = { month: '2026-01', kind: 'cash-balance', amount: '100000' };
    const first = await service.ok('recordFinanceInput', input, 'cash-january');
    const retry = await service.ok('recordFinanceInput', input, 'cash-january');
    expect(retry.body).toEqual(first.body);
    const head = await service.service.core.store.head();
    await service.ok('recordFinanceInput', input);
    expect(await service.service.core.store.head()).toBe(head);
  });

  it.each([
    [{ month: '2026-02', kind: 'cash-balance', amount: '1' }, 'not-due'],
    [{ month: '2026-01', kind: 'gross-margin', amount: '101' }, 'invalid-amount'],
    [
      { month: '2026-01', kind: 'cost-of-revenue', amount: { amount: '1', currency: 'EUR' } },
      'currency-mismatch',
    ],
    [{ month: '2026-01', kind: 'rent', amount: '1' }, 'validation-failed'],
  ])('refuses %o: %s', async (input, code) => {
    const answer = await service.client.call('recordFinanceInput', input);
    expect(answer.body).toMatchObject({ code });
  });
});

interface Worth {
  readonly value: MoneyBody | null;
  readonly reason: string | null;
  readonly arithmetic: string;
}
interface Lifetime {
  readonly average: Worth;
  readonly own: Worth;
  readonly expected: Worth;
  readonly realizedRevenue: { readonly amount: MoneyBody };
  readonly inputs: {
    readonly churn: string | null;
    readonly grossMargin: { readonly percent: string; readonly basis: string } | null;
    readonly churnMonths: readonly { readonly period: string }[];
  };
}

describe('lifetime value over the life of a company', () => {
  let life: TestService;
  const worthOf = async (customerId: string) => {
    const minPosition = await life.service.core.store.head();
    return (await life.ok<Lifetime>('getCustomerLifetimeValue', { customerId, minPosition })).body;
  };

  /** Month after month, with every invoice paid. */
  const advance = async (...to: readonly string[]) => {
    for (const instant of to) {
      await life.ok('advanceClock', { to: instant });
      const { body } = await life.ok<{ data: { invoiceId: string; due: MoneyBody }[] }>('listInvoices', {
        status: 'finalized',
        minPosition: await life.service.core.store.head(),
      });
      for (const { invoiceId, due } of body.data) {
        await life.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
      }
    }
  };

  beforeAll(async () => {
    life = await startTestService();
    for (const customerId of ['stays', 'leaves']) {
      await life.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
    }
  });
  afterAll(() => life?.close());

  it('needs a gross margin, and says so', async () => {
    const body = await worthOf('stays');
    expect(body.own).toMatchObject({ value: null, reason: 'no-gross-margin' });
    expect(body.average).toMatchObject({ value: null, reason: 'no-gross-margin' });
    await life.ok('recordFinanceInput', { month: '2026-01', kind: 'gross-margin', amount: '80' });
  });

  it('needs a complete month that began with customers', async () => {
    expect((await worthOf('stays')).expected).toMatchObject({ value: null, reason: 'no-complete-month' });
  });

  it('is null, not 0 or infinite, while nobody has churned', async () => {
    await advance('2026-01-02T00:00:00Z', '2026-02-02T00:00:00Z', '2026-03-02T00:00:00Z');
    const body = await worthOf('stays');
    expect(body.expected).toMatchObject({ value: null, reason: 'nobody-churned' });
    expect(body.inputs.churnMonths).toMatchObject([{ period: '2026-02' }]);
  });

  it('is what was earned and what is expected, with the arithmetic', async () => {
    await life.ok('changeSubscriptionTier', { customerId: 'leaves', newTier: 'free' });
    await advance('2026-04-02T00:00:00Z', '2026-05-02T00:00:00Z');
    const body = await worthOf('stays');
    // Of two customers at the start of April one left on its first instant: 0, 0 and 1/2 in three months.
    expect(body.inputs).toMatchObject({ churn: '0.166667', grossMargin: { percent: '80' } });
    expect(body.expected.value?.amount).toBe('1435.20');
    expect(body.expected.arithmetic).toBe('MRR 299.00 x 80 % / 0.166667 = 1435.20');
    expect(body.realizedRevenue.amount.amount).toBe('1196.00');
    expect(body.own.value?.amount).toBe('2631.20');
    expect(body.average.value?.amount).toBe('1435.20');
    const gone = await worthOf('leaves');
    expect(gone.expected.value?.amount).toBe('0.00');
    expect(gone.own.value).toEqual(gone.realizedRevenue.amount);
  });

  it('takes the margin from a recorded cost and the month’s revenue where that is newer', async () => {
    await life.ok('recordFinanceInput', { month: '2026-04', kind: 'cost-of-revenue', amount: '74.75' });
    const { inputs } = await worthOf('stays');
    expect(inputs.grossMargin).toMatchObject({ percent: '75', basis: 'cost-of-revenue' });
  });

  it('is of a customer that exists', async () => {
    const answer = await life.client.call('getCustomerLifetimeValue', { customerId: 'nobody' });
    expect(answer.body).toMatchObject({ code: 'customer-not-found' });
  });
});
