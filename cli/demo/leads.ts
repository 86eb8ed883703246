import { OPENS_AT } from './calendar.ts';
import type { Life } from './life.ts';
import type { Payer } from './payers.ts';

const PROMPT: Payer = { habit: 'prompt', since: OPENS_AT, special: {} };

const USUAL: Life = {
  tier: 'growth',
  billingCycle: 'monthly',
  trialDays: 0,
  contract: null,
  taxRate: '0',
  taxInclusive: false,
  paymentMethod: true,
  joinsOn: 0,
  payer: PROMPT,
  appetite: 0.6,
  meters: ['event.tracked', 'email.sent', 'api.called'],
  moves: [],
  strays: [],
};

/** Grows from Starter to Pro, uses more than it bought, has a wrong fact corrected and is given something back. */
const GROWS: Life = {
  ...USUAL,
  tier: 'starter',
  taxRate: '0.08',
  payer: { ...PROMPT, special: { '2025-03': 'credit', '2025-04': 'refund' } },
  appetite: 1.5,
  moves: [
    { day: 9, kind: 'change', newTier: 'growth' },
    { day: 14, kind: 'correct', upTo: 7, share: -0.5, reason: 'a test run was counted' },
    { day: 22, kind: 'correct', upTo: 20, share: 0.25, reason: 'a worker had lost some calls' },
    { day: 25, kind: 'change', newTier: 'pro', prorate: 'nextInvoice' },
    { day: 30, kind: 'alert', eventType: 'email.sent', threshold: { unit: 'units', value: '60000' } },
  ],
};

/** On trial, and stays: with a coupon for the first months. */
const STAYS_AFTER_TRIAL: Life = {
  ...USUAL,
  trialDays: 14,
  joinsOn: 2,
  moves: [{ day: 4, kind: 'coupon', couponId: 'LAUNCH20', percentOff: '20', months: 3 }],
};

/** On trial, and leaves at its end. */
const LEAVES_AFTER_TRIAL: Life = {
  ...USUAL,
  tier: 'starter',
  trialDays: 14,
  joinsOn: 2,
  moves: [{ day: 4, kind: 'cancel', at: 'periodEnd', refund: 'none', reason: 'not what we need' }],
};

/** On trial, and goes back to Free at its end. */
const FALLS_BACK: Life = {
  ...USUAL,
  tier: 'pro',
  trialDays: 14,
  joinsOn: 1,
  paymentMethod: false,
  moves: [{ day: 3, kind: 'change', newTier: 'free' }],
};

/** Pays by the year, takes more within it, and rests for three weeks, which the term's end moves by. */
const BY_THE_YEAR: Life = {
  ...USUAL,
  billingCycle: 'annual',
  taxRate: '0.19',
  moves: [
    { day: 16, kind: 'change', newTier: 'pro' },
    { day: 24, kind: 'pause' },
    { day: 30, kind: 'resume' },
  ],
};

/** Rests beyond the end of a month, and then goes over to years. */
const RESTS: Life = {
  ...USUAL,
  tier: 'starter',
  moves: [
    { day: 10, kind: 'pause' },
    { day: 18, kind: 'resume' },
    { day: 28, kind: 'change', newTier: 'starter', billingCycle: 'annual' },
  ],
};

/** Goes down: at the end of a month, at once, and nearly to Free. Pays too much once, and wants it back. */
const GOES_DOWN: Life = {
  ...USUAL,
  tier: 'pro',
  payer: { ...PROMPT, special: { '2025-04': 'overpay' } },
  appetite: 0.4,
  moves: [
    { day: 6, kind: 'change', newTier: 'growth' },
    { day: 14, kind: 'change', newTier: 'starter', effectiveAt: 'now' },
    { day: 20, kind: 'change', newTier: 'free' },
    { day: 22, kind: 'change', newTier: 'starter' },
    { day: 29, kind: 'refundCredit' },
    { day: 31, kind: 'settleCreditRefund', askedOn: 29, outcome: 'failed' },
    { day: 33, kind: 'settleCreditRefund', askedOn: 29, outcome: 'settled' },
  ],
};

/** Leaves at the end of a month, comes back, and thinks better of leaving again. */
const COMES_BACK: Life = {
  ...USUAL,
  moves: [
    { day: 12, kind: 'cancel', at: 'periodEnd', refund: 'none', reason: 'too expensive' },
    { day: 30, kind: 'return', tier: 'starter', billingCycle: 'monthly' },
    { day: 38, kind: 'cancel', at: 'periodEnd', refund: 'none', reason: 'too expensive' },
    { day: 40, kind: 'resume' },
  ],
};

/** Leaves in the middle of a month that it has paid, with the rest in cash; the bank needs two attempts. */
const WANTS_ITS_MONEY_BACK: Life = {
  ...USUAL,
  tier: 'pro',
  taxRate: '0.0725',
  payer: { ...PROMPT, special: { '2025-02': 'halves' } },
  moves: [
    { day: 21, kind: 'cancel', at: 'now', refund: 'unused', reason: 'built it ourselves' },
    { day: 23, kind: 'settleRefunds', outcome: 'failed' },
    { day: 25, kind: 'settleRefunds', outcome: 'settled' },
  ],
};

