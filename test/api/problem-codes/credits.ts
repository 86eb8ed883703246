import type { Scenarios } from './scenario.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });

/** Refusals about wallet, promotional credit and credit balance, by code. */
export const creditScenarios = {
  async 'insufficient-credit'({ customer, call }) {
    await customer('penniless');
    return call('refundCreditBalance', { customerId: 'penniless', amount: usd('1.00') });
  },
  async 'expiry-in-past'({ customer, call }) {
    await customer('late');
    const grant = { customerId: 'late', amount: usd('1.00'), reason: 'x', expiresAt: '2025-01-01T00:00:00Z' };
    return call('grantCredit', grant);
  },
} satisfies Scenarios;
