import { catalogueAt, isTier } from '../catalogue/catalogue.ts';
import { type Decider, refuse } from '../kernel/decider.ts';
import type { Instant } from '../kernel/time.ts';
import type { CustomerEvent } from './events.ts';

export type CustomerState =
  | { readonly registered: false }
  | {
      readonly registered: true;
      readonly customerId: string;
      readonly subjectId: string;
      readonly currency: string;
      readonly taxRate: string;
      readonly paymentMethod: boolean;
    };

export interface RegisterCustomer {
  readonly type: 'registerCustomer';
  readonly now: Instant;
  readonly customerId: string;
  readonly subjectId: string;
  readonly currency: string;
  readonly taxRate: string;
  readonly paymentMethod: boolean;
  readonly signup: {
    readonly tier: string;
    readonly billingCycle: 'monthly' | 'annual';
    readonly trialDays: number;
  };
}

/** The catalogue's prices and the books are kept in one currency. */
const BOOK_CURRENCY = 'USD';

export const customerDecider: Decider<CustomerState, RegisterCustomer, CustomerEvent> = {
  initialState: { registered: false },
  decide(command, state) {
    const { type: _type, now, ...data } = command;
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
    return [{ type: 'customer.registered', data, effectiveAt: now }];
  },
  evolve(_state, event) {
    const { customerId, subjectId, currency, taxRate, paymentMethod } = event.data;
    return { registered: true, customerId, subjectId, currency, taxRate, paymentMethod };
  },
};
