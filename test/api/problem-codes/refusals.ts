import { clocks, invoices } from '../../../commands/aggregate.ts';
import type { InvoiceCommand } from '../../../domain/invoicing/decider.ts';
import type { Scenarios } from './scenario.ts';

/** Refusals of the domain, by code. */
export const refusalScenarios = {
  async 'customer-exists'({ customer, call }) {
    await customer('exists');
    return call('initializeCustomerRevenue', { customerId: 'exists' });
  },
  'customer-not-found': ({ call }) => call('createSubscription', { customerId: 'nobody', tier: 'pro' }),
  async 'subscription-exists'({ customer, call }) {
    await customer('subscribed');
    return call('createSubscription', { customerId: 'subscribed', tier: 'pro' });
  },
  'subscription-not-found': ({ call }) =>
    call('changeSubscriptionTier', { customerId: 'nobody', newTier: 'pro' }),
  'unknown-tier': ({ call }) => call('initializeCustomerRevenue', { customerId: 'golden', tier: 'gold' }),
  'trial-not-available': ({ call }) =>
    call('initializeCustomerRevenue', { customerId: 'trying', tier: 'enterprise', trialDays: 14 }),
  async 'unknown-feature'({ customer, call }) {
    await customer('curious');
    return call('hasFeatureAccess', { customerId: 'curious', featureName: 'core.telepathy' });
  },
  async 'period-not-ended'({ customer, call }) {
    await customer('early');
    return call('generateMonthlyInvoice', { customerId: 'early', period: '2026-01' });
  },
  async 'nothing-to-bill'({ customer, call }) {
    await customer('idle');
    return call('generateMonthlyInvoice', { customerId: 'idle', period: '2025-11' });
  },
  'not-due': ({ call }) =>
    call('recordFinanceInput', { month: '2099-01', kind: 'cash-balance', amount: '1.00' }),
  'invoice-not-found': ({ call }) => call('getInvoice', { invoiceId: 'inv_none' }),
  async 'invoice-exists'({ customer, command }) {
    const { invoiceId } = await customer('invoiced');
    // That it exists is judged before what would be on it.
    return command(invoices, invoiceId, { type: 'finalizeInvoice' } as InvoiceCommand);
  },
  async 'invoice-already-paid'({ customer, call, service }) {
    const { invoiceId } = await customer('paying');
    const payment = { invoiceId, amount: { amount: '299.00', currency: 'USD' }, method: 'card' };
    await service.ok('recordInvoicePayment', payment);
    return call('recordInvoicePayment', payment);
  },
  'currency-mismatch': ({ call }) =>
    call('initializeCustomerRevenue', { customerId: 'european', currency: 'EUR' }),
  async 'invalid-amount'({ customer, call }) {
    const { invoiceId } = await customer('fractional');
    const amount = { amount: '0.001', currency: 'USD' };
    return call('recordInvoicePayment', { invoiceId, amount, method: 'card' });
  },
  async 'insufficient-credit'({ customer, call }) {
    await customer('penniless');
    const amount = { amount: '1.00', currency: 'USD' };
    return call('refundCreditBalance', { customerId: 'penniless', amount });
  },
  async 'expiry-in-past'({ customer, call }) {
    await customer('too-late');
    const grant = { featureName: 'core.profiles', expiresAt: '2025-12-31T00:00:00Z' };
    return call('grantFeature', { customerId: 'too-late', ...grant });
  },
  'clock-backwards': ({ call }) => call('advanceClock', { to: '2025-01-01T00:00:00Z' }),
  // Without a manual clock there is no advanceClock; the decider says so all the same.
  'clock-not-manual': ({ command }) =>
    command(clocks, 'never-opened', { type: 'advanceClock', to: '2999-01-01T00:00:00.000Z' }),
} satisfies Scenarios;
