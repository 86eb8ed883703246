import { addMonths, monthStart } from '../../domain/kernel/time.ts';
import { Random } from '../support/random.ts';
import type { MoneyBody, TestService } from '../support/service.ts';

const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'];
const METERS = ['event.tracked', 'email.sent', 'api.called', 'sms.sent', 'ai.brief_generated'];
const METHODS = ['card', 'ach', 'bank_transfer'];

interface Listed<Item> {
  readonly data: readonly Item[];
}
interface Open {
  readonly invoiceId: string;
  readonly due: MoneyBody;
}

/** Months of a small company: sign-ups, trials, changes, usage and payments, as a seed decides. */
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
    await pay(service, random);
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
  if (random.chance(0.3)) {
    // Refused where it is not available: that is an outcome too.
    await service.client.call('changeSubscriptionTier', { customerId, newTier: random.pick(TIERS) });
  }
}

async function pay(service: TestService, random: Random): Promise<void> {
  const { body } = await service.ok<Listed<Open>>('listInvoices', { limit: 100, status: 'finalized' });
  for (const { invoiceId, due } of body.data) {
    if (due.amount.startsWith('-') || Number(due.amount) === 0 || !random.chance(0.6)) continue;
    const part = random.chance(0.3) ? `${Math.max(1, Math.floor(Number(due.amount) / 2))}.00` : due.amount;
    const amount = { ...due, amount: part };
    await service.ok('recordInvoicePayment', { invoiceId, amount, method: random.pick(METHODS) });
  }
}
