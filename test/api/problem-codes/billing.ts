import { type Given, onServiceWith, type Scenarios } from './scenario.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const contract = { contractId: 'con_1', price: usd('4000.00') };

async function paidInvoice({ customer, service }: Given, customerId: string): Promise<string> {
  const { invoiceId } = await customer(customerId);
  await service.ok('recordInvoicePayment', { invoiceId, amount: usd('299.00'), method: 'card' });
  return invoiceId;
}

/** Refusals about subscriptions and invoices in their later life, by code. */
export const billingScenarios = {
  async 'subscription-paused'({ customer, call, service }) {
    await customer('paused');
    await service.ok('pauseSubscription', { customerId: 'paused' });
    return call('changeSubscriptionTier', { customerId: 'paused', newTier: 'pro' });
  },
  'subscription-suspended': () =>
    onServiceWith({}, async ({ customer, call, service }) => {
      await customer('overdue');
      await service.ok('advanceClock', { to: '2026-02-22T00:00:00Z' });
      return call('changeSubscriptionTier', { customerId: 'overdue', newTier: 'pro' });
    }),
  async 'not-pausable'({ customer, call }) {
    await customer('on-trial', { trialDays: 14 });
    return call('pauseSubscription', { customerId: 'on-trial' });
  },
  async 'contract-not-available'({ customer, call }) {
    await customer('contracted');
    return call('changeSubscriptionTier', { customerId: 'contracted', newTier: 'pro', contract });
  },
  async 'unknown-resource'({ customer, call }) {
    await customer('limited');
    const limits = { unicorns: 5 };
    const change = { customerId: 'limited', newTier: 'enterprise', contract: { ...contract, limits } };
    return call('changeSubscriptionTier', change);
  },
  async 'coupon-active'({ customer, call, service }) {
    await customer('couponed');
    await service.ok('applyCoupon', { customerId: 'couponed', couponId: 'first', percentOff: '20' });
    return call('applyCoupon', { customerId: 'couponed', couponId: 'second', percentOff: '30' });
  },
  'invoice-not-final': () =>
    onServiceWith({}, async ({ customer, call, service }) => {
      await customer('drafted');
      await service.ok('advanceClock', { to: '2026-02-01T06:00:00Z' });
      await service.service.core.drain();
      const { body } = await service.ok<{ data: { invoiceId: string }[] }>('listInvoices', {
        status: 'draft',
      });
      const payment = { invoiceId: body.data[0]?.invoiceId, amount: usd('1.00'), method: 'card' };
      return call('recordInvoicePayment', payment);
    }),
  async 'invoice-not-voidable'(given) {
    const invoiceId = await paidInvoice(given, 'paid-up');
    return given.call('voidInvoice', { invoiceId, reason: 'a mistake' });
  },
  async 'invoice-void'({ customer, call, service }) {
    const { invoiceId } = await customer('voided');
    await service.ok('voidInvoice', { invoiceId, reason: 'a mistake' });
    return call('issueCreditNote', { invoiceId, amount: usd('1.00'), reason: 'another' });
  },
  'credit-note-not-found': ({ call }) => call('getCreditNoteDocument', { creditNoteId: 'cn_none' }),
  async 'credit-exceeds-invoice'({ customer, call }) {
    const { invoiceId } = await customer('credited');
    return call('issueCreditNote', { invoiceId, amount: usd('300.00'), reason: 'generous' });
  },
  async 'refund-exceeds-paid'(given) {
    const invoiceId = await paidInvoice(given, 'refunded');
    return given.call('refundPayment', { invoiceId, amount: usd('300.00'), reason: 'generous' });
  },
  'refund-not-found': ({ call }) => call('settleRefund', { refundId: 'ref_none' }),
  async 'refund-settled'(given) {
    const { call, service } = given;
    const invoiceId = await paidInvoice(given, 'settled');
    const refund = { invoiceId, amount: usd('10.00'), reason: 'fair' };
    const { body } = await service.ok<{ refundId: string }>('refundPayment', refund);
    await service.service.core.drain();
    await service.ok('settleRefund', { refundId: body.refundId });
    return call('settleRefund', { refundId: body.refundId });
  },
  'bill-run-not-found': ({ call }) => call('getBillingRun', { period: '2025-01' }),
} satisfies Scenarios;
