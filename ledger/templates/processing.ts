import type { TemplateDefinition } from './definition.ts';

/** Stripe clearing and payment processing. */
export const processingTemplates = {
  'STR-1': {
    title: 'Stripe payout to bank initiated',
    trigger: 'payout.created',
    lines: ['Dr 1120 5000.00', 'Cr 1100 5000.00'],
  },
  'STR-2': {
    title: 'Bank statement line matched',
    trigger: 'bank.statement_line',
    lines: ['Dr 1010 5000.00', 'Cr 1120 5000.00'],
  },
  'STR-3': {
    title: 'Unmatched balance transaction',
    trigger: 'reconciliation',
    lines: ['Dr 1100 40.00', 'Cr 1190 40.00'],
    note: 'Never forced; suspense must be zero to close the period',
  },
  'PRC-1': {
    title: 'Merchant sale 100.00 processed at 2.5% + 0.30',
    trigger: 'charge.succeeded',
    lines: ['Dr 1110 100.00', 'Cr 2500 97.20', 'Cr 4150 2.80'],
    note: 'Gross presentation if principal for the processing service',
  },
  'PRC-2': {
    title: 'Interchange-plus cost (assumed 2.03)',
    trigger: 'balance transaction',
    lines: ['Dr 5040 2.03', 'Cr 1110 2.03'],
    note: 'At the 2.9% + 0.30 list price the cost is 3.20: loss of 0.40 per 100',
  },
  'PRC-3': {
    title: 'Merchant settlement',
    trigger: 'payout.sent',
    lines: ['Dr 2500 97.20', 'Cr 1100 97.20'],
  },
} as const satisfies Record<string, TemplateDefinition>;
