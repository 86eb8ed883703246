import { z } from 'zod';
import { attachPaymentMethod, initializeCustomerRevenue } from '../../commands/customers.ts';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import { billingCycle, contractInput, customerParams, id, subscription, tier, trialDays } from './schemas.ts';
import { command, route } from './services.ts';
import { contractOf, subscriptionBody } from './subscription-bodies.ts';

const TAGS = ['Customers and subscriptions'];

const customer = z
  .strictObject({
    customerId: id,
    currency: z.string(),
    taxRate: z.string(),
    taxInclusive: z.boolean(),
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
          .default(BOOK_CURRENCY),
        taxRate: z
          .union([
            z.string().regex(/^(0|1|0?\.\d{1,6})$/, 'must be a fraction such as "0.08"'),
            z.number().min(0).max(1).multipleOf(0.000001),
          ])
          .default('0')
          .describe('Sales tax as a fraction: "0.08".'),
        taxInclusive: z
          .boolean()
          .default(false)
          .describe('Plan prices include the tax; else it comes on top. Usage is always net.'),
        paymentMethod: z.boolean().default(false).describe('A payment method is on file.'),
        tier: tier.default('free'),
        billingCycle: billingCycle.default('monthly'),
        trialDays,
        contract: contractInput.optional(),
      }),
    },
    response: customer,
    errors: [
      'customer-exists',
      'unknown-tier',
      'trial-not-available',
      'contract-not-available',
      'unknown-event-type',
      'unknown-resource',
      'invalid-amount',
      'currency-mismatch',
    ],
    handler: ({ body }, context) =>
      command(
        context,
        'initializeCustomerRevenue',
        (commands, envelope) =>
          initializeCustomerRevenue(
            commands,
            {
              ...body,
              name: body.name ?? null,
              email: body.email ?? null,
              taxRate: rateText(body.taxRate),
              contract: contractOf(body.contract),
            },
            envelope,
          ),
        (result) => ({
          body: { ...result, subscription: subscriptionBody(result.subscription) },
          location: `/v1/customers/${result.customerId}/dashboard`,
        }),
      ),
  }),
  route({
    operationId: 'attachPaymentMethod',
    method: 'post',
    path: '/v1/customers/:customerId/payment-method',
    summary: 'Note that a payment method is on file',
    description:
      'On Free, usage above the allowance overflows into paid from the running month on, what was used of it before among it.',
    tags: TAGS,
    roles: ['admin', 'finance'],
    kind: 'command',
    request: { params: customerParams },
    response: z.strictObject({ customerId: id, paymentMethod: z.boolean() }),
    errors: ['customer-not-found'],
    handler: ({ params }, context) =>
      command(
        context,
        'attachPaymentMethod',
        (commands, envelope) => attachPaymentMethod(commands, params.customerId, envelope),
        (body) => ({ body }),
      ),
  }),
];

/** `.08` and 0.08 as `0.08`. */
function rateText(rate: string | number): string {
  const text = String(rate);
  return text.startsWith('.') ? `0${text}` : text;
}
