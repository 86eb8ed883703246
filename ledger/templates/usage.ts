import type { TemplateDefinition } from './definition.ts';

/** Usage, wallet and credits. */
export const usageTemplates = {
  'USE-1': {
    title: 'Daily usage accrual (rated delta of period to date)',
    trigger: 'daily close',
    lines: ['Dr 1210 54.166667', 'Cr 4020 54.166667'],
    note: 'Rate cumulative usage, subtract what is already accrued: correct for graduated, volume and package prices, allowances and late events. The delta can be negative: USE-11',
  },
  'USE-2': {
    title: 'Usage line invoiced: 1,625.00000 accrued, 1,625.00 billed, tax 130.00',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 1755.00', 'Cr 1210 1625.00', 'Cr 2300 130.00'],
  },
  'USE-3': {
    title: 'Sub-cent residual (accrued 10.004, billed 10.00)',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 10.000', 'Dr 4990 0.004', 'Cr 1210 10.004'],
    note: 'One explicit line per invoice line; never silently truncated',
  },
  'USE-4': {
    title: 'Late event after the invoice was final (service May, received June)',
    trigger: 'usage.rated(late)',
    lines: ['Dr 1210 12.00', 'Cr 4020 12.00'],
    note: 'Posted in the open period with service_period = May; billed on a supplementary line',
  },
  'USE-5': {
    title: 'Over-count corrected after the invoice: the credit note',
    trigger: 'credit_note.issued',
    lines: ['Dr 1210 12.00', 'Dr 2300 0.96', 'Cr 2200 12.96'],
    note: 'The correction itself lowers the accrual (USE-11: Dr 4020 / Cr 1210 12.00), so the usage view equals account 4020. If unpaid: Cr 1200',
  },
  'USE-6': {
    title: 'Wallet top-up',
    trigger: 'payment.succeeded',
    lines: ['Dr 1110 500.00', 'Cr 2210 500.00'],
    note: 'No revenue',
  },
  'USE-7': {
    title: 'Wallet pays an invoice of 30.00 usage + 8% tax',
    trigger: 'invoice.payment_applied',
    lines: ['Dr 2210 32.40', 'Cr 1200 32.40'],
    note: 'The wallet is a means of payment: usage is invoiced and taxed in full. Order of burning: priority, expiry, id (same order for breakage)',
  },
  'USE-8': {
    title: 'Wallet breakage at expiry',
    trigger: 'credit.expired',
    lines: ['Dr 2210 20.00', 'Cr 4025 20.00'],
  },
  'USE-9': {
    title: 'Promotional credit consumed',
    trigger: 'usage.rated',
    lines: ['Dr 4910 30.00', 'Cr 1210 30.00'],
    note: 'Applied before tax, like a coupon; zero net revenue; no liability for granted credit',
  },
  'USE-10': {
    title: 'Minimum commitment true-up',
    trigger: 'usage close of the month',
    lines: ['Dr 1210 50.00', 'Cr 4020 50.00'],
    note: 'Recognise as the shortfall becomes probable',
  },
  'USE-11': {
    title:
      'Accrual falls: the 1,000,001st e-mail moves all units to the cheaper volume tier (800.00 to 600.0006)',
    trigger: 'usage accrual',
    lines: ['Dr 4020 199.9994', 'Cr 1210 199.9994'],
    note: 'After the invoice: with USE-5',
  },
} as const satisfies Record<string, TemplateDefinition>;
