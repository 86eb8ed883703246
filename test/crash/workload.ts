import { addMillis, addMonths, monthOf } from '../../domain/kernel/time.ts';
import type { Random } from '../support/random.ts';
import type { Operation } from './journal.ts';
import type { SentFact, World } from './world.ts';

const MIX = {
  newCustomer: 10,
  sameCustomer: 6,
  changeTier: 18,
  usage: 34,
  pay: 12,
  monthlyInvoice: 6,
  badBody: 4,
  changedBody: 5,
  repeat: 5,
};
const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise'];
/** Meters that add up quantities. */
const METERS = ['event.tracked', 'api.called', 'email.sent'];
const POPULAR_CUSTOMERS = 8;
const FACTS_PER_CUSTOMER = 150;
const MOST_ITEMS = 12;
const DAY_MS = 86_400_000;

/** Commands over a small key space, so that callers meet; all from one seed. */
export class Workload {
  readonly #random: Random;
  readonly #world: World;
  /** Begins every id of this round. */
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string, random: Random, world: World) {
    this.#prefix = prefix;
    this.#random = random;
    this.#world = world;
  }

  next(): Operation {
    return this.#make(this.#random.weighted(MIX)) ?? this.#usage();
  }

  /** Some days on; month ends lie in between. */
  advance(): Operation {
    const to = addMillis(this.#world.now, this.#random.between(4, 12) * DAY_MS);
    return this.#operation('advanceClock', { to });
  }

  /** Undefined where there is nothing yet to do it with. */
  #make(kind: keyof typeof MIX): Operation | undefined {
    switch (kind) {
      case 'newCustomer':
        return this.#newCustomer();
      case 'sameCustomer':
        return this.#signUp(this.#popular());
      case 'changeTier':
        return this.#changeTier();
      case 'usage':
        return this.#usage();
      case 'pay':
        return this.#pay();
      case 'monthlyInvoice':
        return this.#monthlyInvoice();
      case 'badBody':
        return this.#badBody();
      case 'changedBody':
        return this.#changedBody();
      case 'repeat':
        return this.#repeat();
    }
  }

  #newCustomer(): Operation {
    this.#count += 1;
    return this.#signUp(`${this.#prefix}-${this.#random.between(0, 0xffffff).toString(36)}-${this.#count}`);
  }

  #changeTier(): Operation {
    return this.#operation('changeSubscriptionTier', {
      customerId: this.#customer(),
      newTier: this.#random.pick(TIERS),
    });
  }

  #usage(): Operation {
    const events = Array.from({ length: this.#random.between(1, MOST_ITEMS) }, () => this.#fact());
    return this.#operation('trackUsageEvents', { events });
  }

  #pay(): Operation | undefined {
    if (this.#world.invoices.length === 0) return undefined;
    const { invoiceId, currency } = this.#random.pick(this.#world.invoices);
    const amount = `${this.#random.between(1, 120)}.${this.#random.pick(['00', '10', '99'])}`;
    return this.#operation('recordInvoicePayment', {
      invoiceId,
      amount: { amount, currency },
      method: this.#random.pick(['card', 'ach', 'bank_transfer']),
    });
  }

  #monthlyInvoice(): Operation {
    const period = addMonths(monthOf(this.#world.now), -this.#random.pick([1, 1, 1, 2]));
    return this.#operation('generateMonthlyInvoice', { customerId: this.#customer(), period });
  }

  #badBody(): Operation {
    const [operationId, inputs, code] = this.#random.pick([
      ['initializeCustomerRevenue', { customerId: 'a b', tier: 'growth' }, 'validation-failed'],
      ['initializeCustomerRevenue', { customerId: this.#fresh(), tier: 'platinum' }, 'unknown-tier'],
      ['initializeCustomerRevenue', { customerId: this.#fresh(), owner: 'me' }, 'validation-failed'],
      ['changeSubscriptionTier', { customerId: this.#fresh(), newTier: 'growth' }, 'subscription-not-found'],
      [
        'recordInvoicePayment',
        { invoiceId: this.#fresh(), amount: { amount: '1.00', currency: 'USD' }, method: 'card' },
        'invoice-not-found',
      ],
      ['trackUsageEvents', { events: [] }, 'validation-failed'],
    ] as const);
    return { ...this.#operation(operationId, inputs), refusedWith: [code] };
  }

  /** A key that stands in the log, with another request. */
  #changedBody(): Operation | undefined {
    if (this.#world.recorded.length === 0) return undefined;
    const { operationId, inputs, key } = this.#random.pick(this.#world.recorded);
    const changed = { ...inputs, ...CHANGES[operationId]?.(inputs) };
    return { operationId, inputs: changed, key, sharesKey: true, refusedWith: ['idempotency-key-reused'] };
  }

  /** The very same again. */
  #repeat(): Operation | undefined {
    if (this.#world.recorded.length === 0) return undefined;
    return this.#random.pick(this.#world.recorded);
  }

  #signUp(customerId: string): Operation {
    return this.#operation('initializeCustomerRevenue', {
      customerId,
      name: 'A customer',
      tier: this.#random.pick(TIERS),
      billingCycle: this.#random.pick(['monthly', 'monthly', 'monthly', 'annual']),
      taxRate: this.#random.pick(['0', '0.08']),
      paymentMethod: true,
    });
  }

  #fact(): SentFact {
    const customerId = this.#customer();
    const eventId = `f${this.#random.between(1, FACTS_PER_CUSTOMER)}`;
    const known = this.#world.facts.get(`${customerId} ${eventId}`);
    if (known !== undefined) {
      return this.#random.chance(0.1) ? { ...known, quantity: known.quantity + 1 } : known;
    }
    const fact: SentFact = {
      customerId,
      eventType: this.#random.pick(METERS),
      eventId,
      occurredAt: addMillis(this.#world.now, -this.#random.between(0, 3 * DAY_MS)),
      quantity: this.#random.between(1, 5_000),
    };
    this.#world.facts.set(`${customerId} ${eventId}`, fact);
    return fact;
  }

  #customer(): string {
    const { customers } = this.#world;
    return customers.length === 0 || this.#random.chance(0.5)
      ? this.#popular()
      : this.#random.pick(customers);
  }

  #popular(): string {
    return `${this.#prefix}-c${this.#random.between(1, POPULAR_CUSTOMERS)}`;
  }

  /** An id that nobody uses. */
  #fresh(): string {
    return `${this.#prefix}-none-${this.#random.between(0, 0xffffff).toString(36)}`;
  }

  #operation(operationId: string, inputs: Readonly<Record<string, unknown>>): Operation {
    this.#count += 1;
    const key = `${this.#prefix}-${this.#random.between(0, 0xffffffff).toString(36)}-${this.#count}`;
    return { operationId, inputs, key };
  }
}

/** For each command, inputs that make it another one. */
const CHANGES: Readonly<
  Record<string, (inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>>
> = {
  initializeCustomerRevenue: ({ taxRate }) => ({ taxRate: taxRate === '0' ? '0.05' : '0' }),
  changeSubscriptionTier: ({ newTier }) => ({ newTier: newTier === 'pro' ? 'growth' : 'pro' }),
  recordInvoicePayment: () => ({ amount: { amount: '0.01', currency: 'USD' } }),
};
