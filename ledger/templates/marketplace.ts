import type { TemplateDefinition } from './definition.ts';

/** App sales (agent, net) and listing fees. */
export const marketplaceTemplates = {
  'MKT-1': {
    title: 'App sale 100.00, standard 25% (agent, net)',
    trigger: 'charge.succeeded',
    lines: ['Dr 1110 100.00', 'Cr 2400 75.00', 'Cr 4050 25.00'],
    note: 'GMV is a memo measure, never revenue. Featured 30%: 70/30; enterprise 20%: 80/20',
  },
  'MKT-2': {
    title: 'Sales tax on the sale (marketplace facilitator)',
    trigger: 'charge.succeeded',
    lines: ['Dr 1110 8.00', 'Cr 2300 8.00'],
  },
  'MKT-3': {
    title: 'Stripe fee on the sale',
    trigger: 'balance transaction',
    lines: ['Dr 5010 3.43', 'Cr 1110 3.43'],
    note: 'Platform pays it under separate charges and transfers; recharge: Dr 2400 / Cr 5010',
  },
  'MKT-4': {
    title: 'Hold period ends',
    trigger: 'partner.hold_released',
    lines: ['Dr 2400 75.00', 'Cr 2410 75.00'],
  },
  'MKT-5': {
    title: 'Transfer to connected account',
    trigger: 'payout.initiated then transfer.created',
    lines: ['Dr 2410 75.00', 'Cr 2420 75.00'],
    note: 'then',
  },
  'MKT-6': {
    title: 'Transfer confirmed',
    trigger: 'transfer balance transaction',
    lines: ['Dr 2420 75.00', 'Cr 1100 75.00'],
  },
  'MKT-7': {
    title: 'Refund before payout',
    trigger: 'refund.created',
    lines: ['Dr 2400 75.00', 'Dr 4050 25.00', 'Cr 2220 100.00'],
    note: 'Commission is reversed pro rata',
  },
  'MKT-8': {
    title: 'Refund after payout: clawback',
    trigger: 'refund.created',
    lines: ['Dr 1230 75.00', 'Dr 4050 25.00', 'Cr 2220 100.00'],
  },
  'MKT-9': {
    title: 'Clawback recovered from next payout',
    trigger: 'payout.calculated',
    lines: ['Dr 2410 75.00', 'Cr 1230 75.00'],
    note: 'or transfer reversal: Dr 1100 / Cr 1230. Recover once: the reversal id is the idempotency key',
  },
  'MKT-10': {
    title: 'Clawback not recoverable',
    trigger: 'partner.receivable_written_off',
    lines: ['Dr 5120 75.00', 'Cr 1230 75.00'],
    note: 'or through 1235',
  },
  'MKT-11': {
    title: 'Dispute on an app sale: freeze the partner part',
    trigger: 'charge.dispute.created',
    lines: ['Dr 2410 75.00', 'Cr 2430 75.00'],
  },
  'MKT-12': {
    title: 'Dispute lost',
    trigger: 'charge.dispute.closed',
    lines: ['Dr 2430 75.00', 'Dr 4050 25.00', 'Cr 1220 100.00'],
    note: 'Won: Dr 2430 / Cr 2410 and DSP-2',
  },
  'LST-1': {
    title: 'Basic listing 299 for 12 months',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 299.00', 'Cr 2110 299.00'],
    note: 'Release 1/365 per day to 4060',
  },
  'LST-2': {
    title: 'Featured placement, 5,000 for 30 days, one day',
    trigger: 'daily close',
    lines: ['Dr 2110 166.67', 'Cr 4060 166.67'],
    note: 'Billed as LST-1',
  },
  'LST-3': {
    title: 'Annual certification 10,000, one day',
    trigger: 'daily close',
    lines: ['Dr 2110 27.40', 'Cr 4060 27.40'],
    note: 'Rejected before work starts: refund; after audit: earned',
  },
} as const satisfies Record<string, TemplateDefinition>;
