import { invoices, subscriptions } from '../../../commands/aggregate.ts';
import { system } from '../../../commands/clock.ts';
import type { InvoiceCommand } from '../../../domain/invoicing/decider.ts';
import { onServiceWith, type Scenarios } from './scenario.ts';

const usage = { eventType: 'api.called', eventId: 'of-problem-codes' };

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
  async 'unknown-event-type'({ customer, call }) {
    await customer('singing');
    return call('trackUsageEvent', { ...usage, customerId: 'singing', eventType: 'api.sung' });
  },
  async 'invalid-usage'({ customer, call }) {
    await customer('enriched');
    return call('trackUsageEvent', { ...usage, customerId: 'enriched', eventType: 'profile.enriched' });
  },
  async 'usage-event-conflict'({ customer, call, service }) {
    await customer('twice');
    await service.ok('trackUsageEvent', { ...usage, customerId: 'twice', quantity: 1 });
    return call('trackUsageEvent', { ...usage, customerId: 'twice', quantity: 2 });
  },
  async 'period-not-ended'({ customer, call }) {
    await customer('early');
    return call('generateMonthlyInvoice', { customerId: 'early', period: '2026-01' });
  },
  async 'nothing-to-bill'({ customer, call }) {
    await customer('idle');
    return call('generateMonthlyInvoice', { customerId: 'idle', period: '2025-11' });
  },
  async 'not-due'({ customer, command, service }) {
    await customer('trialist', { trialDays: 14 });
    const now = service.service.core.clock.now();
    return command(subscriptions, 'trialist', { type: 'convertTrial', now, invoiceId: 'inv_of_trial' });
  },
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
  'clock-backwards': ({ call }) => call('advanceClock', { to: '2025-01-01T00:00:00Z' }),
  'clock-not-manual': () =>
    onServiceWith({ CLOCK: 'system' }, async ({ service }) => {
      const { clock, context } = service.service.core;
      const to = '2999-01-01T00:00:00.000Z';
      const commandId = '00000000-0000-4000-8000-000000000000';
      const outcome = await clock.advance(context.pipeline, to, system('advanceClock', commandId, to));
      if (outcome.kind !== 'refused') throw new Error(outcome.kind);
      return { status: undefined, code: outcome.refusal.code };
    }),
} satisfies Scenarios;
