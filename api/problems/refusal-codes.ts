import type { RefusalCode } from '../../domain/kernel/decider.ts';
import type { ProblemEntry } from './entry.ts';

/** Refusals of the domain. A code without a line here does not compile. */
export const refusalProblems = {
  'customer-exists': {
    status: 409,
    title: 'The customer exists already',
    remedy: 'Use another customerId, or go on with the customer that exists.',
  },
  'customer-not-found': {
    status: 404,
    title: 'There is no such customer',
    remedy: 'Check the customerId; a new customer is made by initializeCustomerRevenue.',
  },
  'subscription-exists': {
    status: 409,
    title: 'The customer has a subscription already',
    remedy: 'Change it with changeSubscriptionTier.',
  },
  'subscription-not-found': {
    status: 404,
    title: 'The customer has no subscription',
    remedy: 'Make one with createSubscription.',
  },
  'unknown-tier': {
    status: 422,
    title: 'There is no such tier',
    remedy: 'Use a tier of the catalogue: free, starter, growth, pro, enterprise.',
  },
  'unknown-feature': {
    status: 422,
    title: 'There is no such feature',
    remedy: 'Use one of the 47 feature flags of the catalogue; getTierComparison lists them.',
  },
  'trial-not-available': {
    status: 422,
    title: 'A trial is not available here',
    remedy: 'Leave trialDays out, or choose a tier that has a trial.',
  },
  'subscription-paused': {
    status: 409,
    title: 'The subscription is paused',
    remedy: 'Resume it with resumeSubscription first.',
  },
  'subscription-suspended': {
    status: 409,
    title: 'The subscription is suspended',
    remedy:
      'Settle the overdue invoice with recordInvoicePayment; the subscription then goes on by itself, and a paused one can be resumed.',
  },
  'not-pausable': {
    status: 409,
    title: 'The subscription cannot be paused',
    remedy: 'Only a paid plan that runs can be paused; see detail.',
  },
  'contract-not-available': {
    status: 422,
    title: 'A contract is not available here',
    remedy: 'Leave contract out, or choose the tier enterprise.',
  },
  'coupon-active': {
    status: 409,
    title: 'Another coupon still holds',
    remedy: 'Apply the new one when the one that detail names has run out.',
  },
  'unknown-resource': {
    status: 422,
    title: 'There is no such limit',
    remedy: 'Use a limit of the catalogue: profiles, events, segments, exports, briefs, api_calls, users.',
  },
  'unknown-event-type': {
    status: 422,
    title: 'There is no such billable event type',
    remedy: 'Use one of the ten event types of the catalogue.',
  },
  'invalid-usage': {
    status: 422,
    title: 'The usage event cannot be counted',
    remedy: 'See detail: each event type says what its metadata must carry.',
  },
  'usage-event-conflict': {
    status: 409,
    title: 'The eventId was used for another usage event',
    remedy: 'An eventId stands for one fact for ever: send a new fact under a new eventId.',
  },
  'usage-event-not-found': {
    status: 404,
    title: 'There is no such usage event',
    remedy: 'Check customerId and eventId; listQuarantinedUsage shows what can be released.',
  },
  'usage-not-quarantined': {
    status: 409,
    title: 'The usage event is not in quarantine',
    remedy: 'Nothing to do: it counts already.',
  },
  'invalid-price': {
    status: 422,
    title: 'The price cannot be rated',
    remedy:
      'See detail. Packages have a size above zero; tiers ascend, and the last one, and only it, has no end.',
  },
  'period-not-ended': {
    status: 409,
    title: 'The period has not ended yet',
    remedy: 'Ask again after the end of the month, UTC.',
  },
  'nothing-to-bill': {
    status: 409,
    title: 'There is nothing to bill for the period',
    remedy: 'Nothing to do.',
  },
  'not-due': {
    status: 409,
    title: 'This is not due yet',
    remedy: 'Ask again when it is due; detail says when.',
  },
  'invoice-not-found': {
    status: 404,
    title: 'There is no such invoice',
    remedy: 'Check the invoiceId; listInvoices shows those that exist.',
  },
  'invoice-exists': {
    status: 409,
    title: 'The invoice exists already',
    remedy: 'Read it with getInvoice.',
  },
  'invoice-already-paid': {
    status: 409,
    title: 'The invoice is paid in full',
    remedy: 'Nothing to do; check that the payment was meant for this invoice.',
  },
  'invoice-not-final': {
    status: 409,
    title: 'The invoice is a draft',
    remedy: 'Wait until it is final, or make it final with generateMonthlyInvoice.',
  },
  'invoice-not-voidable': {
    status: 409,
    title: 'The invoice cannot be voided',
    remedy: 'Use issueCreditNote or refundPayment; detail says why.',
  },
  'invoice-void': {
    status: 409,
    title: 'The invoice is void',
    remedy: 'Nothing to do on it.',
  },
  'credit-exceeds-invoice': {
    status: 422,
    title: 'The credit is more than the invoice has left',
    remedy: 'Use at most the amount in detail.',
  },
  'refund-exceeds-paid': {
    status: 422,
    title: 'The refund is more than was paid',
    remedy: 'Use at most the amount in detail.',
  },
  'refund-not-found': {
    status: 404,
    title: 'There is no such refund',
    remedy: 'Check the refundId; getInvoice shows the refunds of an invoice.',
  },
  'refund-settled': {
    status: 409,
    title: 'The refund is settled already',
    remedy: 'Nothing to do; if the money came back, settle it with outcome: failed.',
  },
  'bill-run-not-found': {
    status: 404,
    title: 'There is no bill run of this month',
    remedy: 'Begin it with runBilling, or wait until the service does.',
  },
  'currency-mismatch': {
    status: 422,
    title: 'The currency is not the one this is kept in',
    remedy: 'Use the currency of the customer or of the invoice.',
  },
  'invalid-amount': {
    status: 422,
    title: 'The amount cannot be used',
    remedy: 'See detail. Amounts are positive decimal strings with at most two decimals where money moves.',
  },
  'insufficient-credit': {
    status: 409,
    title: 'The credit balance does not reach',
    remedy: 'Ask for at most what getCreditBalance shows as credit.',
  },
  'expiry-in-past': {
    status: 422,
    title: 'The expiry is not in the future',
    remedy:
      'Give an expiresAt after the current instant; to end a feature grant early use revokeFeatureGrant.',
  },
  'clock-backwards': {
    status: 409,
    title: 'The clock cannot go back',
    remedy: 'Advance to an instant after the current one.',
  },
  'clock-not-manual': {
    status: 409,
    title: 'The clock runs by itself',
    remedy: 'Only a service started with CLOCK=manual:<instant> can be advanced.',
  },
} satisfies Record<RefusalCode, ProblemEntry>;