/** Enterprise by contract, with a commitment that its usage does not reach, and prices of its own. */
const BY_CONTRACT: Life = {
  ...USUAL,
  tier: 'enterprise',
  contract: {
    contractId: 'msa-2025-001',
    price: '4200.00',
    allowances: { 'event.tracked': '400000000' },
    limits: { users: 'unlimited' },
    commitment: '1500.00',
  },
  meters: ['event.tracked', 'sms.sent', 'email.sent'],
  appetite: 0.3,
  moves: [
    { day: 2, kind: 'overridePrice', eventType: 'sms.sent', price: { kind: 'standard', unitPrice: '0.009' } },
    { day: 8, kind: 'overrideFeature', featureName: 'sla.uptime_guarantee', enabled: true },
  ],
};

/** Never pays: dunned, suspended, cancelled and written off; something comes in after all. */
const NEVER_PAYS: Life = {
  ...USUAL,
  tier: 'starter',
  taxRate: '0.08',
  payer: { ...PROMPT, habit: 'defaulter' },
};

/** Pays once dunning has stopped the service, and has it back. */
const PAYS_LATE: Life = { ...USUAL, payer: { ...PROMPT, special: { '2025-02': 'late' } } };

/** Buys usage in advance and is given some; not all of it is used in time. */
const PREPAYS: Life = {
  ...USUAL,
  appetite: 1.6,
  meters: ['event.tracked', 'sms.sent'],
  moves: [
    { day: 2, kind: 'topUp', amount: '40.00', method: 'card', expiresInDays: null },
    { day: 3, kind: 'grantCredit', amount: '15.00', reason: 'welcome', expiresInDays: 90 },
    { day: 12, kind: 'topUp', amount: '2000.00', method: 'bank_transfer', expiresInDays: 70 },
    { day: 13, kind: 'grantCredit', amount: '900.00', reason: 'spring campaign', expiresInDays: 60 },
    { day: 20, kind: 'commit', amount: '60.00' },
  ],
};

/** On Free, with a payment method later on, features on loan, and a paid plan in the end. */
const FREE: Life = {
  ...USUAL,
  tier: 'free',
  paymentMethod: false,
  appetite: 1.4,
  meters: ['event.tracked', 'api.called'],
  moves: [
    { day: 4, kind: 'grantFeature', featureName: 'analytics.funnels', days: 30 },
    { day: 8, kind: 'attachPaymentMethod' },
    { day: 16, kind: 'grantFeature', featureName: 'ml.predictive_scoring', days: 60 },
    { day: 20, kind: 'revokeFeature', featureName: 'ml.predictive_scoring' },
    { day: 24, kind: 'change', newTier: 'starter', effectiveAt: 'periodEnd' },
  ],
};

/** Prices with tax; an invoice that was wrong is void; facts that came too late or too early wait for a person. */
const IN_DISORDER: Life = {
  ...USUAL,
  tier: 'starter',
  taxRate: '0.19',
  taxInclusive: true,
  payer: { ...PROMPT, special: { '2025-03': 'void' } },
  appetite: 1.6,
  moves: [
    { day: 9, kind: 'invoiceUsage' },
    { day: 12, kind: 'grantCredit', amount: '5.00', reason: 'welcome', expiresInDays: 120 },
    { day: 20, kind: 'releaseQuarantined', eventId: 'backlog' },
    { day: 26, kind: 'releaseQuarantined', eventId: 'clock-was-wrong' },
  ],
  strays: [
    { day: 18, eventId: 'backlog', daysAgo: 42 },
    { day: 22, eventId: 'clock-was-wrong', daysAgo: -3 },
    { day: 24, eventId: 'too-old-to-count', daysAgo: 60 },
  ],
};

/** Upgrades to Enterprise, which asks for a tenant of its own. */
const BECOMES_ENTERPRISE: Life = {
  ...USUAL,
  tier: 'pro',
  billingCycle: 'annual',
  moves: [
    {
      day: 18,
      kind: 'change',
      newTier: 'enterprise',
      contract: {
        contractId: 'msa-2025-002',
        price: '36000.00',
        allowances: {},
        limits: {},
        commitment: null,
      },
    },
  ],
};

/** Goes over to months . */
const BACK_TO_MONTHS: Life = {
  ...USUAL,
  tier: 'starter',
  billingCycle: 'annual',
  moves: [{ day: 10, kind: 'change', newTier: 'starter', billingCycle: 'monthly' }],
};

/** The first customers of every demo: between them everything happens that can, within half a year. */
export const LEADS: readonly Life[] = [
  GROWS,
  STAYS_AFTER_TRIAL,
  LEAVES_AFTER_TRIAL,
  FALLS_BACK,
  BY_THE_YEAR,
  RESTS,
  GOES_DOWN,
  COMES_BACK,
  WANTS_ITS_MONEY_BACK,
  BY_CONTRACT,
  NEVER_PAYS,
  PAYS_LATE,
  PREPAYS,
  FREE,
  IN_DISORDER,
  BECOMES_ENTERPRISE,
  BACK_TO_MONTHS,
];
