import { catalogueAt, isTier } from '../catalogue/catalogue.ts';
import { type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { BOOK_CURRENCY } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import { contractFault } from '../subscriptions/contracts.ts';
import type { Contract } from '../subscriptions/events.ts';
import type { CustomerEvent } from './events.ts';

export type CustomerState =
  | { readonly registered: false }
  | {
      readonly registered: true;
      readonly customerId: string;
      readonly subjectId: string;
      readonly currency: string;
      readonly taxRate: string;
      readonly taxInclusive: boolean;
      readonly paymentMethod: boolean;
    };

export type CustomerCommand =
  | RegisterCustomer
  | { readonly type: 'attachPaymentMethod'; readonly now: Instant };

export interface RegisterCustomer {
  readonly type: 'registerCustomer';
  readonly now: Instant;
  readonly customerId: string;
  readonly subjectId: string;
  readonly currency: string;
  readonly taxRate: string;
  readonly taxInclusive?: boolean;
  readonly paymentMethod: boolean;
  readonly signup: {
    readonly tier: string;
    readonly billingCycle: 'monthly' | 'annual';
    readonly trialDays: number;
    readonly contract?: Contract | null;
  };
}

export const customerDecider: Decider<CustomerState, CustomerCommand, CustomerEvent> = {
  initialState: { registered: false },
  decide(command, state) {
    if (command.type === 'attachPaymentMethod') return attachPaymentMethod(command.now, state);
    const { type: _type, now, taxInclusive = false, ...asked } = command;
    const { contract = null } = asked.signup;
    const data = { ...asked, taxInclusive, signup: { ...asked.signup, contract } };
    if (state.registered)
      return refuse('customer-exists', 'a customer with this id exists already', 'customerId');
    if (data.currency !== BOOK_CURRENCY) {
      return refuse('currency-mismatch', `prices are in ${BOOK_CURRENCY}`, 'currency');
    }
    if (!isTier(data.signup.tier)) {
      return refuse('unknown-tier', `there is no tier "${data.signup.tier.slice(0, 40)}"`, 'tier');
    }
    if (data.signup.trialDays > 0 && catalogueAt(now).tiers[data.signup.tier].trialDays === 0) {
      return refuse('trial-not-available', `the tier ${data.signup.tier} has no trial`, 'trialDays');
    }
    const fault = contractFault(data.signup.tier, contract);
    if (fault !== undefined) return fault;
    return [{ type: 'customer.registered', data, effectiveAt: now }];
  },
  evolve(state, event) {
    if (event.type === 'customer.payment_method_attached') {
      return state.registered ? { ...state, paymentMethod: true } : state;
    }
    const { customerId, subjectId, currency, taxRate, taxInclusive, paymentMethod } = event.data;
    return { registered: true, customerId, subjectId, currency, taxRate, taxInclusive, paymentMethod };
  },
};

function attachPaymentMethod(now: Instant, state: CustomerState): Decision<CustomerEvent> {
  if (!state.registered) return refuse('customer-not-found', 'there is no such customer', 'customerId');
  if (state.paymentMethod) return [];
  const { customerId } = state;
  return [{ type: 'customer.payment_method_attached', data: { customerId }, effectiveAt: now }];
}
