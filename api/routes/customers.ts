import { z } from 'zod';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import {
  changeSubscriptionTier,
  createSubscription,
  type SubscriptionView,
} from '../../commands/subscriptions.ts';
import type { Charge } from '../../domain/subscriptions/events.ts';
import { asMoney, billingCycle, customerParams, id, subscription } from './schemas.ts';
import { command, route } from './services.ts';

const MAX_TRIAL_DAYS = 90;
const tier = z.string().min(1).max(40).describe('free, starter, growth, pro or enterprise.');
const trialDays = z
  .int()
  .min(0)
  .max(MAX_TRIAL_DAYS)
  .default(0)
  .describe(
    'Days of trial, each of 24 hours; 0 for none. The catalogue offers 14 on starter, growth and pro.',
  );
const TAGS = ['Customers and subscriptions'];

const customer = z
  .strictObject({
    customerId: id,
    currency: z.string(),
    taxRate: z.string(),
    paymentMethod: z.boolean(),
    subscription,
  })
  .meta({ id: 'Customer' });

export const customerRoutes = [
  route({
    operationId: 'initializeCustomerRevenue',
    method: 'post',
    path: '/v1/customers',
    summary: 'Sign a customer up: customer, subscription and first invoice',
    description:
      'Name and e-mail are kept apart from the log and can be erased. A paid tier without trial is charged from now to the end of the month (or for the annual term) at once.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    personal: ['name', 'email'],
    request: {
      body: z.strictObject({
        customerId: id,
        name: z.string().trim().min(1).max(200).optional(),
        email: z.email().max(254).optional(),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/)
          .default('USD'),
        taxRate: z
          .union([
            z.string().regex(/^(0|1|0?\.\d{1,6})$/, 'must be a fraction such as "0.08"'),
            z.number().min(0).max(1).multipleOf(0.000001),
          ])
          .default('0')
          .describe('Sales tax on top of net prices, as a fraction: "0.08".'),
        paymentMethod: z.boolean().default(false).describe('A payment method is on file.'),
        tier: tier.default('free'),
        billingCycle: billingCycle.default('monthly'),
        trialDays,
      }),
    },
    response: customer,
    errors: ['customer-exists', 'unknown-tier', 'trial-not-available', 'currency-mismatch'],
    handler: ({ body }, context) =>
      command(
        context,
        'initializeCustomerRevenue',
        (commands, envelope) =>
          initializeCustomerRevenue(
            commands,
            { ...body, name: body.name ?? null, email: body.email ?? null, taxRate: rateText(body.taxRate) },
            envelope,
          ),
        (result) => ({
          body: { ...result, subscription: subscriptionBody(result.subscription) },
          location: `/v1/customers/${result.customerId}/dashboard`,
        }),
      ),
  }),
  route({
    operationId: 'createSubscription',
    method: 'post',
    path: '/v1/customers/:customerId/subscription',
    summary: 'Give an existing customer its subscription',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({ tier, billingCycle: billingCycle.default('monthly'), trialDays }),
    },
    response: subscription,
    errors: ['customer-not-found', 'subscription-exists', 'unknown-tier', 'trial-not-available'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'createSubscription',
        (commands, envelope) => createSubscription(commands, { ...params, ...body }, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'changeSubscriptionTier',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/tier',
    summary: 'Change the tier',
    description:
      'An upgrade takes effect now: the unused rest of the running charge is credited and the new price charged, both to the second, on one invoice. A downgrade takes effect at the end of the paid period.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({
        newTier: tier,
        effectiveAt: z
          .enum(['now', 'periodEnd'])
          .optional()
          .describe('Upgrades: now. Downgrades: periodEnd.'),
        prorate: z.enum(['invoice', 'nextInvoice']).default('invoice'),
      }),
    },
    response: subscription,
    errors: [
      'subscription-not-found',
      'unknown-tier',
      'downgrade-not-immediate',
      'proration-mode-not-available',
      'not-due',
    ],
    handler: ({ params, body }, context) =>
      command(
        context,
        'changeSubscriptionTier',
        (commands, envelope) =>
          changeSubscriptionTier(
            commands,
            { ...params, ...body, effectiveAt: body.effectiveAt ?? null },
            envelope,
          ),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
];

export function subscriptionBody({ price, currency, charge, credit, ...rest }: SubscriptionView) {
  return {
    ...rest,
    price: asMoney(price, currency),
    charge: charge === null ? null : chargeBody(charge, currency),
    credit: credit === null ? null : { ...credit, amount: asMoney(credit.amount, currency) },
  };
}

export function chargeBody({ fullPrice, amount, ...rest }: Charge, currency: string) {
  return { ...rest, fullPrice: asMoney(fullPrice, currency), amount: asMoney(amount, currency) };
}

/** `.08` and 0.08 as `0.08`. */
function rateText(rate: string | number): string {
  const text = String(rate);
  return text.startsWith('.') ? `0${text}` : text;
}
