import type { TemplateDefinition } from './definition.ts';

/** Data products, SLA credits, services, data feeds and insurance commissions. */
export const productsTemplates = {
  'DAT-1': {
    title: 'Benchmarks 999 per month',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 999.00', 'Cr 2120 999.00'],
    note: 'Release daily to 4080. No release for a period in which the cohort is below 50 brands: product not deliverable, credit instead',
  },
  'DAT-2': {
    title: 'M&A feed 50,000 per year, one day of 365',
    trigger: 'daily close',
    lines: ['Dr 2120 136.99', 'Cr 4080 136.99'],
  },
  'SLA-1': {
    title: 'SLA breach: 10% credit on 7,999',
    trigger: 'sla.breached',
    lines: ['Dr 4930 799.90', 'Cr 2230 799.90'],
    note: 'Variable consideration; apply: Dr 2230 / Cr 1200',
  },
  'INS-1': {
    title: 'Policy effective: premium 12,000, 12% commission, 8% expected cancellation',
    trigger: 'policy.effective',
    lines: ['Dr 1240 1440.00', 'Cr 4160 1324.80', 'Cr 2700 115.20'],
    note: 'Point in time at effective date, constrained',
  },
  'INS-2': {
    title: 'Actual cancellation clawback',
    trigger: 'policy.cancelled',
    lines: ['Dr 2700 115.20', 'Cr 1240 115.20'],
    note: 'Excess over the reserve debits 4160',
  },
  'SVC-1': {
    title: 'Services prepayment 30,000',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 30000.00', 'Cr 2130 30000.00'],
  },
  'SVC-2': {
    title: '40% progress (hours)',
    trigger: 'services.progress',
    lines: ['Dr 2130 12000.00', 'Cr 4170 12000.00'],
    note: 'T&M: Dr 1210 / Cr 4170 at the billable rate',
  },
  'FED-1': {
    title: 'Terminal seat 2,000 per month',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 2000.00', 'Cr 2120 2000.00'],
    note: 'Release daily to 4180',
  },
} as const satisfies Record<string, TemplateDefinition>;
