import type { TemplateDefinition } from './definition.ts';

/** White-label, affiliates, resellers, platforms and payouts. */
export const partnersTemplates = {
  'WL-1': {
    title: 'Professional base fee 5,999',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 5999.00', 'Cr 2100 5999.00'],
    note: 'Release to 4030; platform is principal',
  },
  'WL-2': {
    title: 'Client overage 1,000 billed by the platform',
    trigger: 'daily close / invoice',
    lines: ['Dr 1210 1000.00', 'Cr 4040 1000.00'],
  },
  'WL-3': {
    title: 'Partner share 20% of overage',
    trigger: 'same event',
    lines: ['Dr 4045 200.00', 'Cr 2400 200.00'],
    note: 'The agency is also a customer: consideration payable to a customer reduces revenue unless a distinct service is bought at fair value; switch partnerSharePresentation',
  },
  'WL-4': {
    title: 'Alternative: agency is billed wholesale',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 800.00', 'Cr 4040 800.00'],
    note: 'No payout; margin is the agency own',
  },
  'AFF-1': {
    title: 'Affiliate commission 20% on a 299 payment',
    trigger: 'invoice.paid',
    lines: ['Dr 5060 59.80', 'Cr 2400 59.80'],
    note: 'Recurring, commensurate: expense as incurred. One-off bounty with benefit > 1 year: Dr 1400 and amortise to 5060 (ASC 340-40)',
  },
  'AFF-2': {
    title: 'Commission clawed back on refund inside the window',
    trigger: 'refund.created',
    lines: ['Dr 2400 59.80', 'Cr 5060 59.80'],
    note: 'After payout: Dr 1230',
  },
  'RSL-1': {
    title: 'Reseller sells Pro at 30% margin, reseller bills the end customer',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 559.30', 'Cr 2100 559.30'],
    note: 'Revenue = wholesale price (799 x 0.7)',
  },
  'RSL-2': {
    title: 'Alternative: platform bills 799 and owes the reseller 30%',
    trigger: 'invoice.paid',
    lines: ['Dr 1400 239.70', 'Cr 2400 239.70'],
    note: 'Amortise over the expected benefit; within one year expense to 5060',
  },
  'PLT-1': {
    title: 'Revenue-share platform 10% of 299',
    trigger: 'invoice.paid',
    lines: ['Dr 5080 29.90', 'Cr 2400 29.90'],
  },
  'PAY-1': {
    title: 'Payout run: 1,000 available, missing TIN, 24% backup withholding',
    trigger: 'payout.calculated',
    lines: ['Dr 2410 1000.00', 'Cr 2310 240.00', 'Cr 2420 760.00'],
    note: 'Only when a reportable payee has no certified TIN',
  },
  'PAY-2': {
    title: 'Payout leaves the bank',
    trigger: 'payout.sent',
    lines: ['Dr 2420 760.00', 'Cr 1010 760.00'],
  },
  'PAY-3': {
    title: 'Bank returns the payout',
    trigger: 'payout.returned',
    lines: ['Dr 1010 760.00', 'Cr 2420 760.00'],
    note: 'then',
  },
  'PAY-4': {
    title: 'Re-credit the partner',
    trigger: 'payout.failed',
    lines: ['Dr 2420 760.00', 'Cr 2410 760.00'],
    note: 'Withholding already deposited is not reversed',
  },
  'PAY-5': {
    title: 'Payout fee charged to platform',
    trigger: 'balance transaction',
    lines: ['Dr 5030 2.25', 'Cr 1100 2.25'],
  },
} as const satisfies Record<string, TemplateDefinition>;
