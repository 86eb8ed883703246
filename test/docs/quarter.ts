import type { TestService } from '../support/service.ts';

/** An entry of the journal, as the ledger answers it. */
export interface Entry {
  readonly type: string;
  readonly template: string;
  readonly customerId: string | null;
  readonly effectiveAt: string;
  readonly postings: readonly {
    readonly account: string;
    readonly name: string;
    readonly side: 'Dr' | 'Cr';
    readonly amount: { readonly amount: string };
  }[];
}

export const QUARTER_BEGINS = '2026-04-01T00:00:00Z';

const HALF_OF_APRIL = '2026-04-16T00:00:00Z';
const TWO_THIRDS_OF_APRIL = '2026-04-21T00:00:00Z';
const APRIL_IS_INVOICED = '2026-05-03T00:00:00Z';
const DAY_90 = '2026-06-30T00:00:00Z';

const usd = (amount: string) => ({ amount, currency: 'USD' });

/** One quarter of a company whose customers do everything that is posted. Everybody pays 8 % tax. */
export class Quarter {
  readonly #service: TestService;
  /** Invoice of the sign-up, by customer. */
  readonly #first = new Map<string, string>();

  constructor(service: TestService) {
    this.#service = service;
  }

  async run(): Promise<void> {
    await this.#firstOfApril();
    await this.#halfOfApril();
    await this.#restOfApril();
    await this.#afterApril();
  }

