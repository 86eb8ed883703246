import { afterAll, beforeAll, expect, it } from 'vitest';
import { initializeCustomerRevenue, type SignUp } from '../../commands/customers.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../eventstore/errors.ts';
import type { Append, EventStore } from '../../eventstore/port.ts';
import { type CommandSide, createCommandSide, envelope, type Process } from './support.ts';

let side: CommandSide;
let whole: Process;

beforeAll(async () => {
  side = await createCommandSide();
  whole = side.open();
});
afterAll(() => side.dispose());

/** A process whose log is gone for streams of one category. */
function withoutLogFor(category: string): Process {
  const { store } = whole;
  const appendElsewhere = async (append: Append) => {
    if (append.stream.startsWith(`${category}-`)) throw new StoreUnavailableError('not there');
    return store.append(append);
  };
  const broken: EventStore = new Proxy(store, {
    get(target, name) {
      if (name === 'append') return appendElsewhere;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return side.open({ store: broken });
}

const signUp = (process: Process, customerId: string) => {
  const input: SignUp = {
    customerId,
    name: null,
    email: null,
    currency: 'USD',
    taxRate: '0',
    paymentMethod: true,
    tier: 'growth',
    billingCycle: 'monthly',
    trialDays: 0,
  };
  return initializeCustomerRevenue(process.context, input, envelope(`sign up ${customerId}`, input));
};

it.each(['subscription', 'invoice'])(
  'recorded up to its %s: the outcome is unknown, and a retry finishes it',
  async (category) => {
    const customerId = `cus_${category}`;
    await expect(signUp(withoutLogFor(category), customerId)).rejects.toThrow(OutcomeUnknownError);
    const [registered, ...more] = await whole.store.readStream(`customer-${customerId}`);
    expect([registered?.type, more.length]).toEqual(['customer.registered', 0]);
    const retried = await signUp(whole, customerId);
    expect(retried).toMatchObject({ replayed: true, result: { subscription: { tier: 'growth' } } });
    expect(await whole.store.readStream(`subscription-${customerId}`)).toHaveLength(1);
  },
);

it('nothing recorded: that is what is said', async () => {
  await expect(signUp(withoutLogFor('customer'), 'cus_none')).rejects.toThrow(StoreUnavailableError);
  expect(await whole.store.readStream('customer-cus_none')).toEqual([]);
});
