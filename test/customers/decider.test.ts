import { describe, expect, test } from 'vitest';
import { TIERS } from '../../domain/catalogue/types.ts';
import { customerDecider, type RegisterCustomer } from '../../domain/customers/decider.ts';
import { specification } from '../support/decider-spec.ts';
import { registered } from '../support/events.ts';

const now = '2026-03-10T12:00:00.000Z';
const command: RegisterCustomer = {
  type: 'registerCustomer',
  now,
  customerId: 'acme',
  subjectId: 'subject-1',
  currency: 'USD',
  taxRate: '0.08',
  paymentMethod: true,
  signup: { tier: 'growth', billingCycle: 'annual', trialDays: 14 },
};
const spec = specification(customerDecider);
const signUp = (tier: string, trialDays = 0): RegisterCustomer => ({
  ...command,
  signup: { tier, billingCycle: 'monthly', trialDays },
});

describe('registration', () => {
  test('records what the sign-up asked for, under an opaque subject', () => {
    const { type: _type, now: _now, ...data } = command;
    const signup = { ...data.signup, contract: null };
    const recorded = { ...data, signup, taxInclusive: false };
    spec.when(command).thenEvents({ type: 'customer.registered', data: recorded, effectiveAt: now });
  });

  test('leaves the party for later commands', () => {
    expect(spec.when(command).state()).toEqual({
      registered: true,
      customerId: 'acme',
      subjectId: 'subject-1',
      currency: 'USD',
      taxRate: '0.08',
      taxInclusive: false,
      paymentMethod: true,
    });
  });

  test.each(TIERS)('takes %s', (tier) => {
    expect(spec.when(signUp(tier)).events()).toHaveLength(1);
  });

  test('an id is registered once', () => {
    spec
      .given(...registered('acme', now))
      .when(command)
      .thenRefused('customer-exists', 'customerId');
  });

  test('the books are kept in one currency', () => {
    spec.when({ ...command, currency: 'EUR' }).thenRefused('currency-mismatch', 'currency');
  });

  test.each(['platinum', 'Growth', '', 'constructor', 'x'.repeat(1_000)])('there is no tier "%s"', (tier) => {
    spec.when(signUp(tier)).thenRefused('unknown-tier', 'tier');
  });

  /** Registered first and refused by the subscription after, the id would be taken by half a customer. */
  test.each(['free', 'enterprise'])('a sign-up for a trial that %s does not have leaves nothing', (tier) => {
    spec.when(signUp(tier, 14)).thenRefused('trial-not-available', 'trialDays');
  });
});