  /** The whole journal, in its order. */
  async journal(): Promise<Entry[]> {
    await this.#service.service.core.drain();
    const entries: Entry[] = [];
    for (let startingAfter: string | undefined; ; ) {
      const page = startingAfter === undefined ? {} : { startingAfter };
      const inputs = { limit: 100, ...page };
      const { body } = await this.#service.ok<{ data: Entry[]; nextCursor?: string }>(
        'listJournalEntries',
        inputs,
      );
      entries.push(...body.data);
      if (body.nextCursor === undefined) return entries;
      startingAfter = body.nextCursor;
    }
  }

  async #firstOfApril(): Promise<void> {
    const monthly = ['ada', 'bo', 'flo', 'gus', 'hal', 'ivy', 'kim', 'lou', 'max', 'ned', 'oz', 'pia'];
    for (const customerId of [...monthly, 'quin', 'rae', 'sam', 'tom']) await this.#signUp(customerId);
    await this.#signUp('cy', { billingCycle: 'annual' });
    await this.#signUp('jo', { billingCycle: 'annual' });
    await this.#signUp('di', { taxInclusive: true });
    await this.#signUp('ed', { tier: 'pro' });
    await this.#signUp('uma', { trialDays: 14 });

    await this.#pay('ada', '347.03');
    for (const customerId of ['bo', 'flo', 'hal', 'kim', 'max', 'oz', 'quin', 'sam']) {
      await this.#pay(customerId, '322.92');
    }
    await this.#pay('cy', '3100.03', 'bank_transfer');
    await this.#pay('ed', '862.92');
    await this.#ok('recordPaymentFailure', { invoiceId: this.#of('gus'), reason: 'card expired' });
    const topUp = { customerId: 'ned', method: 'card' };
    await this.#ok('topUpWallet', { ...topUp, amount: usd('500.00'), priority: 10 });
    await this.#ok('topUpWallet', { ...topUp, amount: usd('20.00'), expiresAt: '2026-05-15T00:00:00Z' });
    await this.#ok('grantCredit', { customerId: 'oz', amount: usd('30.00'), reason: 'slow week' });
    await this.#ok('setMinimumCommitment', { customerId: 'pia', amount: usd('50.00') });
    await this.#ok('applyCoupon', { customerId: 'rae', couponId: 'spring', percentOff: '20' });
  }

  async #halfOfApril(): Promise<void> {
    await this.#advance(HALF_OF_APRIL);
    await this.#ok('changeSubscriptionTier', { customerId: 'bo', newTier: 'pro' });
    await this.#ok('changeSubscriptionTier', { customerId: 'ed', newTier: 'growth', effectiveAt: 'now' });
    await this.#ok('changeSubscriptionTier', { customerId: 'quin', newTier: 'pro', prorate: 'nextInvoice' });
    await this.#ok('pauseSubscription', { customerId: 'flo' });
    await this.#ok('cancelSubscription', { customerId: 'hal', at: 'now' });
    await this.#ok('cancelSubscription', { customerId: 'ivy', at: 'now' });
    const whole = { amount: usd('322.92'), undelivered: usd('149.50'), reason: 'agreed' };
    const refund = await this.#refund('refundPayment', { invoiceId: this.#of('sam'), ...whole });
    await this.#ok('settleRefund', { refundId: refund, outcome: 'failed', reason: 'account closed' });
    await this.#refund('refundCreditBalance', { customerId: 'ada', amount: usd('24.11') });
    const used = [
      ['kim', 'email.sent', 350_000],
      ['max', 'email.sent', 350_000],
      ['lou', 'event.tracked', 6_000_400],
      ['ned', 'email.sent', 87_500],
      ['oz', 'email.sent', 87_500],
    ] as const;
    const events = used.map(([customerId, eventType, quantity]) => ({
      customerId,
      eventType,
      quantity,
      eventId: 'april',
    }));
    await this.#ok('trackUsageEvents', { events });
  }

  async #restOfApril(): Promise<void> {
    await this.#advance(TWO_THIRDS_OF_APRIL);
    await this.#ok('writeOffInvoice', { invoiceId: this.#of('tom'), reason: 'insolvent' });
    await this.#pay('tom', '215.28');
    await this.#advance('2026-05-01T00:00:00Z');
    await this.#ok('generateUsageInvoice', { customerId: 'lou', period: '2026-04' });
    await this.#ok('issueCreditNote', {
      invoiceId: this.#of('gus'),
      amount: usd('50.00'),
      reason: 'goodwill',
    });
    await this.#ok('voidInvoice', { invoiceId: this.#of('jo'), reason: 'never wanted' });
    await this.#advance(APRIL_IS_INVOICED);
  }

  async #afterApril(): Promise<void> {
    const occurredAt = '2026-04-20T00:00:00Z';
    const late = { eventType: 'email.sent', eventId: 'late', quantity: 15_000, occurredAt };
    await this.#ok('trackUsageEvent', { customerId: 'kim', ...late });
    const corrected = { eventType: 'email.sent', quantity: -15_000, reason: 'counted twice', occurredAt };
    await this.#payMonthly('kim');
    await this.#payMonthly('max');
    await this.#ok('correctUsage', { customerId: 'max', ...corrected });
    await this.#advance(DAY_90);
    await this.#ok('cancelSubscription', { customerId: 'cy', at: 'now', refund: 'unused' });
  }

  async #signUp(customerId: string, more: object = {}): Promise<void> {
    const { body } = await this.#ok<{ subscription: { charge: { invoiceId: string } | null } }>(
      'initializeCustomerRevenue',
      { customerId, tier: 'growth', taxRate: '0.08', paymentMethod: true, ...more },
    );
    this.#first.set(customerId, body.subscription.charge?.invoiceId ?? '');
  }

  /** A refund that leaves. @returns its id */
  async #refund(operationId: string, inputs: Readonly<Record<string, unknown>>): Promise<string> {
    const { refundId } = (await this.#ok<{ refundId: string }>(operationId, inputs)).body;
    await this.#service.service.core.drain();
    await this.#ok('settleRefund', { refundId });
    return refundId;
  }

  #pay(customerId: string, amount: string, method = 'card') {
    return this.#ok('recordInvoicePayment', {
      invoiceId: this.#of(customerId),
      amount: usd(amount),
      method,
    });
  }

  async #payMonthly(customerId: string): Promise<void> {
    await this.#service.service.core.drain();
    const { body } = await this.#ok<{ data: { invoiceId: string; due: object }[] }>('listInvoices', {
      customerId,
      kind: 'monthly',
    });
    const [invoice] = body.data;
    if (invoice === undefined) throw new Error(`${customerId} has no monthly invoice`);
    await this.#ok('recordInvoicePayment', {
      invoiceId: invoice.invoiceId,
      amount: invoice.due,
      method: 'card',
    });
  }

  #of(customerId: string): string {
    return this.#first.get(customerId) ?? '';
  }

  #advance(to: string) {
    return this.#ok('advanceClock', { to });
  }

  #ok<Body>(operationId: string, inputs: Readonly<Record<string, unknown>>) {
    return this.#service.ok<Body>(operationId, inputs);
  }
}
