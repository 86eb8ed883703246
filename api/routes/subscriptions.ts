import { z } from 'zod';
import { previewSubscriptionChange } from '../../commands/change-preview.ts';
import { viewOfState } from '../../commands/subscription-views.ts';
import {
  applyCoupon,
  cancelSubscription,
  changeSubscriptionTier,
  createSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../commands/subscriptions.ts';
import { ProblemError } from '../problems/problem.ts';
import { creditNoteBody, finalizedBody } from './invoice-bodies.ts';
import {
  billingCycle,
  contractInput,
  creditNote,
  customerParams,
  finalizedInvoice,
  id,
  instant,
  subscription,
  subscriptionState,
  tier,
  trialDays,
} from './schemas.ts';
import { command, route } from './services.ts';
import { contractOf, stateBody, subscriptionBody } from './subscription-bodies.ts';

const TAGS = ['Customers and subscriptions'];
const WRITERS = ['admin', 'finance'] as const;

const change = {
  newTier: tier,
  billingCycle: billingCycle.optional().describe('The cycle stays, unless this one is named.'),
  effectiveAt: z
    .enum(['now', 'periodEnd'])
    .optional()
    .describe('Upgrades, new contracts and longer terms: now. Downgrades: periodEnd.'),
  prorate: z
    .enum(['invoice', 'nextInvoice'])
    .default('invoice')
    .describe('What a change now costs: on an invoice of its own, or kept for the next one.'),
};
const contract = contractInput.optional();
const tierChange = z.strictObject({ ...change, contract });
const changeErrors = [
  'subscription-not-found',
  'subscription-paused',
  'subscription-suspended',
  'unknown-tier',
  'contract-not-available',
  'unknown-event-type',
  'unknown-resource',
  'invalid-amount',
  'not-due',
] as const;

const tierChangeOf = (customerId: string, body: z.output<typeof tierChange>) => ({
  customerId,
  newTier: body.newTier,
  billingCycle: body.billingCycle ?? null,
  contract: contractOf(body.contract),
  effectiveAt: body.effectiveAt ?? null,
  prorate: body.prorate,
});

export const subscriptionRoutes = [
  route({
    operationId: 'createSubscription',
    method: 'post',
    path: '/v1/customers/:customerId/subscription',
    summary: 'Give a customer its subscription, also anew after a cancellation',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({ tier, billingCycle: billingCycle.default('monthly'), trialDays, contract }),
    },
    response: subscription,
    errors: [
      'customer-not-found',
      'subscription-exists',
      'unknown-tier',
      'trial-not-available',
      'contract-not-available',
      'unknown-event-type',
      'unknown-resource',
      'invalid-amount',
    ],
    handler: ({ params, body }, context) =>
      command(
        context,
        'createSubscription',
        (commands, envelope) =>
          createSubscription(commands, { ...params, ...body, contract: contractOf(body.contract) }, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'getSubscription',
    method: 'get',
    path: '/v1/customers/:customerId/subscription',
    summary: 'The subscription as it stands',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['billing'],
    request: { params: customerParams },
    response: subscriptionState,
    errors: ['subscription-not-found'],
    async handler({ params }, { services }) {
      const found = await services.billing.subscriptionOf(params.customerId);
      if (found === undefined) {
        throw new ProblemError('subscription-not-found', 'The customer has no subscription.');
      }
      return { body: stateBody(viewOfState(found.subscription)), etag: found.revision };
    },
  }),
  route({
    operationId: 'changeSubscriptionTier',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/tier',
    summary: 'Change tier, billing cycle or contract',
    description:
      'Now: the unused rest of the running charge is credited and the new price charged, both to the second. What comes out dearer is an invoice (or kept for the next one), what comes out cheaper a credit note. At the period’s end: scheduled, and nothing moves until then. Asking for the present plan withdraws what is scheduled.',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: { params: customerParams, body: tierChange },
    response: subscription,
    errors: changeErrors,
    handler: ({ params, body }, context) =>
      command(
        context,
        'changeSubscriptionTier',
        (commands, envelope) =>
          changeSubscriptionTier(commands, tierChangeOf(params.customerId, body), envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'previewSubscriptionChange',
    method: 'get',
    path: '/v1/customers/:customerId/subscription/preview',
    summary: 'What a change would cost at this moment, before it is confirmed',
    description:
      'Decided and rounded by the same functions as the change itself. The invoice or credit note is the one that the change would make at `at`; both are null where it would be scheduled. Without a contract: a change of tier that names none ends the one there is.',
    tags: TAGS,
    roles: ['admin', 'finance', 'customer'],
    kind: 'query',
    request: { params: customerParams, query: z.strictObject(change) },
    response: z
      .strictObject({
        at: instant,
        subscription,
        invoice: finalizedInvoice.nullable(),
        creditNote: creditNote.nullable(),
      })
      .meta({ id: 'SubscriptionChangePreview' }),
    errors: changeErrors,
    async handler({ params, query }, { services }) {
      const preview = await previewSubscriptionChange(
        services.commands,
        tierChangeOf(params.customerId, query),
      );
      if ('refused' in preview) return preview;
      const { at, view, invoice, creditNote: note } = preview;
      return {
        body: {
          at,
          subscription: subscriptionBody(view),
          invoice: invoice === null ? null : finalizedBody(invoice),
          creditNote: note === null ? null : creditNoteBody(note),
        },
      };
    },
  }),
  route({
    operationId: 'cancelSubscription',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/cancel',
    summary: 'End the subscription, now or at the end of what is paid',
    description:
      'Now: all unbilled usage is invoiced at once. If the running charge is paid, its rest is earned (`refund: none`) or refunded with its tax (`unused`); while anything of it is open, by so little as a cent, the rest is credited instead: first against it, then to the customer’s credit. In a trial it leaves nothing.',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({
        at: z.enum(['now', 'periodEnd']).default('periodEnd'),
        reason: z.string().trim().max(500).default('').describe('Free of personal data.'),
        refund: z.enum(['none', 'unused']).default('none'),
      }),
    },
    response: subscription,
    errors: ['subscription-not-found', 'not-due'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'cancelSubscription',
        (commands, envelope) => cancelSubscription(commands, { ...params, ...body }, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'pauseSubscription',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/pause',
    summary: 'Pause: a month’s rest is credited, an annual term freezes',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: { params: customerParams },
    response: subscription,
    errors: [
      'subscription-not-found',
      'subscription-paused',
      'subscription-suspended',
      'not-pausable',
      'not-due',
    ],
    handler: ({ params }, context) =>
      command(
        context,
        'pauseSubscription',
        (commands, envelope) => pauseSubscription(commands, params.customerId, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'resumeSubscription',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/resume',
    summary: 'End a pause, or withdraw a scheduled cancellation',
    description:
      'After a pause a month is charged from now on, like a sign-up, at the price that was agreed; an annual term goes on and ends later by the pause. Refused while an invoice is so long overdue that it stops the service.',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: { params: customerParams },
    response: subscription,
    errors: ['subscription-not-found', 'subscription-suspended', 'not-pausable'],
    handler: ({ params }, context) =>
      command(
        context,
        'resumeSubscription',
        (commands, envelope) => resumeSubscription(commands, params.customerId, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'applyCoupon',
    method: 'post',
    path: '/v1/customers/:customerId/subscription/coupon',
    summary: 'Lower the price from the next charge on',
    description:
      'Each charge that begins in its time is lowered as a whole, an annual term too. Its months count from the end of the running charge, so that one that ends within a month may give a part of a month more. One at a time, and it cannot be taken back: until it runs out the answer shows it as `coupon`.',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: {
      params: customerParams,
      body: z.strictObject({
        couponId: id,
        percentOff: z
          .string()
          .regex(/^(100|[1-9]\d?(\.\d{1,2})?|0\.\d?[1-9])$/, 'must be above 0 and at most 100, such as "20"'),
        months: z
          .int()
          .min(1)
          .max(120)
          .nullable()
          .default(null)
          .describe('How long, from the next charge on; null for ever.'),
      }),
    },
    response: subscription,
    errors: ['subscription-not-found', 'coupon-active'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'applyCoupon',
        (commands, envelope) => applyCoupon(commands, { ...params, ...body }, envelope),
        (result) => ({ body: subscriptionBody(result) }),
      ),
  }),
  route({
    operationId: 'handleCustomerUpgrade',
    method: 'post',
    path: '/v1/customers/:customerId/upgrade',
    summary: 'Move a customer to a tier; Enterprise also asks for a tenant',
    description:
      'The change of tier at once, with its proration invoiced. An upgrade to Enterprise records that a tenant is to be provisioned.',
    tags: TAGS,
    roles: WRITERS,
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ newTier: tier, contract }) },
    response: z.strictObject({ subscription, tenantRequested: z.boolean() }).meta({ id: 'CustomerUpgrade' }),
    errors: changeErrors,
    handler: ({ params, body }, context) =>
      command(
        context,
        'handleCustomerUpgrade',
        (commands, envelope) =>
          changeSubscriptionTier(
            commands,
            tierChangeOf(params.customerId, { ...body, effectiveAt: 'now', prorate: 'invoice' }),
            envelope,
          ),
        (result) => ({
          body: { subscription: subscriptionBody(result), tenantRequested: result.tenantRequested },
        }),
      ),
  }),
];
