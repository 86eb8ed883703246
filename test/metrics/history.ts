import { addMonths, monthStart } from '../../domain/kernel/time.ts';
import { Random } from '../support/random.ts';
import type { MoneyBody, TestService } from '../support/service.ts';

const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'];
const METERS = ['event.tracked', 'email.sent', 'api.called', 'sms.sent', 'ai.brief_generated'];
const METHODS = ['card', 'ach', 'bank_transfer'];

interface Listed<Item> {
  readonly data: readonly Item[];
}
interface Invoice {
  readonly invoiceId: string;
  readonly status: string;
  readonly due: MoneyBody;
  readonly total: MoneyBody;
}

const CORRECTIONS = { none: 8, credit: 2, refund: 4, 'write-off': 2, void: 1 };

const DEEDS = {
  nothing: 5,
  changeSubscriptionTier: 3,
  pauseSubscription: 1,
  resumeSubscription: 2,
  cancelSubscription: 1,
  createSubscription: 2,
  applyCoupon: 1,
  topUpWallet: 1,
  grantCredit: 1,
  refundCreditBalance: 1,
};

/** Months of a small company as a seed decides: sign-ups, changes, pauses, ends, usage, payments, corrections. */
export async function liveThrough(service: TestService, seed: number, months: number): Promise<string[]> {
  const random = new Random(seed);
  const customers: string[] = [];
  for (let index = 0; index < months; index += 1) {
    const month = addMonths('2026-01', index);
    for (let signUps = random.between(1, 3); signUps > 0; signUps -= 1) {
      customers.push(await signUp(service, random, `c${customers.length}`));
    }
    const day = String(random.between(5, 25)).padStart(2, '0');
    await service.ok('advanceClock', { to: `${month}-${day}T${random.between(10, 20)}:00:00Z` });
    for (const customerId of customers) await act(service, random, customerId);
    await settle(service, random);
    await service.ok('advanceClock', { to: monthStart(addMonths(month, 1)).replace('-01T00', '-02T06') });
  }
  return customers;
}

async function signUp(service: TestService, random: Random, customerId: string): Promise<string> {
  const tier = random.pick(TIERS);
  const trial = tier !== 'free' && tier !== 'enterprise' && random.chance(0.3);
  await service.ok('initializeCustomerRevenue', {
    customerId,
    tier,
    billingCycle: random.chance(0.3) ? 'annual' : 'monthly',
    paymentMethod: random.chance(0.8),
    taxRate: random.pick(['0', '0.08', '0.2']),
    ...(trial ? { trialDays: 14 } : {}),
  });
  return customerId;
}

async function act(service: TestService, random: Random, customerId: string): Promise<void> {
  if (random.chance(0.7)) {
    const events = Array.from({ length: random.between(1, 3) }, () => ({
      customerId,
      eventType: random.pick(METERS),
      eventId: `${customerId}-${random.between(0, 1_000_000_000)}`,
      quantity: random.between(1, 3_000_000),
    }));
    await service.ok('trackUsageEvents', { events });
  }
  const deed = random.weighted(DEEDS);
  const inputs = {
    nothing: undefined,
    changeSubscriptionTier: { newTier: random.pick(TIERS) },
    pauseSubscription: {},
    resumeSubscription: {},
    cancelSubscription: {
      at: random.pick(['now', 'periodEnd']),
      refund: random.pick(['none', 'unused']),
      reason: 'as the seed decides',
    },
    createSubscription: { tier: random.pick(['starter', 'growth']) },
    applyCoupon: { couponId: 'quarter', percentOff: '25', months: random.between(1, 3) },
    topUpWallet: { amount: { amount: '80.00', currency: 'USD' }, method: random.pick(METHODS) },
    grantCredit: { amount: { amount: '15.00', currency: 'USD' }, reason: 'welcome' },
    refundCreditBalance: { amount: { amount: '1.00', currency: 'USD' } },
  }[deed];
  // Refused where it is not possible: that is an outcome too.
  if (inputs !== undefined) await service.client.call(deed, { customerId, ...inputs });
}

async function settle(service: TestService, random: Random): Promise<void> {
  const minPosition = await service.service.core.store.head();
  const { body } = await service.ok<Listed<Invoice>>('listInvoices', { limit: 100, minPosition });
  for (const invoice of body.data) {
    if (invoice.status === 'draft' || invoice.status === 'void') continue;
    if (Number(invoice.due.amount) > 0 && random.chance(0.6)) await pay(service, random, invoice);
    else await correct(service, random, invoice);
  }
}

async function pay(service: TestService, random: Random, { invoiceId, due }: Invoice): Promise<void> {
  const open = Number(due.amount);
  const part = `${Math.max(1, Math.floor(open / 2))}.00`;
  const beyond = `${Math.ceil(open) + 7}.00`;
  const amount = { ...due, amount: random.pick([due.amount, due.amount, due.amount, part, beyond]) };
  await service.client.call('recordInvoicePayment', { invoiceId, amount, method: random.pick(METHODS) });
}

async function correct(service: TestService, random: Random, { invoiceId, total }: Invoice): Promise<void> {
  const some = (amount: string) => ({ ...total, amount });
  switch (random.weighted(CORRECTIONS)) {
    case 'none':
      return;
    case 'credit':
      await service.client.call('issueCreditNote', { invoiceId, amount: some('5.00'), reason: 'goodwill' });
      return;
    case 'refund':
      return refund(service, random, invoiceId, some('10.00'));
    case 'write-off':
      await service.client.call('writeOffInvoice', { invoiceId, reason: 'gone' });
      return;
    case 'void':
      await service.client.call('voidInvoice', { invoiceId, reason: 'mistaken' });
  }
}

async function refund(
  service: TestService,
  random: Random,
  invoiceId: string,
  amount: MoneyBody,
): Promise<void> {
  const method = random.pick(METHODS);
  const made = await service.client.call('refundPayment', { invoiceId, amount, method, reason: 'asked for' });
  const { refundId } = made.body as { readonly refundId?: string };
  if (refundId === undefined || random.chance(0.3)) return;
  await service.ok('getInvoice', { invoiceId, minPosition: made.headers.get('Revenue-Position') });
  await service.ok('settleRefund', { refundId });
}
