import { z } from 'zod';
import {
  setMinimumCommitment,
  setPriceOverride,
  setUsageAlert,
  type UsageTermsView,
} from '../../commands/usage-terms.ts';
import type { PriceTerms } from '../../domain/metering/price.ts';
import { ProblemError } from '../problems/problem.ts';
import { asCount, asMoney, customerParams, money, moneyInput, period } from './schemas.ts';
import { command, route } from './services.ts';

const TAGS = ['Usage'];
const eventType = z.string().min(1).max(100).describe('One of the ten meters, such as `sms.sent`.');
const from = period.optional().describe('First month that it holds for; the running one, if left out.');

const unitPrice = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal string, not negative, with at most nine decimals');
const size = z.int().min(1).max(1_000_000_000_000);
const tiers = z
  .array(z.strictObject({ upTo: size.nullable(), unitPrice }))
  .min(1)
  .max(20);
const price = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('standard'), unitPrice }),
    z.strictObject({ kind: z.literal('package'), size, price: unitPrice }),
    z.strictObject({ kind: z.literal('graduated'), tiers }),
    z.strictObject({ kind: z.literal('volume'), tiers }),
  ])
  .meta({ id: 'Price' })
  .describe(
    'Of the units above the allowance. `package`: each started package of `size`; `graduated`: each unit at the price of its tier; `volume`: all units at the price of the tier reached. `upTo: null` has no end and stands last.',
  );

const threshold = z
  .strictObject({ unit: z.enum(['percent', 'units']), value: z.int() })
  .meta({ id: 'AlertThreshold' });

const usageTerms = z
  .strictObject({
    customerId: z.string(),
    prices: z.array(z.strictObject({ eventType: z.string(), from: period, price: price.nullable() })),
    commitments: z.array(z.strictObject({ from: period, amount: money.nullable() })),
    alerts: z.array(z.strictObject({ eventType: z.string(), threshold })),
  })
  .meta({ id: 'UsageTerms' })
  .describe('An entry holds from its month to the next entry’s.');

export const usageTermsRoutes = [
  route({
    operationId: 'setPriceOverride',
    method: 'post',
    path: '/v1/customers/:customerId/usage/price-overrides',
    summary: 'Give a customer a price of its own for a meter',
    description:
      'For whole months. With effect in the past, the difference to what is accrued is posted at once; what was billed too much is credited.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    status: 200,
    request: {
      params: customerParams,
      body: z.strictObject({
        eventType,
        price: price.nullable().describe('null: the plan’s price again.'),
        from,
      }),
    },
    response: usageTerms,
    errors: ['customer-not-found', 'unknown-event-type', 'invalid-price'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'setPriceOverride',
        (commands, envelope) =>
          setPriceOverride(
            commands,
            { ...params, ...body, price: body.price === null ? null : priceTerms(body.price) },
            envelope,
          ),
        (result) => ({ body: termsBody(result) }),
      ),
  }),
  route({
    operationId: 'setMinimumCommitment',
    method: 'post',
    path: '/v1/customers/:customerId/usage/minimum-commitment',
    summary: 'Set what a month’s usage costs a customer at least',
    description:
      'Prorated by the time on a plan. What usage leaves of it is accrued when the month is over and billed like usage.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    status: 200,
    request: {
      params: customerParams,
      body: z.strictObject({ amount: moneyInput.nullable().describe('A month, net; null ends it.'), from }),
    },
    response: usageTerms,
    errors: ['customer-not-found', 'invalid-amount', 'currency-mismatch'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'setMinimumCommitment',
        (commands, envelope) => setMinimumCommitment(commands, { ...params, ...body }, envelope),
        (result) => ({ body: termsBody(result) }),
      ),
  }),
  route({
    operationId: 'setUsageAlert',
    method: 'post',
    path: '/v1/customers/:customerId/usage/alert',
    summary: 'Set a customer’s own alert threshold on a meter',
    description:
      'Beside the standing ones at 50, 80, 90, 100 and 120 % of the allowance. One for each meter.',
    tags: TAGS,
    roles: ['admin', 'finance', 'customer'],
    kind: 'command',
    status: 200,
    request: {
      params: customerParams,
      body: z.strictObject({
        eventType,
        threshold: z
          .int()
          .min(1)
          .max(1_000_000_000_000)
          .nullable()
          .describe('A share of the month’s allowance or a number of units; null: none of its own.'),
        unit: z.enum(['percent', 'units']).default('percent').describe('What the threshold is in.'),
      }),
    },
    response: usageTerms,
    errors: ['customer-not-found', 'unknown-event-type'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'setUsageAlert',
        (commands, envelope) =>
          setUsageAlert(
            commands,
            {
              ...params,
              eventType: body.eventType,
              threshold: body.threshold === null ? null : { unit: body.unit, value: String(body.threshold) },
            },
            envelope,
          ),
        (result) => ({ body: termsBody(result) }),
      ),
  }),
  route({
    operationId: 'getUsageTerms',
    method: 'get',
    path: '/v1/customers/:customerId/usage/terms',
    summary: 'Prices, commitments and alert thresholds agreed with a customer',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['usage', 'billing'],
    request: { params: customerParams },
    response: usageTerms,
    errors: ['customer-not-found'],
    async handler({ params: { customerId } }, { services }) {
      const customer = await services.billing.customerById(customerId);
      if (customer === undefined) {
        throw new ProblemError('customer-not-found', `There is no customer ${customerId}.`);
      }
      const terms = await services.usage.termsOf(customerId);
      return { body: termsBody({ customerId, currency: customer.currency, terms }) };
    },
  }),
];

function priceTerms(input: z.infer<typeof price>): PriceTerms {
  switch (input.kind) {
    case 'standard':
      return { kind: input.kind, unitPrice: input.unitPrice };
    case 'package':
      return { kind: input.kind, size: String(input.size), price: input.price };
    default:
      return {
        kind: input.kind,
        tiers: input.tiers.map(({ upTo, unitPrice: of }) => ({
          upTo: upTo === null ? null : String(upTo),
          unitPrice: of,
        })),
      };
  }
}

function priceBody(terms: PriceTerms): z.infer<typeof price> {
  switch (terms.kind) {
    case 'standard':
      return terms;
    case 'package':
      return { ...terms, size: asCount(terms.size) };
    default:
      return {
        kind: terms.kind,
        tiers: terms.tiers.map(({ upTo, unitPrice: of }) => ({
          upTo: upTo === null ? null : asCount(upTo),
          unitPrice: of,
        })),
      };
  }
}

function termsBody({ customerId, currency, terms }: UsageTermsView) {
  return {
    customerId,
    prices: terms.prices.map((entry) => ({
      ...entry,
      price: entry.price === null ? null : priceBody(entry.price),
    })),
    commitments: terms.commitments.map((entry) => ({
      ...entry,
      amount: entry.amount === null ? null : asMoney(entry.amount, currency),
    })),
    alerts: terms.alerts.map(({ eventType: meter, threshold: { unit, value } }) => ({
      eventType: meter,
      threshold: { unit, value: asCount(value) },
    })),
  };
}
